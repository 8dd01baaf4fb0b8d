using GitOpsGate.Changes;
using GitOpsGate.Fakes.AzureDevOps;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>What is peculiar when Azure DevOps is told a verdict.</summary>
public sealed class AzureDevOpsTellTests : IAsyncLifetime
{
    private AzureDevOpsStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await AzureDevOpsStage.SetAsync();

    public async ValueTask DisposeAsync() => await _stage.DisposeAsync();

    [Fact]
    public async Task Nothing_is_completed_until_the_head_is_allowed_and_a_push_takes_that_back()
    {
        await ProtectAsync();
        await RefusedAsync();
        await ReportAsync(_stage.Head, Verdict.Held);
        await RefusedAsync();
        await ReportAsync(_stage.Head, Verdict.Allowed);
        var old = _stage.Head;
        await _stage.Azure.PushAsync(_stage.Shop, "alice", "feature", "More", ("more.txt", "more\n"));
        await RefusedAsync();
        await ReportAsync(old, Verdict.Allowed);
        await RefusedAsync();
        await ReportAsync(_stage.Head, Verdict.Allowed);
        Assert.Equal(40, (await _stage.Azure.CompleteAsync(_stage.Pull, "bob")).Length);
    }

    [Fact]
    public async Task What_somebody_else_posts_in_the_gates_name_completes_nothing()
    {
        Assert.True((await ProtectAsync()).IsBoundToUs);
        _stage.Azure.PostStatus(_stage.Pull, "mallory", "", "gitops-gate", "succeeded", iteration: 1);
        await RefusedAsync();
    }

    [Fact]
    public async Task A_status_that_somebody_forged_word_for_word_is_posted_anew()
    {
        await ReportAsync(_stage.Head, Verdict.Denied);
        var ours = Assert.Single(_stage.Pull.Statuses);
        _stage.Pull.Statuses.Add(ours with { Id = ours.Id + 1000, By = _stage.Azure.User("mallory") });
        await ReportAsync(_stage.Head, Verdict.Denied);
        Assert.Equal(3, _stage.Pull.Statuses.Count);
        Assert.Equal(FakeAzureDevOps.GateName, _stage.Pull.Statuses[2].By.Name);
    }

    [Fact]
    public async Task A_report_that_was_never_sent_is_posted_unseen()
    {
        await _stage.Forge.ReportAsync(_stage.Connection, Report(_stage.Head, Verdict.Held) with { IsNew = true }, Cancellation);
        Assert.Equal(0, _stage.Azure.Journal.Count("GET", "/statuses"));
        Assert.Equal(("pending", 1L), (_stage.Pull.Statuses[0].State, _stage.Pull.Statuses[0].Iteration));
    }

    [Theory]
    [InlineData(Verdict.Allowed, "succeeded")]
    [InlineData(Verdict.Held, "pending")]
    [InlineData(Verdict.Denied, "failed")]
    [InlineData(Verdict.Errored, "error")]
    public async Task A_commit_that_is_no_open_head_gets_one_status_of_its_own(Verdict verdict, string state)
    {
        await ReportAsync(_stage.MainTip, verdict);
        await ReportAsync(_stage.MainTip, verdict);
        var (commit, status) = Assert.Single(_stage.Shop.Statuses);
        Assert.Equal((_stage.MainTip.Value, state), (commit, status.State));
        Assert.Empty(_stage.Pull.Statuses);
    }

    [Fact]
    public async Task Every_open_pull_request_with_the_head_is_told_and_a_genre_stands_before_the_slash()
    {
        await _stage.Shop.Git.SetRefAsync("refs/heads/release", _stage.MainTip.Value);
        var second = await _stage.Azure.OpenPullAsync(_stage.Shop, "alice", "feature", "The same into another branch", onto: "release");
        var report = Report(_stage.Head, Verdict.Allowed) with { Context = "acme/gate", Branch = "" };
        await _stage.Forge.ReportAsync(_stage.Connection, report, Cancellation);
        var shown = new[] { _stage.Pull, second }.Select(pull => Assert.Single(pull.Statuses)).Select(one => (one.Genre, one.Name, one.State));
        Assert.Equal([("acme", "gate", "succeeded"), ("acme", "gate", "succeeded")], shown);
    }

    [Theory]
    [InlineData(Verdict.Allowed, "closed")]
    [InlineData(Verdict.Held, "active")]
    [InlineData(Verdict.Denied, "active")]
    [InlineData(Verdict.Errored, "active")]
    public async Task The_thread_is_closed_once_nothing_is_left_to_do(Verdict verdict, string status)
    {
        var id = await ExplainAsync(Verdict.Held, null);
        Assert.Equal(id, await ExplainAsync(verdict, id));
        Assert.Equal(status, Assert.Single(_stage.GateThreads()).Status);
        var writes = _stage.Azure.Journal.Count("PATCH");
        await ExplainAsync(verdict, null);
        Assert.Equal(writes, _stage.Azure.Journal.Count("PATCH"));
    }

    [Fact]
    public async Task A_comment_that_somebody_else_marked_as_the_gates_stays_theirs()
    {
        await _stage.Azure.CommentAsync(_stage.Pull, "mallory", "<!-- gitops-gate:gitops-gate -->\nallowed");
        await ExplainAsync(Verdict.Denied, null);
        Assert.Single(_stage.GateThreads());
        Assert.Contains(_stage.Pull.Threads, thread => thread.Comments[0].Content.EndsWith("\nallowed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_gates_keep_a_comment_each()
    {
        await ExplainAsync(Verdict.Held, null);
        var other = _stage.Connection with { StatusContext = "other" };
        await _stage.Forge.ExplainAsync(other, _stage.Change, "other", null, Cancellation);
        await ExplainAsync(Verdict.Allowed, null);
        Assert.Equal(2, _stage.GateThreads().Count);
    }

    private Task<Protection> ProtectAsync() => _stage.Forge.ProtectAsync(_stage.Connection, _stage.Repository, "main", Cancellation);

    private async Task RefusedAsync() =>
        Assert.Equal(403, (await Assert.ThrowsAsync<AzureRefusedException>(() => _stage.Azure.CompleteAsync(_stage.Pull, "bob"))).Status);

    private StatusReport Report(CommitId commit, Verdict verdict) =>
        new(_stage.Repository, commit, "feature", "gitops-gate", verdict, $"it is {verdict}", "https://gate.example.org/r/1");

    private Task ReportAsync(CommitId commit, Verdict verdict) =>
        _stage.Forge.ReportAsync(_stage.Connection, Report(commit, verdict), Cancellation);

    private Task<string> ExplainAsync(Verdict verdict, string? knownId)
    {
        var ruling = new Ruling
        {
            Id = new RulingId(Guid.Empty),
            Revision = new Revision(_stage.Change, _stage.Head),
            Verdict = verdict,
            Summary = "in one line",
            EvidenceDigest = "",
            RulesDigest = "",
            RuledAt = DateTimeOffset.UnixEpoch,
        };
        return _stage.Forge.ExplainAsync(_stage.Connection, _stage.Change, CommentText.Of(ruling, ""), knownId, Cancellation);
    }
}
