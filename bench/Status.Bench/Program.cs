using System.Globalization;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.StatusBench;

// From a webhook to the status on the forge, with the real gateway and a fake GitHub: dotnet run -c Release [EVENTS [FILES [WARM-UP]]]
var events = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 60;
var files = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
// Most of a young gateway's CPU goes into compiling its own methods, and that into the figures when these come too early.
var warmUp = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 100;
using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(60) };
await using var forge = await FakeGitHub.StartAsync();
var policies = Path.Combine(Root(), "bench", "Status.Bench", "policies");
Changes[] repositories = [await Changes.WithApprovalsAsync(forge, files), await Changes.WithPoliciesAsync(forge, policies, files)];
await using var gateway = await ChildGateway.StartAsync(
    http, FakeGitHub.Token, forge.ApiUrl, forge.GitUrl, policies, Path.Combine(Root(), "policies"));
var course = new Course(forge, gateway, http);
var isRight = true;
foreach (var changes in repositories)
{
    forge.Latency = TimeSpan.Zero;
    await course.RunAsync(changes, warmUp, atOnce: 4);
    Console.WriteLine($"{changes.Rules}: {warmUp} events to warm up are not counted");
    foreach (var (atOnce, latency) in new[] { (1, 0), (20, 0), (1, 20), (20, 20) })
    {
        forge.Latency = TimeSpan.FromMilliseconds(latency);
        var figures = await course.RunAsync(changes, events, atOnce);
        isRight &= figures.Missing == 0;
        Console.WriteLine(figures.ToLine(changes.Rules, atOnce, files, latency));
    }
}

Console.WriteLine(FormattableString.Invariant($"gateway rss after the load: {gateway.ResidentMegabytes} MB"));
return isRight ? 0 : 1;

static string Root()
{
    for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        if (File.Exists(Path.Combine(folder.FullName, "GitOpsGate.sln"))) return folder.FullName;
    }

    throw new DirectoryNotFoundException("this bench runs from its folder below the repository");
}
