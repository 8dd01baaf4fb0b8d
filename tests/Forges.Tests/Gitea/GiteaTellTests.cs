using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Gitea;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>What the gate writes on Gitea, beyond what every forge must hold: statuses, the comment, the webhook, files.</summary>
public sealed class GiteaTellTests : IAsyncLifetime
{
    private const string HookUrl = "https://gate.example.org/hooks/c";
    private GiteaStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GiteaStage.SetAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Theory]
    [InlineData(Verdict.Allowed, "success")]
    [InlineData(Verdict.Held, "pending")]
    [InlineData(Verdict.Denied, "failure")]
    [InlineData(Verdict.Errored, "error")]
    public async Task A_verdict_has_a_state_of_its_own_and_never_one_that_a_merge_may_pass_with(Verdict verdict, string state)
    {
        await ReportAsync(verdict);
        Assert.Equal(state, Assert.Single(_stage.Shop.Statuses).State);
    }

    [Fact]
    public async Task A_status_that_somebody_forged_is_written_over_when_the_verdict_is_reported_again()
    {
        await ReportAsync(Verdict.Denied);
        await _stage.Gitea.PostStatusAsync(_stage.Shop, "mallory", _stage.Pull.Head, "gitops-gate", "success");
        await ReportAsync(Verdict.Denied);
        Assert.Equal("failure", _stage.Shop.Status(_stage.Pull.Head, "gitops-gate")?.State);
    }

    [Fact]
    public async Task A_strangers_comment_with_the_gates_mark_is_never_written_over()
    {
        var theirs = await _stage.Gitea.CommentAsync(_stage.Pull, "mallory", "<!-- gitops-gate:gitops-gate -->\nallowed, trust me");
        await _stage.Forge.ExplainAsync(_stage.Connection, _stage.Change, "denied", null, Cancellation);
        Assert.Contains(theirs, _stage.Pull.Comments);
        Assert.Contains("denied", Assert.Single(_stage.GateComments()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_gates_with_one_account_keep_a_comment_each()
    {
        var other = _stage.Connection with { StatusContext = "other-gate" };
        await _stage.Forge.ExplainAsync(_stage.Connection, _stage.Change, "one", null, Cancellation);
        await _stage.Forge.ExplainAsync(other, _stage.Change, "two", null, Cancellation);
        await _stage.Forge.ExplainAsync(other, _stage.Change, "three", null, Cancellation);
        Assert.Equal(["one", "three"], _stage.GateComments().Select(body => body.Split('\n')[^1]));
    }

    [Fact]
    public async Task A_hook_that_someone_set_up_by_hand_is_set_right_and_keeps_what_a_proxy_asks_for()
    {
        _stage.Shop.Hooks.Add(new GiteaHook(5, "gitea", HookUrl + "/", "form", "their secret", ["push"], false)
        {
            BranchFilter = "main",
            AuthorizationHeader = "Basic Zm9v",
        });
        var before = await HealthAsync();
        Assert.Equal(
            ["its content type is `form`; `json` would be right", "it tells only of branches like `main`; `*` would be right"],
            before.Problems.Skip(1).Take(2));
        var registration = await RegisterAsync();
        Assert.Equal(("5", false, true), (registration.Id, registration.Created, registration.Tested));
        var hook = Assert.Single(_stage.Shop.Hooks);
        Assert.Equal((HookUrl, "json", "first secret", true), (hook.Url, hook.ContentType, hook.Secret, hook.IsActive));
        Assert.Equal(("*", "Basic Zm9v"), (hook.BranchFilter, hook.AuthorizationHeader));
        Assert.True((await HealthAsync()).IsWell);
    }

    [Fact]
    public async Task A_hook_of_another_kind_with_our_address_is_left_and_told_of()
    {
        _stage.Shop.Hooks.Add(new GiteaHook(5, "discord", HookUrl, "json", "", ["push"], true));
        Assert.Null((await HealthAsync()).Id);
        var registration = await RegisterAsync();
        Assert.True(registration.Created);
        Assert.Contains(registration.Advice, advice => advice.StartsWith("Delete the other webhooks", StringComparison.Ordinal));
        Assert.Contains((await HealthAsync()).Problems, problem => problem.StartsWith("2 webhooks", StringComparison.Ordinal));
        Assert.Equal(2, await _stage.Forge.RemoveHooksAsync(_stage.Connection, _stage.Repository, HookUrl, Cancellation));
        Assert.Empty(_stage.Shop.Hooks);
    }

    [Fact]
    public async Task Our_hook_is_found_behind_pages_of_others()
    {
        _stage.Gitea.MaxResponseItems = 2;
        for (var i = 0; i < 7; i++) _stage.Shop.Hooks.Add(new GiteaHook(i, "gitea", $"https://other.example/{i}", "json", "", ["push"], true));
        Assert.True((await RegisterAsync()).Created);
        Assert.False((await RegisterAsync()).Created);
        Assert.Single(_stage.HookSecrets(HookUrl));
    }

    [Fact]
    public async Task A_person_is_told_to_require_the_status_until_it_is_required()
    {
        var told = (await RegisterAsync()).Advice;
        Assert.Contains(told, advice => advice.StartsWith("Require the status check `gitops-gate`", StringComparison.Ordinal));
        await _stage.Forge.ProtectAsync(_stage.Connection, _stage.Repository, "main", Cancellation);
        Assert.Empty((await RegisterAsync()).Advice);
    }

    [Fact]
    public async Task A_test_that_does_not_go_out_does_not_undo_the_registration()
    {
        _stage.Gitea.Faults.Add(new Fault(FaultKind.DropRequest) { Path = "/tests" });
        var registration = await RegisterAsync();
        Assert.Equal((true, false), (registration.Created, registration.Tested));
        Assert.Contains(registration.Advice, advice => advice.StartsWith("Send a test delivery", StringComparison.Ordinal));
        Assert.Single(_stage.Shop.Hooks);
    }

    [Fact]
    public async Task A_file_that_stands_otherwise_on_the_branch_is_set_right_before_the_pull_request_is_opened()
    {
        await _stage.Gitea.PushAsync(_stage.Shop, "bob", "starter/rules", "An old try", ("rules.yaml", "version: 0\n"));
        var proposal = new FileProposal("main", "starter/rules", "rules.yaml", "version: 1\n", "Add rules", "");
        await _stage.Forge.ProposeFileAsync(_stage.Connection, _stage.Repository, proposal, Cancellation);
        Assert.Equal("version: 1\n", await _stage.FileAtAsync("starter/rules", "rules.yaml"));
    }

    [Fact]
    public async Task A_file_that_is_there_already_is_not_proposed_over()
    {
        var proposal = new FileProposal("main", "starter", "README.md", "mine\n", "Add rules", "");
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => _stage.Forge.ProposeFileAsync(_stage.Connection, _stage.Repository, proposal, Cancellation));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
    }

    [Theory]
    [InlineData(GiteaRight.Admin, 0)]
    [InlineData(GiteaRight.Write, 1)]
    [InlineData(GiteaRight.Read, 2)]
    public async Task The_rights_that_we_lack_are_named(GiteaRight right, int lacking)
    {
        _stage.Shop.Rights[FakeGitea.GateLogin] = right;
        var standing = await _stage.Forge.StandingAsync(_stage.Connection, _stage.Repository, Cancellation);
        Assert.Equal((FakeGitea.GateLogin, "Gitea 1.27.0"), (standing.Account, standing.Product));
        Assert.Equal(lacking, standing.MissingRights.Length);
    }

    [Fact]
    public async Task Forgejo_says_what_it_is()
    {
        await using var stage = await GiteaStage.SetAsync(isForgejo: true);
        var standing = await stage.Forge.StandingAsync(stage.Connection, stage.Repository, Cancellation);
        Assert.Equal("Forgejo 16.0.0+gitea-1.22.0", standing.Product);
    }

    [Fact]
    public async Task Nothing_can_be_sent_again_and_this_is_said()
    {
        var missed = new MissedDelivery("1", "2", "lost-one", "push", default, "");
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => _stage.Forge.RedeliverAsync(_stage.Connection, _stage.Repository, missed, Cancellation));
        Assert.Contains("`lost-one`", trouble.Message, StringComparison.Ordinal);
    }

    private Task ReportAsync(Verdict verdict) => _stage.Forge.ReportAsync(
        _stage.Connection,
        new StatusReport(_stage.Repository, _stage.Head, "feature", "gitops-gate", verdict, "so it is", "https://gate.example.org/r/1"),
        Cancellation);

    private Task<HookHealth> HealthAsync() =>
        _stage.Forge.HookHealthAsync(_stage.Connection, _stage.Repository, HookUrl, Cancellation);

    private Task<HookRegistration> RegisterAsync() =>
        _stage.Forge.RegisterHookAsync(_stage.Connection, _stage.Repository, HookUrl, Cancellation);
}
