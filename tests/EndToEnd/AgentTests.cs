using System.Diagnostics;
using GitOpsGate.Dispatch;
using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>The pull side of the main job: an approved merge is fetched by an agent in a process of its own.</summary>
public class AgentTests
{
    [Fact]
    public async Task An_approved_merge_is_fetched_by_the_agent_and_shown_as_applied()
    {
        await using var stage = await Stage.SetAsync("github", targets: "[edge]", more: "  - name: edge\n    kind: agent");
        var folder = Directory.CreateTempSubdirectory("gitopsgate-e2e-agent-");
        try
        {
            await ConfigureAsync(stage.Gateway, folder.FullName);
            Assert.Equal(0, await AgentAsync(folder.FullName));
            var (number, head) = await stage.ProposeAsync([("site/index.html", Manifests.Page("new"))]);
            await stage.ShowsAsync(head, ShownVerdict.Held);
            await stage.Scene.ApproveAsync(number, "bob");
            await stage.ShowsAsync(head, ShownVerdict.Allowed);
            var commit = await stage.Scene.MergeAsync(number, "alice", MergeKind.Squash);
            await NotedAsync(stage.Gateway, "accepted as version 1, which waits for the agent");

            Assert.Equal(0, await AgentAsync(folder.FullName));

            Assert.Equal(Manifests.Page("new"), File.ReadAllText(Path.Combine(folder.FullName, "site", "current", "index.html")));
            await NotedAsync(stage.Gateway, $"the agent applied version 1: {commit}-");
            var reported = Assert.Single(
                await stage.Gateway.EntriesAsync(), entry => entry.GetProperty("type").GetString() == "deployment.reported");
            Assert.Contains(commit, reported.GetRawText(), StringComparison.Ordinal);
            Assert.True(await stage.Gateway.VerifiesAsync());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ConfigureAsync(Gateway gateway, string folder)
    {
        var made = await gateway.PostAsync("tokens", new { name = "edge", role = "agent", target = "edge" });
        using var key = new WarrantSigner(await File.ReadAllTextAsync(Path.Combine(gateway.DataFolder, "warrant.pem")));
        await File.WriteAllTextAsync(Path.Combine(folder, "token"), made.GetProperty("token").GetString());
        await File.WriteAllTextAsync(Path.Combine(folder, "warrant.pub"), key.PublicKey);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "agent.yaml"),
            $"gateway: {gateway.Url}\ntarget: edge\ntoken: file:token\npublicKey: file:warrant.pub\npath: site\n");
    }

    private static async Task<int> AgentAsync(string folder)
    {
        using var agent = Process.Start("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "GitOpsGate.Agent.dll"), "--config", Path.Combine(folder, "agent.yaml"), "--once"]);
        await agent.WaitForExitAsync();
        return agent.ExitCode;
    }

    private static Task NotedAsync(Gateway gateway, string note) => Eventually.TrueAsync(
        async () => (await gateway.GetAsync("obligations?limit=50")).GetProperty("items").EnumerateArray().Any(item =>
            item.GetProperty("kind").GetString() == "dispatch" && item.GetProperty("note").GetString()!.StartsWith(note, StringComparison.Ordinal)),
        () => $"no obligation says `{note}`:\n{gateway.Printed}");
}
