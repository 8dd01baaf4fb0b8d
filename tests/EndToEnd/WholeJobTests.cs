using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>The main job, told on each forge: a webhook comes in, is judged, blocked, let through and dispatched.</summary>
public class WholeJobTests
{
    // GitLab does not rebase while it merges: people rebase first, and that is a new head to be judged and approved.
    public static TheoryData<string, MergeKind> Forges => new()
    {
        { "github", MergeKind.Merge }, { "github", MergeKind.Squash }, { "github", MergeKind.Rebase },
        { "gitlab", MergeKind.Merge }, { "gitlab", MergeKind.Squash },
        { "bitbucket-cloud", MergeKind.Merge }, { "bitbucket-cloud", MergeKind.Squash },
        { "bitbucket-cloud", MergeKind.Rebase },
        { "bitbucket-datacenter", MergeKind.Merge }, { "gitea", MergeKind.Squash }, { "azuredevops", MergeKind.Rebase },
    };

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_change_is_blocked_then_held_then_allowed_then_dispatched(string forge, MergeKind how)
    {
        await using var scene = await ForgeScene.StartAsync(forge);
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", Manifests.Rules), ("site/index.html", Manifests.Page("old")));
        await using var gateway = await Gateway.StartAsync(scene);
        await gateway.ConnectAsync();
        await gateway.ConnectAsync();
        Assert.Equal(1, scene.Hooks);

        var careless = await scene.PushAsync(
            "alice", "sale", ("deploy/web.yaml", Manifests.Privileged), ("site/index.html", Manifests.Page("new")));
        var number = await scene.OpenAsync("alice", "sale", "Announce the sale");
        await ShowsAsync(scene, gateway, careless, ShownVerdict.Denied);
        await Eventually.TrueAsync(() => scene.Comments(number).Count == 1, () => $"no comment came:\n{gateway.Printed}");
        Assert.Contains("deploy/web.yaml:11", scene.Comments(number)[0], StringComparison.Ordinal);

        var mended = await scene.PushAsync("alice", "sale", ("deploy/web.yaml", Manifests.Decent));
        await ShowsAsync(scene, gateway, mended, ShownVerdict.Held);
        await scene.ApproveAsync(number, "bob");
        await ShowsAsync(scene, gateway, mended, ShownVerdict.Allowed);

        await scene.MergeAsync(number, "alice", how);
        await Eventually.TrueAsync(() => gateway.Page() == Manifests.Page("new"), () => $"nothing was dispatched:\n{gateway.Printed}");
        Assert.Single(scene.Comments(number));

        await scene.PushAsync("mallory", "main", ("site/index.html", Manifests.Page("smuggled")));
        await Eventually.TrueAsync(
            async () => (await gateway.EntryTypesAsync()).Contains("change.unmanaged"), () => $"no unmanaged change:\n{gateway.Printed}");
        Assert.Equal(Manifests.Page("new"), gateway.Page());
        var unmanaged = Assert.Single((await gateway.GetAsync("audit/unmanaged")).GetProperty("items").EnumerateArray());
        Assert.Equal("main", unmanaged.GetProperty("branch").GetString());
        Assert.DoesNotContain("check.overwritten", await gateway.EntryTypesAsync());
        Assert.True(await gateway.VerifiesAsync());
        await ReplaysAsync(gateway);
    }

    // What was ruled about real evidence comes out again, byte for byte, from what was stored of it.
    private static async Task ReplaysAsync(Gateway gateway)
    {
        var rulings = (await gateway.EntriesAsync()).Where(leaf => leaf.GetProperty("type").GetString() == "decision.evaluated")
            .Select(leaf => leaf.GetProperty("subject").GetProperty("ref").GetString()).ToList();
        Assert.True(rulings.Count >= 3, $"only {rulings.Count} rulings");
        foreach (var ruling in rulings)
        {
            var replay = await gateway.GetAsync($"rulings/{ruling}/replay");
            Assert.True(replay.GetProperty("same").GetBoolean(), replay.ToString());
        }
    }

    private static Task ShowsAsync(ForgeScene scene, Gateway gateway, string commit, ShownVerdict verdict) => Eventually.TrueAsync(
        () => scene.Shown(commit) == verdict,
        () => $"the status of {commit[..12]} is {scene.Shown(commit)}, not {verdict}:\n{gateway.Printed}");
}
