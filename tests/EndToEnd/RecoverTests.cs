using System.Diagnostics;
using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>A real gateway whose database was put back to an older copy, and the people who bring it on again from the command line.</summary>
public class RecoverTests
{
    [Fact]
    public async Task A_gate_that_was_put_back_is_refused_recovered_from_its_mirror_and_goes_on()
    {
        using var beside = new TempFolder();
        var mirror = Path.Combine(beside.Path, "mirror");
        await using var scene = await ForgeScene.StartAsync("github");
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", Manifests.Rules), ("site/index.html", Manifests.Page("0")));
        await using var gateway = await Gateway.StartAsync(scene);
        await gateway.IdleAsync();
        var key = (await gateway.GetAsync("audit/keys")).GetProperty("items")[0].GetProperty("vkey").GetString()!;
        gateway.Kill();
        Copy(gateway.DataFolder, beside.Path);
        await gateway.StartAgainAsync();
        foreach (var name in (string[])["ann", "ben", "cem"]) await GateAsync(scene, gateway, 0, "token", "create", name, "--role", "viewer");
        Assert.Contains("key", await GateAsync(scene, gateway, 0, "audit", "key", "rotate"), StringComparison.Ordinal);
        Assert.Contains("mirrored: ", await GateAsync(scene, gateway, 0, "audit", "mirror", mirror, "--key", key), StringComparison.Ordinal);
        var before = await gateway.EntryTypesAsync();
        gateway.Kill();

        Copy(beside.Path, gateway.DataFolder);
        await Assert.ThrowsAsync<InvalidOperationException>(() => gateway.StartAgainAsync());
        await Eventually.TrueAsync(() => Task.FromResult(gateway.Printed.Contains("log rolled back: local", StringComparison.Ordinal)), () => gateway.Printed);
        var config = Path.Combine(Path.GetDirectoryName(gateway.DataFolder)!, "gate.yaml");
        Assert.Contains("recovered: ", await GateAsync(scene, gateway, 0, "audit", "recover", "--from-mirror", mirror, "--config", config), StringComparison.Ordinal);
        Assert.Contains("the log is whole", await GateAsync(scene, gateway, 1, "audit", "recover", "--new-epoch", "--reason", "again", "--config", config), StringComparison.Ordinal);
        await gateway.StartAgainAsync();
        Assert.True(await gateway.VerifiesAsync(), gateway.Printed);
        var after = await gateway.EntryTypesAsync();
        Assert.Equal(before, after.Take(before.Count));
        Assert.Equal("log.recovered", after[before.Count]);
        Assert.Contains("mirrored: ", await GateAsync(scene, gateway, 0, "audit", "mirror", mirror, "--key", key), StringComparison.Ordinal);
        Assert.StartsWith("verified: ", await GateAsync(scene, gateway, 0, "audit", "mirror", mirror, "--key", key, "--check"), StringComparison.Ordinal);
    }

    // The database alone, as a restored backup would: the anchor and the keys stay.
    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(to, "gate.db*")) File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(from, "gate.db*")) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static async Task<string> GateAsync(ForgeScene scene, Gateway gateway, int code, params string[] arguments)
    {
        string[] command = [Path.Combine(AppContext.BaseDirectory, "gate.dll"), .. arguments];
        var start = new ProcessStartInfo("dotnet", command) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["GATE_URL"], start.Environment["GATE_TOKEN"]) = (gateway.Url, gateway.Token);
        (start.Environment["E2E_SECRET"], start.Environment["E2E_TOKEN"]) = (Gateway.HookSecret, scene.Token);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        var said = await output + await errors;
        Assert.True(process.ExitCode == code, $"gate {string.Join(' ', arguments)}: {process.ExitCode} {said}");
        return said;
    }
}
