using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Fakes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>What the forge does wrong, and what the gate makes of it: never green by accident, never lost, never twice.</summary>
public class TroubleTests
{
    private static readonly (string Path, string? Text)[] Decent = [("deploy/web.yaml", Manifests.Decent)];

    public static TheoryData<string> Forges => ["github", "gitlab", "bitbucket-cloud"];

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_status_whose_answer_is_lost_is_shown_all_the_same_and_once(string forge)
    {
        await using var stage = await StageAsync(forge);
        stage.Scene.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = "statuses" });
        var (_, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_comment_whose_answer_is_lost_is_written_once(string forge)
    {
        await using var stage = await StageAsync(forge);
        stage.Scene.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = forge == "gitlab" ? "notes" : "comments" });
        var (number, _) = await stage.ProposeAsync(Decent);
        await Eventually.TrueAsync(() => stage.Scene.Comments(number).Count > 0, () => stage.Gateway.Printed);
        await stage.IdleAsync();
        Assert.Single(stage.Scene.Comments(number));
    }

    [Theory]
    [InlineData("github", 500)]
    [InlineData("github", 502)]
    [InlineData("github", 429)]
    [InlineData("gitlab", 503)]
    [InlineData("gitlab", 429)]
    [InlineData("bitbucket-cloud", 500)]
    [InlineData("bitbucket-cloud", 429)]
    public async Task A_forge_that_fails_for_a_while_is_asked_again(string forge, int status)
    {
        await using var stage = await StageAsync(forge);
        var fault = status == 429 ? Fault.TooMany(1) : Fault.Answer(status);
        stage.Scene.Faults.Add(fault with { Method = "GET", Times = 2 });
        var (_, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task Deliveries_that_come_twice_and_backwards_end_in_the_verdict_on_the_newest_head(string forge)
    {
        await using var stage = await StageAsync(forge);
        stage.Scene.Post.Repeats = true;
        stage.Scene.Post.Hold();
        var (number, _) = await stage.ProposeAsync([("deploy/web.yaml", Manifests.Privileged)]);
        var head = await stage.Scene.PushAsync("alice", "sale", Decent);
        await stage.Scene.Post.ReleaseAsync(newestFirst: true);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
        Assert.Single(stage.Scene.Comments(number));
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_broken_rule_file_is_never_green_and_says_where(string forge)
    {
        await using var stage = await StageAsync(forge, "version: 1\napprovals:\n  - nam: typo\n");
        var (number, head) = await stage.ProposeAsync(Decent);
        await Eventually.TrueAsync(() => stage.Scene.Shown(head) is ShownVerdict.Errored or ShownVerdict.Denied, () => stage.Gateway.Printed);
        await Eventually.TrueAsync(() => stage.Scene.Comments(number).Count == 1, () => stage.Gateway.Printed);
        Assert.Contains(".gitopsgate.yaml:3", stage.Scene.Comments(number)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_never_ends_is_stopped_and_never_green()
    {
        var bundle = Directory.CreateTempSubdirectory("gitopsgate-loop-");
        await File.WriteAllTextAsync(
            Path.Combine(bundle.FullName, "loop.rego"),
            "package loop\n\ndeny contains msg if {\n\tsome a in numbers.range(1, 100000)\n\tsome b in numbers.range(1, 100000)\n\ta + b < 0\n\tmsg := \"never\"\n}\n",
            TestContext.Current.CancellationToken);
        const string Rules = "version: 1\npolicies:\n  - { name: loop, bundle: hostile, package: data.loop, style: change }\n";
        await using var stage = await StageAsync("github", Rules, $"  - name: hostile\n    path: {bundle.FullName}");
        var (_, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Errored);
        bundle.Delete(recursive: true);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_forge_that_lets_nobody_in_never_sees_green(int status)
    {
        await using var stage = await StageAsync("github");
        stage.Scene.Faults.Add(Fault.Answer(status) with { Path = "/pulls/", Times = 1000 });
        var (_, head) = await stage.ProposeAsync(Decent);
        await Eventually.TrueAsync(
            async () => (await stage.Gateway.GetAsync("deliveries?limit=50")).GetProperty("items").EnumerateArray()
                .Any(item => item.GetProperty("event").GetString() == "pull_request" && item.GetProperty("note").GetString() is { Length: > 0 }),
            () => stage.Gateway.Printed);
        Assert.NotEqual(ShownVerdict.Allowed, stage.Scene.Shown(head));
    }

    private static Task<Stage> StageAsync(string forge, string rules = Manifests.Rules, string bundles = "") =>
        Stage.SetAsync(forge, rules, bundles);
}
