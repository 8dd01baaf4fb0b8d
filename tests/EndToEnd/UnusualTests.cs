using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>What happens seldom: hostile files, merge queues, rewritten branches, replays.</summary>
public class UnusualTests(SharedStages stages) : IClassFixture<SharedStages>
{
    private static readonly (string Path, string? Text)[] Decent = [("deploy/web.yaml", Manifests.Decent)];

    public static TheoryData<string> HostileFiles => ["bomb", "deep", "wide", "flow"];

    [Theory]
    [MemberData(nameof(HostileFiles))]
    public async Task A_hostile_file_is_a_finding_and_no_crash(string kind)
    {
        var stage = await stages.OfAsync("github");
        var path = $"deploy/{kind}.yaml";
        var (number, head) = await stage.ProposeAsync([(path, Hostile(kind))]);
        await Eventually.TrueAsync(
            () => stage.Scene.Shown(head) is ShownVerdict.Denied or ShownVerdict.Errored,
            () => $"the status is {stage.Scene.Shown(head)}:\n{stage.Gateway.Printed}");
        var findings = (await stage.ChangeAsync(number)).GetProperty("ruling").GetProperty("findings").EnumerateArray().ToList();
        Assert.Contains(
            findings,
            finding => finding.GetProperty("place") is { ValueKind: JsonValueKind.Object } place && place.GetProperty("file").GetString() == path);

        var mended = await stage.Scene.PushAsync("alice", stage.Branch, [(path, null), .. Decent]);
        await stage.ShowsAsync(mended, ShownVerdict.Held);
    }

    [Fact]
    public async Task A_merge_queue_is_shown_the_queued_changes_verdict_on_the_groups_own_commit()
    {
        var stage = await stages.OfAsync("github");
        var scene = (GitHubScene)stage.Scene;
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        var early = await scene.EnqueueAsync(number, "alice");
        await stage.ShowsAsync(early, ShownVerdict.Held);
        await scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        var group = await scene.EnqueueAsync(number, "alice");
        await stage.ShowsAsync(group, ShownVerdict.Allowed);
        Assert.NotEqual(head, group);
    }

    [Fact]
    public async Task A_rewritten_main_is_unmanaged_and_is_not_dispatched()
    {
        await using var stage = await Stage.SetAsync("github");
        var scene = (GitHubScene)stage.Scene;
        var old = await scene.PushAsync("alice", "main", ("README.md", "# shop\n\nopen daily\n"));
        await Eventually.TrueAsync(
            async () => (await stage.Gateway.EntryTypesAsync()).Contains("change.unmanaged"), () => $"no unmanaged change:\n{stage.Gateway.Printed}");
        await stage.AdoptAsync(old);
        var (number, head) = await stage.ProposeAsync([("site/index.html", Manifests.Page("new"))]);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        await scene.MergeAsync(number, "alice", MergeKind.Squash);
        await Eventually.TrueAsync(() => stage.Gateway.Page() == Manifests.Page("new"), () => $"nothing was dispatched:\n{stage.Gateway.Printed}");
        await stage.IdleAsync();

        var rewritten = await scene.ForcePushAsync("mallory", old, ("site/index.html", Manifests.Page("smuggled")));
        await Eventually.TrueAsync(
            async () => (await stage.Gateway.EntriesAsync()).Exists(entry => entry.GetProperty("type").GetString() == "change.unmanaged"
                && entry.GetRawText().Contains(rewritten, StringComparison.Ordinal)
                && entry.GetRawText().Contains("\"forced\":true", StringComparison.Ordinal)),
            () => $"no unmanaged change:\n{stage.Gateway.Printed}");
        await stage.IdleAsync();
        Assert.Equal(Manifests.Page("new"), stage.Gateway.Page());
        Assert.Single(await stage.Gateway.EntryTypesAsync(), "dispatch.accepted");
        Assert.True(await stage.Gateway.VerifiesAsync());
    }

    [Fact]
    public async Task A_replayed_delivery_says_the_same_and_writes_nothing_twice()
    {
        var stage = await stages.OfAsync("github");
        var (number, head) = await stage.ProposeAsync([("deploy/web.yaml", Manifests.Privileged)]);
        await stage.ShowsAsync(head, ShownVerdict.Denied);
        await Eventually.TrueAsync(() => stage.Scene.Comments(number).Count == 1, () => $"no comment came:\n{stage.Gateway.Printed}");
        await stage.IdleAsync();
        var before = Told(await stage.ChangeAsync(number));
        var (posts, comments) = (stage.Scene.Journal.Count("POST", "statuses"), stage.Scene.Comments(number)[0]);

        var id = (await stage.Gateway.GetAsync("deliveries?limit=100")).GetProperty("items").EnumerateArray()
            .First(item => item.GetProperty("event").GetString() == "pull_request").GetProperty("id").GetString();
        await stage.Gateway.PostAsync($"deliveries/{id}/replay", new { });
        await stage.IdleAsync();
        Assert.Contains("delivery.replayed", await stage.Gateway.EntryTypesAsync());
        Assert.Equal(before, Told(await stage.ChangeAsync(number)));
        Assert.Equal(posts, stage.Scene.Journal.Count("POST", "statuses"));
        Assert.Equal(comments, Assert.Single(stage.Scene.Comments(number)));
    }

    private static string Told(JsonElement change) => string.Join(
        '\n',
        ((string[])["verdict", "summary", "findings", "requirements", "wayToGreen"])
            .Select(name => change.GetProperty("ruling").GetProperty(name).GetRawText()));

    private static string Hostile(string kind) => kind switch
    {
        "bomb" => Bomb(),
        "deep" => string.Concat(Enumerable.Range(0, 500).Select(depth => $"{new string(' ', depth)}a:\n")),
        "wide" => "items:\n" + string.Concat(Enumerable.Repeat("- 1\n", 250_000)),
        _ => "a: " + new string('[', 100_000),
    };

    /// <summary>Ten levels of lists of ten aliases each: ten thousand million texts.</summary>
    private static string Bomb()
    {
        var text = new StringBuilder("l0: &l0 lol\n");
        for (var level = 1; level <= 10; level++)
        {
            var aliases = string.Join(", ", Enumerable.Repeat($"*l{level - 1}", 10));
            text.Append(CultureInfo.InvariantCulture, $"l{level}: &l{level} [{aliases}]\n");
        }

        return text.ToString();
    }
}
