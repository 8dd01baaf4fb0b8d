using GitOpsGate.Storage.Tests;
using GitOpsGate.Storage.Tests.Crash;
using Xunit.MicrosoftTestingPlatform;

// The crash test starts this same program as the process that it kills.
return args is [CrashLoad.Word, var folder, var round]
    ? CrashLoad.RunAsync(folder, int.Parse(round)).GetAwaiter().GetResult()
    : args is [RetentionLoad.Word, var place, var first]
    ? RetentionLoad.RunAsync(place, int.Parse(first)).GetAwaiter().GetResult()
    : TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions).GetAwaiter().GetResult();
