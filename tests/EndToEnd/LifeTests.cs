using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>
/// The lives of change requests: drafts, rewritten and deleted branches, other targets, closed and opened again, stacked, from forks; told
/// through the public doors, a webhook in and a status out. Those of the same words on each forge stand in <see cref="WholeJobTests"/>,
/// which also meets the 12 digits that Bitbucket Cloud shortens commit ids to; the merge queue stands in <see cref="UnusualTests"/>.
/// </summary>
public class LifeTests(SharedStages stages) : IClassFixture<SharedStages>
{
    private const string Strict = """
        version: 1
        approvals:
          - name: two-other-people
            requires: { count: 2 }

        """;

    private const string Overrides = """
        rules:
          overrides:
            - name: incident
              from: { users: [oscar] }
        """;

    private static readonly (string Path, string? Text)[] Decent = [("deploy/web.yaml", Manifests.Decent)];

    public static TheoryData<string> Forges => ["github", "gitlab"];

    public static TheoryData<string> AllForges => ["github", "gitlab", "bitbucket-cloud", "bitbucket-datacenter", "gitea", "azuredevops"];

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_draft_is_held_whatever_was_approved_until_it_is_ready(string forge)
    {
        var (stage, life) = await OfAsync(forge);
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await life.SetDraftAsync(number, "alice", isDraft: true);
        await stage.Scene.ApproveAsync(number, "bob");
        await SaysAsync(stage, number, "the change is a draft");
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
        await life.SetDraftAsync(number, "alice", isDraft: false);
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_rewritten_branch_is_judged_anew_and_takes_no_approval_along(string forge)
    {
        var (stage, life) = await OfAsync(forge);
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.Scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        var rewritten = await life.RewriteAsync("alice", stage.Branch, ("deploy/web.yaml", Manifests.Privileged));
        await stage.ShowsAsync(rewritten, ShownVerdict.Denied);
        await stage.IdleAsync();
        Assert.Equal(rewritten, (await stage.ChangeAsync(number)).GetProperty("ruling").GetProperty("head").GetString());
        // The forge shows a status by commit: the old head's stands where it was, and nobody can merge that any more.
        Assert.Equal(ShownVerdict.Allowed, stage.Scene.Shown(head));
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task Another_target_branch_has_rules_of_its_own_and_the_same_head_is_judged_by_them(string forge)
    {
        var (stage, life) = await OfAsync(forge);
        var release = $"release-{forge}";
        await stage.Scene.PushAsync("alice", release, (".gitopsgate.yaml", Strict));
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.Scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        await life.RetargetAsync(number, "alice", release);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await SaysAsync(stage, number, "two-other-people");
        await life.RetargetAsync(number, "alice", "main");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
    }

    [Theory]
    [MemberData(nameof(AllForges))]
    public async Task A_closed_change_is_not_judged_answers_that_nothing_is_done_and_is_judged_when_it_is_opened_again(string forge)
    {
        var stage = await stages.OfAsync(forge);
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.Scene.CloseAsync(number, "alice");
        await Eventually.TrueAsync(
            async () => (await stage.ChangeAsync(number)).GetProperty("state").GetString() == "closed", () => $"it is not closed:\n{stage.Gateway.Printed}");
        await stage.Scene.CommentAsync(number, "bob", "/gate retry");
        await Eventually.TrueAsync(
            () => stage.Scene.Comments(number).Any(said => said.Contains("the change is closed, and nothing is done", StringComparison.Ordinal)),
            () => $"nothing was answered:\n{stage.Gateway.Printed}");
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
        Assert.Single(stage.Scene.Comments(number), said => said.Contains("nothing is done", StringComparison.Ordinal));
        if (stage.Scene is not ILifeScene life) return;
        await stage.Scene.ApproveAsync(number, "bob");
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
        await life.ReopenAsync(number, "alice");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_source_branch_that_is_deleted_after_the_merge_harms_nothing(string forge)
    {
        await using var stage = await Stage.SetAsync(forge);
        var (number, head) = await stage.ProposeAsync([("site/index.html", Manifests.Page("new")), .. Decent]);
        await stage.Scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        stage.Scene.Post.Hold();
        await stage.Scene.MergeAsync(number, "alice", MergeKind.Squash);
        await ((ILifeScene)stage.Scene).DeleteBranchAsync("alice", stage.Branch);
        // When the gate hears of it, the branch is gone already.
        await stage.Scene.Post.ReleaseAsync();
        await Eventually.TrueAsync(() => stage.Gateway.Page() == Manifests.Page("new"), () => $"nothing was dispatched:\n{stage.Gateway.Printed}");
        await stage.IdleAsync();
        await NothingDeadAsync(stage);
        Assert.DoesNotContain("change.unmanaged", await stage.Gateway.EntryTypesAsync());
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task Stacked_changes_are_each_judged_by_the_rules_of_what_they_are_merged_into(string forge)
    {
        var (stage, life) = await OfAsync(forge);
        var (lower, _) = await stage.ProposeAsync(Decent);
        var below = stage.Branch;
        // The lower branch has no say in how the lower change is judged, but it has in the upper one's.
        var head = await stage.Scene.PushAsync("alice", below, (".gitopsgate.yaml", Strict));
        await stage.ShowsAsync(head, ShownVerdict.Held);
        var upperBranch = $"{below}-upper";
        await stage.Scene.PushAsync("alice", upperBranch, (".gitopsgate.yaml", Strict), ("deploy/web.yaml", Manifests.Decent));
        var upperHead = await stage.Scene.PushAsync("alice", upperBranch, ("note.txt", "upper"));
        var upper = await life.OpenOntoAsync("alice", upperBranch, "The upper half", below);
        await stage.ShowsAsync(upperHead, ShownVerdict.Held);
        await stage.Scene.ApproveAsync(lower, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        await stage.Scene.ApproveAsync(upper, "bob");
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(upperHead));
        await stage.Scene.ApproveAsync(upper, "carol");
        await stage.ShowsAsync(upperHead, ShownVerdict.Allowed);

        // Merged into the lower one, the upper half is a new head there, which nobody has approved.
        var grown = await stage.Scene.PushAsync("alice", below, ("note.txt", "upper"));
        await stage.ShowsAsync(grown, ShownVerdict.Held);
    }

    [Fact]
    public async Task A_change_from_a_fork_is_judged_and_shown_here_and_outlives_the_fork()
    {
        var stage = await stages.OfAsync("github");
        var scene = (GitHubScene)stage.Scene;
        var head = await scene.PushAsync("mallory", "from-outside", ("deploy/web.yaml", Manifests.Privileged), (".gitopsgate.yaml", "version: 1\n"));
        var number = await scene.OpenFromForkAsync("mallory", "from-outside", "From outside");
        await stage.ShowsAsync(head, ShownVerdict.Denied);
        scene.DeleteFork(number);
        await scene.ApproveAsync(number, "bob");
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Denied, scene.Shown(head));
        Assert.Equal(head, (await stage.ChangeAsync(number)).GetProperty("ruling").GetProperty("head").GetString());
        await NothingDeadAsync(stage);
    }

    [Fact]
    public async Task A_repository_that_is_renamed_and_transferred_goes_on_under_its_new_name()
    {
        await using var stage = await Stage.SetAsync("github");
        var scene = (GitHubScene)stage.Scene;
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        await scene.MoveAsync("alice", "acme/store");
        await HasAsync(stage, "acme/store", number, "held", head);
        await scene.MoveAsync("alice", "globex/store");
        await HasAsync(stage, "globex/store", number, "held", head);
        foreach (var old in (string[])["acme/shop", "acme/store"])
        {
            var known = await stage.Gateway.GetAsync($"changes/forge/{number}?repository={Uri.EscapeDataString(old)}");
            Assert.Equal("closed", known.GetProperty("state").GetString());
        }

        await scene.ApproveAsync(number, "bob");
        await HasAsync(stage, "globex/store", number, "allowed", head);
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        var looks = (await stage.Gateway.GetAsync("connections/forge/doctor?repository=acme%2Fstore")).GetProperty("items").GetRawText();
        Assert.Contains("Write `globex/store` wherever gate.yaml names `acme/store`.", looks, StringComparison.Ordinal);
        await stage.IdleAsync();
        await NothingDeadAsync(stage);
        Assert.True(await stage.Gateway.VerifiesAsync());
    }

    [Theory]
    [InlineData("github", true)]
    [InlineData("github", false)]
    [InlineData("gitlab", true)]
    public async Task A_status_that_somebody_else_posts_under_the_gates_name_is_overwritten_and_written_down_once(string forge, bool isGreen)
    {
        await using var stage = await Stage.SetAsync(forge);
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        await ((ILifeScene)stage.Scene).PostStatusAsync("mallory", head, stage.Branch, "gitops-gate", isGreen);
        await Eventually.TrueAsync(
            async () => (await stage.Gateway.EntryTypesAsync()).Contains("check.overwritten"), () => $"nothing was written down:\n{stage.Gateway.Printed}");
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.Scene.CommentAsync(number, "bob", "/gate retry");
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
        var entry = Assert.Single(await stage.Gateway.EntriesAsync(), leaf => leaf.GetProperty("type").GetString() == "check.overwritten");
        Assert.Equal("deny", entry.GetProperty("outcome").GetString());
        Assert.DoesNotContain("mallory", entry.GetRawText(), StringComparison.Ordinal);
        var shown = (await stage.ChangeAsync(number)).GetProperty("ruling").GetProperty("foreignStatuses");
        Assert.Equal("mallory", Assert.Single(shown.EnumerateArray()).GetProperty("by").GetString());
        Assert.True(await stage.Gateway.VerifiesAsync());
    }

    [Fact]
    public async Task The_button_that_asks_for_an_override_leads_to_the_command_once_and_overrides_nothing()
    {
        await using var scene = await GitHubScene.StartWithAppAsync();
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", Manifests.Rules));
        await using var gateway = await Gateway.StartAsync(scene, more: Overrides);
        await gateway.ConnectAsync();
        scene.Ask(gateway);
        var head = await scene.PushAsync("alice", "sale", [("deploy/web.yaml", Manifests.Privileged)]);
        var number = await scene.OpenAsync("alice", "sale", "Announce the sale");
        await Eventually.TrueAsync(() => scene.Shown(head) == ShownVerdict.Denied, () => $"it is {scene.Shown(head)}:\n{gateway.Printed}");
        await scene.PressOverrideAsync("bob", head);
        await Eventually.TrueAsync(() => Answers().Count == 1, () => $"nothing was answered:\n{gateway.Printed}");
        Assert.Contains("`/gate override REASON`", Answers()[0], StringComparison.Ordinal);
        Assert.Contains("`oscar`", Answers()[0], StringComparison.Ordinal);
        await scene.PressOverrideAsync("bob", head);
        await gateway.IdleAsync();
        Assert.Single(Answers());
        Assert.Equal(ShownVerdict.Denied, scene.Shown(head));
        var asked = (await gateway.EntriesAsync()).Where(leaf => leaf.GetProperty("type").GetString() == "override.requested").ToList();
        Assert.All(asked, leaf => Assert.Equal("pending", leaf.GetProperty("outcome").GetString()));
        Assert.Equal(2, asked.Count);
        Assert.DoesNotContain("override.used", await gateway.EntryTypesAsync());

        List<string> Answers() => [.. scene.Comments(number).Where(said => said.Contains("Request override", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task A_suspended_installation_is_known_at_once_and_forgotten_when_it_works_again()
    {
        await using var scene = await GitHubScene.StartWithAppAsync();
        await using var gateway = await Gateway.StartAsync(scene);
        scene.Ask(gateway);
        await scene.SuspendAsync(isSuspended: true);
        await Eventually.TrueAsync(async () => (await LooksAsync()).Contains("was suspended", StringComparison.Ordinal), () => gateway.Printed);
        await scene.SuspendAsync(isSuspended: false);
        await Eventually.TrueAsync(async () => !(await LooksAsync()).Contains("was suspended", StringComparison.Ordinal), () => gateway.Printed);
        var told = (await gateway.EntriesAsync()).Where(leaf => leaf.GetRawText().Contains("\"what\":\"access\"", StringComparison.Ordinal));
        Assert.Equal(["failure", "success"], told.Select(leaf => leaf.GetProperty("outcome").GetString()));

        async Task<string> LooksAsync() =>
            (await gateway.GetAsync("connections/forge/doctor?repository=acme%2Fshop")).GetProperty("items").GetRawText();
    }

    private async Task<(Stage Stage, ILifeScene Life)> OfAsync(string forge)
    {
        var stage = await stages.OfAsync(forge);
        return (stage, (ILifeScene)stage.Scene);
    }

    private static Task SaysAsync(Stage stage, long number, string text) => Eventually.TrueAsync(
        async () => Ruling(await stage.ChangeAsync(number)).Contains(text, StringComparison.Ordinal),
        () => $"the ruling does not say `{text}`:\n{stage.Gateway.Printed}");

    private static Task HasAsync(Stage stage, string path, long number, string verdict, string head) => Eventually.TrueAsync(
        async () =>
        {
            var items = (await stage.Gateway.GetAsync("changes?limit=100")).GetProperty("items").EnumerateArray();
            return items.Any(one => one.GetProperty("repository").GetString() == path && one.GetProperty("number").GetInt64() == number
                && one.GetProperty("head").GetString() == head && one.GetProperty("ruling") is { ValueKind: JsonValueKind.Object } ruling
                && ruling.GetProperty("verdict").GetString() == verdict);
        },
        () => $"{path}#{number} is not {verdict}:\n{stage.Gateway.Printed}");

    private static string Ruling(JsonElement change) => change.GetProperty("ruling").GetRawText();

    private static async Task NothingDeadAsync(Stage stage)
    {
        var status = await stage.Gateway.GetAsync("status");
        foreach (var kind in (string[])["deliveries", "obligations"]) Assert.Equal(0, status.GetProperty(kind).GetProperty("dead").GetInt64());
    }
}
