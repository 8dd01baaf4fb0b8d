using System.Diagnostics;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Configuration;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Go's own packages for transparency logs check what the gateway serves; the program around them is <c>tests/tlog.go</c>.</summary>
public class OtherPeoplesProgramTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3)]
    [InlineData(256)]
    [InlineData(700)]
    public async Task Gos_packages_verify_the_served_log_and_refuse_another_key(int entries)
    {
        var program = Environment.GetEnvironmentVariable("TLOG");
        Assert.SkipUnless(File.Exists(program), "needs Go's packages as Debian has them: `tests/tlog` builds the program, TLOG names it");
        using var folder = new TempFolder();
        // The second signature line is one that Go does not know, and has to pass over.
        var settings = AuditSettings.In(folder.Path) with { SecondKeyPath = Path.Combine(folder.Path, "second.pem") };
        await using var gate = await StoredGateway.StartAsync(folder.Path, settings);
        await gate.GrowAsync(entries);
        await gate.Get<LogKeyring>().AnnounceAsync(Cancellation);
        await Task.Delay(CheckpointDesk.Pace, Cancellation);
        var (_, key) = await gate.KeysAsync();
        var (code, output) = await RunAsync(program!, gate.Address, gate.Token, key.ToString());
        Assert.True(code == 0, output);
        Assert.Contains("inclusion: 4\nconsistency: 5\n", output, StringComparison.Ordinal);
        Assert.Contains($"entries: {entries + 2}\n", output, StringComparison.Ordinal);

        using var other = new GitOpsGate.Audit.Notes.Ed25519Signer(key.Name, GitOpsGate.Audit.Notes.Ed25519PrivateKey.New());
        (code, output) = await RunAsync(program!, gate.Address, gate.Token, other.Key.ToString());
        Assert.Equal(1, code);
        Assert.Contains("no verifiable signatures", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output + await errors);
    }
}
