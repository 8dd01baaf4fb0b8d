using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Fakes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>People speak to the gate in comments: the same story on each forge, with every comment answered once.</summary>
public class ChatTests
{
    private const string Overrides = """
        rules:
          overrides:
            - name: incident
              when: { branches: [main] }
              from: { users: [oscar, alice] }
        """;

    private static readonly string ByComment = Manifests.Rules.Replace(
        "requires: { count: 1 }", "methods: [review, comment]\n    requires: { count: 1 }", StringComparison.Ordinal);

    public static TheoryData<string> Forges => ["github", "gitlab", "bitbucket-cloud", "bitbucket-datacenter", "gitea", "azuredevops"];

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_change_is_approved_held_released_and_explained_in_comments(string forge)
    {
        await using var stage = await Stage.SetAsync(forge, ByComment);
        var (number, head) = await ProposeAsync(stage, Manifests.Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await SayAsync(stage, number, "alice", "/gate approve", "is the change's author");
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
        await SayAsync(stage, number, "bob", "Looks good.\n\n/gate approve", "it counts for rule");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        await SayAsync(stage, number, "alice", "/gate hold the database moves tonight", "the change is held");
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await SayAsync(stage, number, "bob", "/gate release", "no hold stands any more");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        await SayAsync(stage, number, "alice", "/gate explain", "GitOps Gate: allowed");
        await SayAsync(stage, number, "alice", "/gate retry", "judged again: allowed");
        await stage.Scene.CommentAsync(number, "bob", "> /gate hold\n\n```\n/gate hold\n```\n");
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Allowed, stage.Scene.Shown(head));
        Assert.Equal(6, Answers(stage, number).Count);
        var types = await stage.Gateway.EntryTypesAsync();
        Assert.Contains("hold.placed", types);
        Assert.Contains("hold.released", types);
        Assert.True(await stage.Gateway.VerifiesAsync());

        var pushed = await stage.Scene.PushAsync("alice", stage.Branch, ("site/index.html", Manifests.Page("newer")));
        await stage.ShowsAsync(pushed, ShownVerdict.Held);
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task An_override_lets_a_denied_change_through_for_one_head_and_stays_in_sight(string forge)
    {
        await using var stage = await Stage.SetAsync(forge, more: Overrides);
        var (number, head) = await ProposeAsync(stage, Manifests.Privileged);
        await stage.ShowsAsync(head, ShownVerdict.Denied);
        await SayAsync(stage, number, "alice", "/gate override the shop is down and this is the way back", "is the change's author");
        await SayAsync(stage, number, "bob", "/gate override the shop is down and this is the way back", "not among those who may override");
        Assert.Equal(ShownVerdict.Denied, stage.Scene.Shown(head));
        await SayAsync(stage, number, "oscar", "/gate override the shop is down and this is the way back", "overridden by rule");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        var findings = (await stage.ChangeAsync(number)).GetProperty("ruling").GetProperty("findings").EnumerateArray().ToList();
        Assert.Equal("gate/override", findings[0].GetProperty("rule").GetString());
        Assert.Contains(findings, finding => finding.GetProperty("overriddenBy").GetString() == "oscar"
            && finding.GetProperty("weight").GetString() == "denied");
        var types = await stage.Gateway.EntryTypesAsync();
        Assert.Equal((2, 1), (types.Count(type => type == "override.requested"), types.Count(type => type == "override.used")));

        var pushed = await stage.Scene.PushAsync("alice", stage.Branch, ("site/index.html", Manifests.Page("newer")));
        await stage.ShowsAsync(pushed, ShownVerdict.Denied);
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task An_answer_that_was_written_and_not_heard_of_is_not_written_again_and_a_kill_loses_none(string forge)
    {
        await using var stage = await Stage.SetAsync(forge, ByComment);
        var (number, head) = await ProposeAsync(stage, Manifests.Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        stage.Scene.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = stage.Scene.CommentWrite });
        await SayAsync(stage, number, "mallory", "/gate explain", "GitOps Gate: waiting");
        await stage.Scene.CommentAsync(number, "alice", "/gate hold");
        stage.Gateway.Kill();
        await stage.Gateway.StartAgainAsync();
        await Eventually.TrueAsync(
            () => Answers(stage, number).Any(answer => answer.Contains("the change is held", StringComparison.Ordinal)),
            () => $"the hold was not answered:\n{stage.Gateway.Printed}");
        await stage.IdleAsync();
        Assert.Equal(2, Answers(stage, number).Count);
    }

    private static async Task<(long Number, string Head)> ProposeAsync(Stage stage, string manifest)
    {
        var (number, head) = await stage.ProposeAsync([("deploy/web.yaml", manifest), ("site/index.html", Manifests.Page("new"))]);
        await Eventually.TrueAsync(() => stage.Scene.Shown(head) != ShownVerdict.None, () => $"nothing was shown:\n{stage.Gateway.Printed}");
        // A forge that dates comments by whole seconds dates one of the same second before the gate's first look.
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        return (number, head);
    }

    private static async Task SayAsync(Stage stage, long number, string by, string text, string answer)
    {
        var before = Answers(stage, number).Count;
        await stage.Scene.CommentAsync(number, by, text);
        await Eventually.TrueAsync(
            () => Answers(stage, number).Count > before, () => $"{stage.Scene.Forge}: `{text}` of {by} was not answered:\n{stage.Gateway.Printed}");
        await stage.IdleAsync();
        var all = Answers(stage, number);
        Assert.Equal(before + 1, all.Count);
        Assert.Contains(answer, all[^1], StringComparison.Ordinal);
    }

    /// <summary>What the gate answered: its comments but the one that it keeps up to date.</summary>
    private static List<string> Answers(Stage stage, long number) =>
        [.. stage.Scene.Comments(number).Where(text => text.Contains(" answers ", StringComparison.Ordinal))];
}
