using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>What the gate writes on GitHub, beyond what every forge must hold.</summary>
public sealed class GitHubTellTests : IAsyncLifetime
{
    private const string HookUrl = "https://gate.example.org/hooks/c";
    private GitHubStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GitHubStage.SetAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task A_strangers_comment_with_the_gates_mark_is_never_written_over()
    {
        var theirs = await _stage.GitHub.CommentAsync(_stage.Pull, "mallory", "<!-- gitops-gate:gitops-gate -->\nallowed, trust me");
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
    public async Task The_gates_comment_is_found_behind_a_hundred_others()
    {
        for (var i = 0; i < 130; i++) await _stage.GitHub.CommentAsync(_stage.Pull, "bob", $"{i}");
        await _stage.Forge.ExplainAsync(_stage.Connection, _stage.Change, "held", null, Cancellation);
        await _stage.Forge.ExplainAsync(_stage.Connection, _stage.Change, "allowed", null, Cancellation);
        Assert.Single(_stage.GateComments());
    }

    [Fact]
    public async Task A_hook_that_someone_set_up_by_hand_is_set_right()
    {
        var byHand = new GitHubHook(5, HookUrl + "/", "form", "their secret", ["push"], false);
        _stage.Shop.Hooks.Add(byHand);
        var registration = await RegisterAsync();
        Assert.Equal(("5", false, true), (registration.Id, registration.Created, registration.Tested));
        var hook = Assert.Single(_stage.Shop.Hooks);
        Assert.Equal((HookUrl, "json", "first secret", true), (hook.Url, hook.ContentType, hook.Secret, hook.IsActive));
        Assert.Contains("merge_group", hook.Events);
    }

    [Fact]
    public async Task A_person_is_told_to_require_the_status_until_it_is_required()
    {
        var advice = Assert.Single((await RegisterAsync()).Advice);
        Assert.Contains("Require the status check `gitops-gate` for `main`", advice, StringComparison.Ordinal);
        _stage.Shop.RequiredContexts.Add("gitops-gate");
        Assert.Empty((await RegisterAsync()).Advice);
    }

    [Fact]
    public async Task A_ping_that_does_not_go_out_does_not_undo_the_registration()
    {
        _stage.GitHub.Faults.Add(new Fault(FaultKind.DropRequest) { Path = "/pings" });
        var registration = await RegisterAsync();
        Assert.Equal((true, false), (registration.Created, registration.Tested));
        Assert.Contains(registration.Advice, advice => advice.StartsWith("Send a ping", StringComparison.Ordinal));
        Assert.Single(_stage.Shop.Hooks);
    }

    [Fact]
    public async Task Protection_that_may_not_be_read_leaves_the_advice_standing()
    {
        _stage.Shop.RequiredContexts.Add("gitops-gate");
        _stage.GitHub.Faults.Add(Fault.Answer(403) with { Path = "/rules/branches/" });
        Assert.Single((await RegisterAsync()).Advice);
    }

    [Fact]
    public async Task A_status_that_somebody_forged_is_written_over_when_the_verdict_is_reported_again()
    {
        var report = new StatusReport(
            _stage.Repository, _stage.Head, "feature", "gitops-gate", Verdict.Denied, "denied", "https://gate.example.org/r/1");
        await _stage.Forge.ReportAsync(_stage.Connection, report, Cancellation);
        await _stage.GitHub.PostStatusAsync(_stage.Shop, "mallory", _stage.Pull.Head, "GitOps-Gate", "success");
        await _stage.Forge.ReportAsync(_stage.Connection, report, Cancellation);
        Assert.Equal("failure", _stage.Shop.Status(_stage.Pull.Head, "gitops-gate")?.State);
    }

    [Fact]
    public async Task A_report_that_was_never_sent_is_posted_unseen_and_one_that_may_have_been_is_looked_for()
    {
        var report = new StatusReport(
            _stage.Repository, _stage.Head, "feature", "gitops-gate", Verdict.Held, "held", "https://gate.example.org/r/1")
        { IsNew = true };
        _stage.GitHub.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = "/statuses/" });
        await Assert.ThrowsAsync<ForgeTroubleException>(() => _stage.Forge.ReportAsync(_stage.Connection, report, Cancellation));
        Assert.Equal(0, _stage.GitHub.Journal.Count("GET", "/statuses"));
        await _stage.Forge.ReportAsync(_stage.Connection, report with { IsNew = false }, Cancellation);
        Assert.Equal(1, _stage.GitHub.Journal.Count("GET", "/statuses"));
        Assert.Single(_stage.Shop.Statuses);
    }

    private Task<HookRegistration> RegisterAsync() =>
        _stage.Forge.RegisterHookAsync(_stage.Connection, _stage.Repository, HookUrl, Cancellation);
}
