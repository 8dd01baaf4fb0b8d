using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Fakes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>What the forge does wrong, and what the gate makes of it: never green by accident, never lost, never twice.</summary>
public class TroubleTests(SharedStages stages) : IClassFixture<SharedStages>
{
    private static readonly (string Path, string? Text)[] Decent = [("deploy/web.yaml", Manifests.Decent)];

    public static TheoryData<string> Forges => ["github", "gitlab", "bitbucket-cloud", "bitbucket-datacenter", "gitea", "azuredevops"];

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_status_whose_answer_is_lost_is_shown_all_the_same_and_once(string forge)
    {
        var stage = await stages.OfAsync(forge);
        stage.Scene.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = stage.Scene.StatusWrite });
        var (_, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_comment_whose_answer_is_lost_is_written_once(string forge)
    {
        var stage = await stages.OfAsync(forge);
        stage.Scene.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = stage.Scene.CommentWrite });
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
    [InlineData("bitbucket-datacenter", 500)]
    [InlineData("gitea", 502)]
    [InlineData("azuredevops", 503)]
    [InlineData("azuredevops", 429)]
    public async Task A_forge_that_fails_for_a_while_is_asked_again(string forge, int status)
    {
        var stage = await stages.OfAsync(forge);
        var fault = status == 429 ? Fault.TooMany(1) : Fault.Answer(status);
        stage.Scene.Faults.Add(fault with { Method = "GET", Times = 2 });
        var (_, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task Deliveries_that_come_twice_and_backwards_end_in_the_verdict_on_the_newest_head(string forge)
    {
        var stage = await stages.OfAsync(forge);
        stage.Scene.Post.Repeats = true;
        stage.Scene.Post.Hold();
        var (number, _) = await stage.ProposeAsync([("deploy/web.yaml", Manifests.Privileged)]);
        var head = await stage.Scene.PushAsync("alice", stage.Branch, Decent);
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
        await using var stage = await Stage.SetAsync(forge, "version: 1\napprovals:\n  - nam: typo\n");
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
            "package loop\n\ndeny contains msg if {\n\tsome a in numbers.range(1, 100000)\n\tsome b in numbers.range(1, 100000)\n"
            + "\ta + b < 0\n\tmsg := \"never\"\n}\n",
            TestContext.Current.CancellationToken);
        const string Rules = "version: 1\npolicies:\n  - { name: loop, bundle: hostile, package: data.loop, style: change }\n";
        await using var stage = await Stage.SetAsync("github", Rules, $"  - name: hostile\n    path: {bundle.FullName}");
        var (_, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Errored);
        bundle.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_forge_that_does_not_let_the_gate_read_never_sees_green(string forge)
    {
        var stage = await stages.OfAsync(forge);
        foreach (var status in (int[])[401, 403, 404])
        {
            var unread = Fault.Answer(status) with { Path = stage.Scene.ChangeRead, Method = "GET", Times = 1000 };
            stage.Scene.Faults.Add(unread);
            var (number, head) = await stage.ProposeAsync(Decent);
            var note = status == 404 ? $"the forge knows no change `forge:{stage.Scene.FullName}#{number}`" : $"#{number}";
            await Eventually.TrueAsync(
                async () => (await NotesAsync(stage)).Any(told => told.Contains($"was answered with {status}", StringComparison.Ordinal)
                    || (status == 404 && told.Contains(note, StringComparison.Ordinal))),
                () => $"nothing tells of the {status}:\n{stage.Gateway.Printed}");
            Assert.Equal(ShownVerdict.None, stage.Scene.Shown(head));
            stage.Scene.Faults.Clear();
            if (status != 404) await stage.ShowsAsync(head, ShownVerdict.Held);
        }
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_status_that_may_not_be_posted_is_owed_until_it_may(string forge)
    {
        var stage = await stages.OfAsync(forge);
        foreach (var status in (int[])[401, 403, 404])
        {
            stage.Scene.Faults.Add(Fault.Answer(status) with { Path = stage.Scene.StatusWrite, Method = "POST", Times = 1000 });
            var (number, head) = await stage.ProposeAsync(Decent);
            await Eventually.TrueAsync(
                async () => await OwedAsync(stage, number) is { } owed && owed.GetProperty("state").GetString() == "waiting"
                    && owed.GetProperty("note").GetString()!.Contains($"was answered with {status}", StringComparison.Ordinal),
                () => $"no obligation tells of the {status}:\n{stage.Gateway.Printed}");
            Assert.Equal(ShownVerdict.None, stage.Scene.Shown(head));
            stage.Scene.Faults.Clear();
            await stage.ShowsAsync(head, ShownVerdict.Held);
        }
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_status_that_the_forge_refuses_is_a_dead_letter_until_a_person_tries_it_again(string forge)
    {
        var stage = await stages.OfAsync(forge);
        stage.Scene.Faults.Add(Fault.Answer(422) with { Path = stage.Scene.StatusWrite, Method = "POST", Times = 1000 });
        var (number, head) = await stage.ProposeAsync(Decent);
        await Eventually.TrueAsync(
            async () => (await OwedAsync(stage, number))?.GetProperty("state").GetString() == "dead",
            () => $"no dead letter:\n{stage.Gateway.Printed}");
        Assert.Equal(ShownVerdict.None, stage.Scene.Shown(head));
        var dead = (await OwedAsync(stage, number))!.Value;
        Assert.Contains("was answered with 422", dead.GetProperty("note").GetString(), StringComparison.Ordinal);

        stage.Scene.Faults.Clear();
        await stage.Gateway.PostAsync($"obligations/{dead.GetProperty("id").GetInt64()}/retry", new { });
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        Assert.Equal("discharged", (await OwedAsync(stage, number))!.Value.GetProperty("state").GetString());
    }

    /// <summary>The newest status that is owed for a change request.</summary>
    private static async Task<JsonElement?> OwedAsync(Stage stage, long number)
    {
        var change = Uri.EscapeDataString($"forge:{stage.Scene.FullName}#{number}");
        var page = await stage.Gateway.GetAsync($"obligations?change={change}&limit=50");
        return page.GetProperty("items").EnumerateArray().Where(item => item.GetProperty("kind").GetString() == "status")
            .Select(item => (JsonElement?)item).FirstOrDefault();
    }

    private static async Task<List<string>> NotesAsync(Stage stage) =>
    [
        .. (await stage.Gateway.GetAsync("deliveries?limit=100")).GetProperty("items").EnumerateArray()
            .Select(item => item.GetProperty("note").GetString()!),
    ];
}
