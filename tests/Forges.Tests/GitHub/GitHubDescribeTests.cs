using GitOpsGate.Changes;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>What is asked from GitHub comes back whole and in our words.</summary>
public sealed class GitHubDescribeTests : IAsyncLifetime
{
    private GitHubStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GitHubStage.SetAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task Reviews_come_whole_and_in_the_order_in_which_they_were_given()
    {
        await _stage.GitHub.ReviewAsync(_stage.Pull, "bob", "APPROVED", "fine");
        var dismissed = await _stage.GitHub.ReviewAsync(_stage.Pull, "carol", "CHANGES_REQUESTED");
        await _stage.GitHub.ReviewAsync(_stage.Pull, "bob", "COMMENTED", "one more thing");
        await _stage.GitHub.DismissAsync(_stage.Pull, "alice", dismissed);
        var reviews = (await DescribeAsync()).Reviews;
        Assert.Equal(
            [("bob", ReviewState.Approved), ("carol", ReviewState.Dismissed), ("bob", ReviewState.Commented)],
            reviews.Select(review => (review.Author.Login, review.State)));
        Assert.All(reviews, review => Assert.Equal(_stage.Head, review.Commit));
    }

    [Fact]
    public async Task A_right_guess_at_the_head_asks_for_no_more_and_gives_the_same()
    {
        await _stage.GitHub.ReviewAsync(_stage.Pull, "bob", "APPROVED");
        await _stage.GitHub.PostStatusAsync(_stage.Shop, "ci-account", _stage.Pull.Head, "build", "success");
        _stage.GitHub.Journal.Clear();
        var guessed = await _stage.Forge.DescribeAsync(_stage.Connection, _stage.Change, _stage.Head, Cancellation);
        Assert.Equal(4, _stage.GitHub.Journal.Entries.Count);
        var facts = await DescribeAsync();
        Assert.Equal(facts.Reviews, guessed!.Reviews);
        Assert.Equal(facts.Statuses, guessed.Statuses);
        Assert.Equal(facts.Change.Head, guessed.Change.Head);
    }

    [Fact]
    public async Task A_wrong_guess_at_the_head_gives_what_belongs_to_the_right_one()
    {
        var before = _stage.Head;
        await _stage.GitHub.CommentAsync(_stage.Pull, "bob", "wait");
        await _stage.GitHub.PostStatusAsync(_stage.Shop, "ci-account", _stage.Pull.Head, "build", "success");
        await _stage.GitHub.PushAsync(_stage.Shop, "alice", "feature", "Change it", ("new.txt", "newer\n"));
        _stage.GitHub.Journal.Clear();
        var facts = await _stage.Forge.DescribeAsync(_stage.Connection, _stage.Change, before, Cancellation);
        Assert.NotEqual(before, facts!.Change.Head);
        Assert.Empty(facts.Statuses);
        // What was said is asked for after the head is known, or a comment on the old head could look as if it came after the new one.
        var asked = _stage.GitHub.Journal.Entries.Select(entry => entry.Path.Split('?')[0]).ToList();
        Assert.True(asked.FindLastIndex(path => path.EndsWith("/comments", StringComparison.Ordinal))
            > asked.FindIndex(path => path.EndsWith("/pulls/1", StringComparison.Ordinal)));
        Assert.NotNull(await _stage.Forge.DescribeAsync(_stage.Connection, _stage.Change, CommitId.Parse(new string('9', 40)), Cancellation));
    }

    [Fact]
    public async Task A_review_names_the_commit_that_it_was_given_on_also_after_a_push()
    {
        var before = _stage.Head;
        await _stage.GitHub.ReviewAsync(_stage.Pull, "bob", "APPROVED");
        await _stage.GitHub.PushAsync(_stage.Shop, "alice", "feature", "Change it", ("new.txt", "newer\n"));
        var facts = await DescribeAsync();
        Assert.Equal(before, Assert.Single(facts.Reviews).Commit);
        Assert.NotEqual(before, facts.Change.Head);
    }

    [Fact]
    public async Task Comments_come_from_all_pages_with_whether_they_were_edited()
    {
        for (var i = 0; i < 120; i++) _stage.Pull.Comments.Add(new GitHubComment(i + 1, _stage.GitHub.User("bob"), $"{i}", At(i), At(i)));
        _stage.Pull.Comments.Add(new GitHubComment(999, _stage.GitHub.User("helper[bot]"), "edited", At(500), At(501)));
        var comments = (await DescribeAsync()).Comments;
        Assert.Equal(121, comments.Length);
        Assert.Equal(("999", PersonKind.Bot, true), (comments[^1].Id, comments[^1].Author.Kind, comments[^1].IsEdited));
        Assert.False(comments[0].IsEdited);
    }

    [Fact]
    public async Task The_newest_status_of_a_context_and_every_check_are_told_with_who_posted_them()
    {
        await _stage.GitHub.PostStatusAsync(_stage.Shop, "ci-account", _stage.Pull.Head, "build", "failure");
        await _stage.GitHub.PostStatusAsync(_stage.Shop, "ci-account", _stage.Pull.Head, "Build", "success");
        await _stage.GitHub.RunCheckAsync(_stage.Shop, "actions", _stage.Pull.Head, "lint", "neutral");
        await _stage.GitHub.RunCheckAsync(_stage.Shop, "actions", _stage.Pull.Head, "test", "timed_out");
        await _stage.GitHub.RunCheckAsync(_stage.Shop, "actions", _stage.Pull.Head, "scan", null);
        await _stage.GitHub.RunCheckAsync(_stage.Shop, "actions", _stage.Pull.Head, "odd", "something new");
        Assert.Equal(
            [
                ("Build", CheckState.Succeeded, "ci-account"), ("lint", CheckState.Skipped, "actions"), ("test", CheckState.Failed, "actions"),
                ("scan", CheckState.Pending, "actions"), ("odd", CheckState.Unknown, "actions"),
            ],
            (await DescribeAsync()).Statuses.Select(status => (status.Name, status.State, status.Author)));
    }

    [Fact]
    public async Task A_pull_request_whose_fork_was_deleted_is_from_a_fork()
    {
        var pull = await _stage.GitHub.OpenPullAsync(_stage.Shop, "mallory", "feature", "From a fork", isFromFork: true);
        Assert.True((await DescribeAsync(pull)).Change.IsFromFork);
        _stage.GitHub.DeleteFork(pull);
        Assert.True((await DescribeAsync(pull)).Change.IsFromFork);
    }

    [Theory]
    [InlineData(GitHubMerge.Merge)]
    [InlineData(GitHubMerge.Squash)]
    [InlineData(GitHubMerge.Rebase)]
    public async Task A_merged_pull_request_names_what_the_merge_made_and_who_did_it(GitHubMerge how)
    {
        Assert.True((await DescribeAsync()).Change.MergeCommit.IsNone);
        var merged = await _stage.GitHub.MergeAsync(_stage.Pull, "bob", how);
        var change = (await DescribeAsync()).Change;
        Assert.Equal((ChangeState.Merged, merged, "bob"), (change.State, change.MergeCommit.Value, change.MergedBy?.Login));
        Assert.Equal(merged, await _stage.Shop.Git.ResolveAsync("main"));
        var ofMerge = await _stage.Forge.ChangesOfAsync(_stage.Connection, _stage.Repository, CommitId.Parse(merged), Cancellation);
        Assert.Equal([_stage.Change], ofMerge);
    }

    [Fact]
    public async Task Drafts_labels_and_closing_are_seen()
    {
        await _stage.GitHub.SetDraftAsync(_stage.Pull, "alice", isDraft: true);
        await _stage.GitHub.ToggleLabelAsync(_stage.Pull, "alice", "urgent");
        await _stage.GitHub.CloseAsync(_stage.Pull, "alice");
        var change = (await DescribeAsync()).Change;
        Assert.Equal((true, ChangeState.Closed), (change.IsDraft, change.State));
        Assert.Equal(["urgent"], change.Labels);
    }

    [Fact]
    public async Task Asking_again_for_what_has_not_changed_costs_no_answer()
    {
        await DescribeAsync();
        _stage.GitHub.Journal.Clear();
        await DescribeAsync();
        Assert.Equal(4, _stage.GitHub.Journal.Entries.Count);
        Assert.All(_stage.GitHub.Journal.Entries, entry => Assert.Equal(304, entry.Status));
    }

    [Theory]
    [InlineData("release")]
    [InlineData("acme/release/extra")]
    [InlineData("acme/..")]
    public async Task A_team_that_is_not_named_as_GitHub_does_is_a_gap(string team)
    {
        var facts = await _stage.Forge.MembersAsync(_stage.Connection, _stage.Repository, [team], [], Cancellation);
        Assert.Equal($"team:{team}", Assert.Single(facts.Gaps).What);
    }

    [Fact]
    public async Task Comments_are_asked_for_as_soon_as_the_pull_request_counts_one()
    {
        Assert.Empty((await DescribeAsync()).Comments);
        Assert.Equal(0, _stage.GitHub.Journal.Count("GET", "/comments"));
        await _stage.GitHub.CommentAsync(_stage.Pull, "bob", "/gate hold");
        Assert.Equal("/gate hold", Assert.Single((await DescribeAsync()).Comments).Body);
    }

    private static DateTimeOffset At(int minutes) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(minutes);

    private async Task<ForgeFacts> DescribeAsync(GitHubPull? pull = null) =>
        (await _stage.Forge.DescribeAsync(
            _stage.Connection, new ChangeKey(_stage.Repository, (pull ?? _stage.Pull).Number), Cancellation))!;
}
