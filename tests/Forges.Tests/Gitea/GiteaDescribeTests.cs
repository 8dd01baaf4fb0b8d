using GitOpsGate.Changes;
using GitOpsGate.Fakes.Gitea;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>What Gitea says of a pull request, beyond what every forge must hold.</summary>
public sealed class GiteaDescribeTests : IAsyncLifetime
{
    private GiteaStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GiteaStage.SetAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Theory]
    [InlineData("WIP: Add a file", true)]
    [InlineData("wip:add a file", true)]
    [InlineData("[WIP] Add a file", true)]
    [InlineData("Add WIP: a file", false)]
    [InlineData("WIPe it", false)]
    public async Task A_title_makes_a_draft(string title, bool isDraft)
    {
        await _stage.Gitea.EditAsync(_stage.Pull, "alice", title);
        Assert.Equal(isDraft, (await DescribeAsync()).Change.IsDraft);
    }

    [Fact]
    public async Task A_review_stands_on_the_commit_that_it_was_given_on()
    {
        var reviewed = _stage.Pull.Head;
        await _stage.Gitea.ReviewAsync(_stage.Pull, "bob", "APPROVED", "fine");
        await PushAsync("more");
        var review = Assert.Single((await DescribeAsync()).Reviews);
        Assert.Equal((ReviewState.Approved, reviewed, "bob"), (review.State, review.Commit.Value, review.Author.Login));
        Assert.NotEqual(_stage.Head, review.Commit);
    }

    [Theory]
    [InlineData("APPROVED", ReviewState.Dismissed)]
    [InlineData("REQUEST_CHANGES", ReviewState.ChangesRequested)]
    public async Task A_stale_approval_never_counts_for_the_head_and_a_stale_refusal_still_does(string state, ReviewState expected)
    {
        await _stage.Gitea.ReviewAsync(_stage.Pull, "bob", state, "on the head");
        _stage.Pull.Reviews[0] = _stage.Pull.Reviews[0] with { IsStale = true };
        Assert.Equal(expected, Assert.Single((await DescribeAsync()).Reviews).State);
        _stage.Pull.Reviews[0] = _stage.Pull.Reviews[0] with { Commit = "" };
        Assert.Equal(expected, Assert.Single((await DescribeAsync()).Reviews).State);
    }

    [Theory]
    [InlineData("APPROVED")]
    [InlineData("REQUEST_CHANGES")]
    public async Task A_review_that_was_dismissed_counts_no_more(string state)
    {
        var review = await _stage.Gitea.ReviewAsync(_stage.Pull, "bob", state, "words");
        _stage.Gitea.Dismiss(_stage.Pull, review);
        Assert.Equal(ReviewState.Dismissed, Assert.Single((await DescribeAsync()).Reviews).State);
    }

    [Fact]
    public async Task Asking_a_reviewer_again_takes_back_the_approval_of_that_reviewer_alone()
    {
        await _stage.Gitea.ReviewAsync(_stage.Pull, "bob", "APPROVED");
        await _stage.Gitea.ReviewAsync(_stage.Pull, "carol", "APPROVED");
        await _stage.Gitea.RequestReviewAsync(_stage.Pull, "alice", "bob");
        Assert.Equal([("bob", ReviewState.Dismissed), ("carol", ReviewState.Approved)], await ReviewsAsync());
        await _stage.Gitea.ReviewAsync(_stage.Pull, "bob", "APPROVED");
        Assert.Equal(("bob", ReviewState.Approved), (await ReviewsAsync())[^1]);
    }

    [Fact]
    public async Task A_refusal_stands_even_when_its_author_was_asked_again()
    {
        await _stage.Gitea.ReviewAsync(_stage.Pull, "bob", "REQUEST_CHANGES", "no");
        await _stage.Gitea.RequestReviewAsync(_stage.Pull, "alice", "bob");
        Assert.Equal([("bob", ReviewState.ChangesRequested)], await ReviewsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_review_is_lost_behind_pages_of_others_that_we_may_not_see(bool countsItems)
    {
        _stage.Gitea.CountsItems = countsItems;
        _stage.Gitea.MaxResponseItems = 3;
        for (var i = 0; i < 5; i++) await _stage.Gitea.ReviewAsync(_stage.Pull, $"talker{i}", "COMMENT", "well");
        if (countsItems)
        {
            for (var i = 0; i < 8; i++) await _stage.Gitea.ReviewAsync(_stage.Pull, $"hidden{i}", "PENDING", "not yet");
        }

        await _stage.Gitea.ReviewAsync(_stage.Pull, "bob", "REQUEST_CHANGES", "never");
        var reviews = await ReviewsAsync();
        Assert.Equal(6, reviews.Count);
        Assert.Equal(("bob", ReviewState.ChangesRequested), reviews[^1]);
    }

    [Fact]
    public async Task The_newest_status_of_a_context_counts_whatever_the_order_of_the_list()
    {
        await _stage.Gitea.PostStatusAsync(_stage.Shop, "ci", _stage.Pull.Head, "build", "success");
        await _stage.Gitea.PostStatusAsync(_stage.Shop, "ci", _stage.Pull.Head, "build", "failure");
        await _stage.Gitea.PostStatusAsync(_stage.Shop, "ci", _stage.Pull.Head, "Build", "warning");
        await _stage.Gitea.PostStatusAsync(_stage.Shop, "ci", _stage.Pull.Head, "lint", "skipped");
        await _stage.Gitea.PostStatusAsync(_stage.Shop, "mallory", _stage.Pull.Head, "slow", "pending");
        var statuses = (await DescribeAsync()).Statuses.OrderBy(status => status.Name, StringComparer.Ordinal);
        Assert.Equal(
            [
                ("Build", CheckState.Failed, "ci"), ("build", CheckState.Failed, "ci"), ("lint", CheckState.Skipped, "ci"),
                ("slow", CheckState.Pending, "mallory"),
            ],
            statuses.Select(status => (status.Name, status.State, status.Author)));
    }

    [Fact]
    public async Task A_pull_request_of_a_fork_is_one_even_when_the_fork_is_gone()
    {
        await _stage.Gitea.PushAsync(_stage.Shop, "mallory", "theirs", "From outside", ("x.txt", "x\n"));
        var pull = await _stage.Gitea.OpenPullAsync(_stage.Shop, "mallory", "theirs", "From outside", isFromFork: true);
        var before = (await DescribeAsync(pull)).Change;
        _stage.Gitea.DeleteFork(pull);
        var after = (await DescribeAsync(pull)).Change;
        Assert.Equal((true, "theirs", pull.Head), (before.IsFromFork, before.SourceBranch, before.Head.Value));
        Assert.Equal((true, "theirs", pull.Head), (after.IsFromFork, after.SourceBranch, after.Head.Value));
    }

    [Fact]
    public async Task What_was_pushed_for_review_to_no_branch_came_from_outside()
    {
        var pull = await _stage.Gitea.OpenPullAsync(_stage.Shop, "mallory", "feature", "AGit", onto: "main", isOfNoBranch: true);
        var change = (await DescribeAsync(pull)).Change;
        Assert.Equal((true, $"refs/pull/{pull.Number}/head"), (change.IsFromFork, change.SourceBranch));
    }

    [Theory]
    [InlineData(GiteaMerge.Merge)]
    [InlineData(GiteaMerge.Squash)]
    [InlineData(GiteaMerge.Rebase)]
    public async Task A_merged_pull_request_is_found_by_the_commit_that_it_made(GiteaMerge how)
    {
        var merged = await _stage.Gitea.MergeAsync(_stage.Pull, "bob", how);
        var change = (await DescribeAsync()).Change;
        Assert.Equal((ChangeState.Merged, merged, "bob"), (change.State, change.MergeCommit.Value, change.MergedBy?.Login));
        Assert.NotNull(change.MergedAt);
        Assert.Equal(
            [_stage.Change],
            await _stage.Forge.ChangesOfAsync(_stage.Connection, _stage.Repository, CommitId.Parse(merged), Cancellation));
    }

    [Fact]
    public async Task A_closed_pull_request_is_closed_and_its_head_leads_to_it_no_more()
    {
        await _stage.Gitea.CloseAsync(_stage.Pull, "alice");
        Assert.Equal(ChangeState.Closed, (await DescribeAsync()).Change.State);
        Assert.Empty(await _stage.Forge.ChangesOfAsync(_stage.Connection, _stage.Repository, _stage.Head, Cancellation));
    }

    [Fact]
    public async Task Somebody_who_took_over_a_members_old_name_is_no_member_for_who_had_it()
    {
        var alice = (await DescribeAsync()).Change.Author;
        _stage.Gitea.RemoveFromTeam(_stage.Team, "alice");
        _stage.Gitea.Rename("alice", "alicia");
        _stage.Gitea.AddTeam(_stage.Team, "alice");
        var facts = await _stage.Forge.MembersAsync(_stage.Connection, _stage.Repository, [_stage.Team], [alice], Cancellation);
        Assert.False(Assert.Single(facts.Memberships).IsMember);
    }

    [Fact]
    public async Task A_team_of_the_connection_goes_before_one_of_the_forge()
    {
        var bob = new Person("bob", _stage.Gitea.User("bob").Id.ToString(), PersonKind.User);
        var connection = _stage.Connection with { Teams = _stage.Connection.Teams.Add(_stage.Team, ["Bob"]) };
        var facts = await _stage.Forge.MembersAsync(connection, _stage.Repository, [_stage.Team, "no-slash"], [bob], Cancellation);
        Assert.True(Assert.Single(facts.Memberships).IsMember);
        Assert.Equal("team:no-slash", Assert.Single(facts.Gaps).What);
    }

    [Fact]
    public async Task The_repositories_and_pull_requests_behind_many_pages_are_all_listed()
    {
        _stage.Gitea.MaxResponseItems = 2;
        foreach (var name in (string[])["b", "c", "d", "e"]) await _stage.Gitea.AddRepositoryAsync($"acme/{name}");
        var found = await _stage.Forge.RepositoriesAsync(_stage.Connection, "acme", Cancellation);
        Assert.Equal(["acme/b", "acme/c", "acme/d", "acme/e", "acme/shop"], found.Select(one => one.Path));
        for (var i = 0; i < 4; i++) await _stage.Gitea.OpenPullAsync(_stage.Shop, "bob", "feature", $"Again {i}", onto: "main");
        var open = await _stage.Forge.OpenChangesAsync(_stage.Connection, _stage.Repository, Cancellation);
        Assert.Equal([1, 2, 3, 4, 5], open.Select(one => one.Key.Number));
    }

    [Fact]
    public async Task The_repositories_of_a_person_are_listed_like_those_of_an_organization()
    {
        _stage.Gitea.User("dora");
        await _stage.Gitea.AddRepositoryAsync("dora/notes");
        var found = await _stage.Forge.RepositoriesAsync(_stage.Connection, "dora", Cancellation);
        Assert.Equal("dora/notes", Assert.Single(found).Path);
    }

    private async Task<ForgeFacts> DescribeAsync(GiteaPull? pull = null)
    {
        var change = _stage.Change with { Number = pull?.Number ?? _stage.Change.Number };
        return (await _stage.Forge.DescribeAsync(_stage.Connection, change, Cancellation))!;
    }

    private async Task<List<(string Login, ReviewState State)>> ReviewsAsync() =>
        [.. (await DescribeAsync()).Reviews.Select(review => (review.Author.Login, review.State))];

    private Task<string> PushAsync(string what) =>
        _stage.Gitea.PushAsync(_stage.Shop, "alice", "feature", what, ($"{what}.txt", what));
}
