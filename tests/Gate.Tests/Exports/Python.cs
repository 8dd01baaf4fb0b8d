using System.Diagnostics;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>Runs the verifier that a bundle carries, as an auditor does: a file, <c>python3</c>, nothing else.</summary>
internal static class Python
{
    public static async Task<(int Code, string Output, string Errors)> VerifyAsync(
        byte[] bundle, string? key, string? previous = null, string? policy = null, string? attestationKey = null)
    {
        using var folder = new TempFolder();
        var (zip, verifier) = (Path.Combine(folder.Path, "bundle.zip"), Path.Combine(folder.Path, "verify.py"));
        await File.WriteAllBytesAsync(zip, bundle, TestContext.Current.CancellationToken);
        await using (var kept = typeof(GitOpsGate.Exports.EvidenceExport).Assembly.GetManifestResourceStream("Exports/verify.py")!)
        await using (var file = File.Create(verifier)) await kept.CopyToAsync(file, TestContext.Current.CancellationToken);
        var arguments = new List<string> { verifier, zip };
        if (key is not null) arguments.AddRange(["--key", key]);
        if (previous is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "kept"), previous, TestContext.Current.CancellationToken);
            arguments.AddRange(["--previous", Path.Combine(folder.Path, "kept")]);
        }

        if (policy is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "policy.txt"), policy, TestContext.Current.CancellationToken);
            arguments.AddRange(["--policy", Path.Combine(folder.Path, "policy.txt")]);
        }

        if (attestationKey is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "attestation.pem"), attestationKey, TestContext.Current.CancellationToken);
            arguments.AddRange(["--attestation-key", Path.Combine(folder.Path, "attestation.pem")]);
        }

        return await RunAsync(arguments);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("python3", ["-I", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Start(start);
        Assert.SkipWhen(process is null, "needs python3 3.11 or newer on the path");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static Process? Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
