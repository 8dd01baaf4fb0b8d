using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>Orders that fail, but happened; and a power cut in the middle of one.</summary>
public class DispatchTests
{
    private const int Pages = 1500;

    [Fact]
    public async Task An_order_whose_answer_is_lost_is_found_out_and_carried_out_once()
    {
        await using var asked = await OrderReceiver.StartAsync();
        await using var trusted = await OrderReceiver.StartAsync();
        var more = $"{Target("asked", asked)}\n    statusUrl: {asked.StatusUrl}\n{Target("trusted", trusted)}\n    repeatIsSafe: true";
        await using var stage = await Stage.SetAsync("github", targets: "[asked, trusted]", more: more);
        asked.LoseNextAnswer();
        trusted.LoseNextAnswer();
        var commit = await MergeAsync(stage, ("site/index.html", Manifests.Page("new")));
        await Eventually.TrueAsync(
            async () => (await stage.Gateway.EntryTypesAsync()).Count(type => type == "dispatch.accepted") == 2,
            () => $"not both orders were accepted:\n{stage.Gateway.Printed}");
        await stage.IdleAsync();

        // One was asked and knew; the other cannot be asked, promised to do an order once, and got it again.
        Assert.Equal((1, 2), (asked.Arrived, trusted.Arrived));
        Assert.Equal([commit], asked.Orders.Values);
        Assert.Equal([commit], trusted.Orders.Values);
        var obligations = (await stage.Gateway.GetAsync("obligations?limit=50")).GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("kind").GetString() == "dispatch").ToList();
        Assert.Equal(2, obligations.Count);
        Assert.All(obligations, obligation => Assert.Equal("discharged", obligation.GetProperty("state").GetString()));
        Assert.Contains(obligations, obligation => obligation.GetProperty("reference").GetString() == $"job-{asked.Orders.Keys.Single()}");
        Assert.True(await stage.Gateway.VerifiesAsync());
    }

    [Fact]
    public async Task A_power_cut_in_the_middle_of_a_dispatch_leaves_the_old_site_and_then_the_new_one()
    {
        await using var stage = await Stage.SetAsync("github");
        var files = Enumerable.Range(0, Pages).Select(at => ($"site/pages/{at}.html", (string?)Manifests.Page($"{at}")));
        var staged = Path.Combine(stage.Gateway.SiteFolder, "releases", ".stage-new");
        var merging = MergeAsync(stage, [.. files, ("site/index.html", Manifests.Page("new"))]);
        await Eventually.TrueAsync(() => Directory.Exists(staged), () => $"nothing was staged:\n{stage.Gateway.Printed}");
        stage.Gateway.Kill();
        Assert.Equal("", stage.Gateway.Page());
        Assert.True(Directory.Exists(staged), "the power was cut too late to be in the middle");

        await stage.Gateway.StartAgainAsync();
        var commit = await merging;
        await Eventually.TrueAsync(() => stage.Gateway.Page() == Manifests.Page("new"), () => $"nothing was dispatched:\n{stage.Gateway.Printed}");
        await stage.Gateway.IdleAsync();
        Assert.Equal(Pages, Directory.GetFiles(Path.Combine(stage.Gateway.SiteFolder, "current", "pages")).Length);
        Assert.False(Directory.Exists(staged));
        var accepted = (await stage.Gateway.EntriesAsync()).Where(entry => entry.GetProperty("type").GetString() == "dispatch.accepted").ToList();
        Assert.Contains(commit, Assert.Single(accepted).GetRawText(), StringComparison.Ordinal);
        Assert.True(await stage.Gateway.VerifiesAsync());
    }

    /// <summary>Brings a change through the gate; gives the commit that its merge made.</summary>
    private static async Task<string> MergeAsync(Stage stage, params (string Path, string? Text)[] files)
    {
        var (number, head) = await stage.ProposeAsync(files);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.Scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        return await stage.Scene.MergeAsync(number, "alice", MergeKind.Squash);
    }

    private static string Target(string name, OrderReceiver receiver) =>
        $"  - name: {name}\n    kind: webhook\n    url: {receiver.Url}\n    allowPrivate: true\n    secret: env:E2E_ORDER_SECRET";
}
