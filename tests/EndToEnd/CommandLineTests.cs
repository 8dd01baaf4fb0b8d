using System.Diagnostics;
using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>The command line against a real gateway.</summary>
public class CommandLineTests
{
    [Fact]
    public async Task People_follow_a_change_from_the_command_line()
    {
        await using var stage = await Stage.SetAsync("github");
        var (number, head) = await stage.ProposeAsync([("deploy/web.yaml", Manifests.Privileged)]);
        await stage.ShowsAsync(head, ShownVerdict.Denied);
        await stage.IdleAsync();

        Assert.Contains("already registered", await GateAsync(stage, "connect", "forge", ForgeScene.Repository), StringComparison.Ordinal);
        Assert.Contains("Announce the sale", await GateAsync(stage, "change", "list", "--verdict", "denied"), StringComparison.Ordinal);
        var shown = await GateAsync(stage, "change", "show", $"forge:{ForgeScene.Repository}#{number}");
        Assert.Contains("[deploy/web.yaml:11]", shown, StringComparison.Ordinal);
        Assert.Contains("way to green", shown, StringComparison.Ordinal);
        Assert.Contains("done", await GateAsync(stage, "delivery", "list"), StringComparison.Ordinal);
        Assert.Contains("discharged", await GateAsync(stage, "obligation", "list"), StringComparison.Ordinal);
        Assert.Contains("decision.evaluated", await GateAsync(stage, "audit", "tail", "--count", "50"), StringComparison.Ordinal);
        Assert.StartsWith("verified: ", await GateAsync(stage, "audit", "verify"), StringComparison.Ordinal);
        Assert.StartsWith("gog_", await GateAsync(stage, "token", "create", "carol", "--role", "viewer"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replayed_delivery_is_judged_again_and_says_the_same()
    {
        await using var stage = await Stage.SetAsync("github");
        var (number, head) = await stage.ProposeAsync([("deploy/web.yaml", Manifests.Decent)]);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();

        using var list = JsonDocument.Parse(await GateAsync(stage, "delivery", "list", "--json"));
        var id = list.RootElement.GetProperty("items").EnumerateArray()
            .First(item => item.GetProperty("event").GetString() == "pull_request").GetProperty("id").GetString()!;
        await GateAsync(stage, "delivery", "replay", id);
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
        Assert.Single(stage.Scene.Comments(number));
        Assert.Contains("delivery.replayed", await stage.Gateway.EntryTypesAsync());
    }

    private static async Task<string> GateAsync(Stage stage, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "gate.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        (start.Environment["GATE_URL"], start.Environment["GATE_TOKEN"]) = (stage.Gateway.Url, stage.Gateway.Token);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"gate {string.Join(' ', arguments)}: {process.ExitCode} {await errors}{await output}");
        return await output;
    }
}
