using System.Globalization;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.BitbucketDataCenter;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

/// <summary>What is peculiar to asking Bitbucket Data Center.</summary>
public sealed class BitbucketDataCenterDescribeTests
{
    private const string Path = BitbucketDataCenterStage.Path;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_approval_stays_with_the_commit_that_it_was_given_on()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await stage.Bitbucket.ApproveAsync(Path, 1, "bob");
        var before = Assert.Single((await stage.DescribeAsync(Cancellation)).Reviews);
        Assert.Equal(("bob", ReviewState.Approved, stage.Head), (before.Author.Login, before.State, before.Commit));
        var newer = await stage.Bitbucket.PushAsync(Path, "alice", "feature", "Change it", ("new.txt", "newer\n"));
        var facts = await stage.DescribeAsync(Cancellation);
        Assert.Equal(newer, facts.Change.Head.Value);
        Assert.Equal(before, Assert.Single(facts.Reviews));
        await stage.Bitbucket.ApproveAsync(Path, 1, "bob");
        var after = Assert.Single((await stage.DescribeAsync(Cancellation)).Reviews);
        Assert.Equal(newer, after.Commit.Value);
        Assert.True(after.SubmittedAt > before.SubmittedAt);
    }

    [Fact]
    public async Task Needs_work_asks_for_changes_and_an_approval_that_was_taken_back_is_none()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await stage.Bitbucket.ApproveAsync(Path, 1, "bob");
        await stage.Bitbucket.RequestChangesAsync(Path, 1, "carol");
        var reviews = (await stage.DescribeAsync(Cancellation)).Reviews;
        Assert.Equal(
            [("bob", ReviewState.Approved), ("carol", ReviewState.ChangesRequested)], reviews.Select(one => (one.Author.Login, one.State)));
        Assert.All(reviews, review => Assert.InRange(review.SubmittedAt, DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.MaxValue));
        await stage.Bitbucket.UnapproveAsync(Path, 1, "bob");
        Assert.Equal("carol", Assert.Single((await stage.DescribeAsync(Cancellation)).Reviews).Author.Login);
    }

    [Fact]
    public async Task Comments_and_their_answers_are_read_each_once_and_in_order()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var first = await stage.Bitbucket.CommentAsync(Path, 1, "bob", "Why?");
        await stage.Bitbucket.CommentAsync(Path, 1, "alice", "Because.", answers: first);
        await stage.Bitbucket.CommentAsync(Path, 1, "carol", "/gate status");
        var comments = (await stage.DescribeAsync(Cancellation)).Comments;
        Assert.Equal(
            [("bob", "Why?", false), ("alice", "Because.", false), ("carol", "/gate status", false)],
            comments.Select(one => (one.Author.Login, one.Body, one.IsEdited)));
    }

    [Fact]
    public async Task A_long_activity_is_read_page_by_page()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        for (var one = 0; one < 620; one++) await stage.Bitbucket.CommentAsync(Path, 1, "bob", $"{one}");
        var comments = (await stage.DescribeAsync(Cancellation)).Comments;
        Assert.Equal(Enumerable.Range(0, 620).Select(one => $"{one}"), comments.Select(comment => comment.Body));
        Assert.Equal(1, stage.Server.Journal.Count("GET", "/activities?limit=500&start=500"));
    }

    [Theory]
    [InlineData("""{"values":[],"isLastPage":false}""")]
    [InlineData("""{"values":[],"isLastPage":false,"nextPageStart":0}""")]
    [InlineData("""{"isLastPage":true}""")]
    [InlineData("""[]""")]
    public async Task A_page_that_does_not_say_where_it_ends_is_trouble_and_not_a_short_list(string page)
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Server.Faults.Add(Fault.Answer(200) with { Path = "/activities", Body = page });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => stage.DescribeAsync(Cancellation));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
    }

    [Theory]
    [InlineData("1505783560000", "2017-09-19T01:12:40Z")]
    [InlineData("\"2017-09-19T09:45:32+1000\"", "2017-09-18T23:45:32Z")]
    [InlineData("\"2017-09-19T09:45:32-0330\"", "2017-09-19T13:15:32Z")]
    [InlineData("\"2017-09-19T09:45:32Z\"", "2017-09-19T09:45:32Z")]
    [InlineData("\"yesterday\"", "0001-01-01T00:00:00Z")]
    [InlineData("99999999999999999", "0001-01-01T00:00:00Z")]
    public async Task A_moment_is_read_in_milliseconds_and_in_text(string written, string expected)
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var pull = $$"""{"id":7,"toRef":{"id":"refs/heads/main"},"fromRef":{},"updatedDate":{{written}} }""";
        stage.Server.Faults.Add(
            Fault.Answer(200) with { Path = "/pull-requests", Body = $$"""{"values":[{{pull}}],"isLastPage":true}""" });
        var open = Assert.Single(await stage.Forge.OpenChangesAsync(stage.Connection, stage.Repository, Cancellation));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), open.UpdatedAt);
    }

    [Fact]
    public async Task A_merged_pull_request_says_into_what_when_and_by_whom()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var commit = await stage.Bitbucket.MergeAsync(Path, 1, "bob", DataCenterMerge.Squash);
        var change = (await stage.DescribeAsync(Cancellation)).Change;
        Assert.Equal((ChangeState.Merged, commit, "bob"), (change.State, change.MergeCommit.Value, change.MergedBy?.Login));
        Assert.NotNull(change.MergedAt);
        Assert.Equal([stage.Change], await stage.Forge.ChangesOfAsync(stage.Connection, stage.Repository, CommitId.Parse(commit), Cancellation));
    }

    [Fact]
    public async Task A_draft_is_told_from_one_that_is_ready()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await stage.Bitbucket.MarkDraftAsync(Path, 1, "alice", isDraft: true);
        Assert.True((await stage.DescribeAsync(Cancellation)).Change.IsDraft);
        await stage.Bitbucket.MarkDraftAsync(Path, 1, "alice", isDraft: false);
        Assert.False((await stage.DescribeAsync(Cancellation)).Change.IsDraft);
    }

    [Fact]
    public async Task More_builds_than_Bitbucket_lists_are_trouble_and_as_many_are_not()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        for (var one = 0; one < 100; one++) stage.Bitbucket.PostBuild(Path, stage.Head.Value, "feature", $"ci-{one}", "SUCCESSFUL");
        Assert.Equal(100, (await stage.DescribeAsync(Cancellation)).Statuses.Length);
        stage.Bitbucket.PostBuild(Path, stage.Head.Value, "feature", "ci-100", "FAILED");
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => stage.DescribeAsync(Cancellation));
        Assert.Contains("101 builds", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_the_connection_goes_before_a_group_of_the_same_name()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var connection = stage.Connection with { Teams = stage.Connection.Teams.Add("release", ["BOB"]) };
        var (alice, bob) = (stage.Bitbucket.User("alice"), stage.Bitbucket.User("bob"));
        var people = new[] { alice, bob }.Select(one => new Person(one.Name, $"{one.Id}", PersonKind.User));
        var facts = await stage.Forge.MembersAsync(connection, stage.Repository, ["release"], [.. people], Cancellation);
        Assert.Equal([($"{alice.Id}", false), ($"{bob.Id}", true)], facts.Memberships.Select(one => (one.PersonId, one.IsMember)));
    }

    [Fact]
    public async Task A_group_without_members_is_a_group_and_one_that_may_not_be_seen_is_a_gap()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Bitbucket.AddGroup("empty");
        var alice = new Person("alice", "1", PersonKind.User);
        var facts = await stage.Forge.MembersAsync(stage.Connection, stage.Repository, ["empty"], [alice], Cancellation);
        Assert.False(Assert.Single(facts.Memberships).IsMember);
        Assert.Empty(facts.Gaps);
        stage.Server.Faults.Add(Fault.Answer(401) with { Path = "/more-members" });
        facts = await stage.Forge.MembersAsync(stage.Connection, stage.Repository, ["release"], [alice], Cancellation);
        Assert.Empty(facts.Memberships);
        Assert.Contains("`teams` of connection `c`", Assert.Single(facts.Gaps).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_is_no_repository_of_a_project_is_refused_before_anything_is_sent()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        foreach (var path in (string[])["shop", "ACME/shop/deep", "ACME/..", "/shop"])
        {
            var repository = new RepositoryKey(new ConnectionName("c"), path);
            var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
                () => stage.Forge.TipAsync(stage.Connection, repository, "main", Cancellation));
            Assert.Equal(TroubleKind.Refused, trouble.Kind);
        }

        Assert.Empty(stage.Server.Journal.Entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Git_is_let_in_with_the_token_as_Bearer(bool isRight)
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var folder = Directory.CreateTempSubdirectory("gitopsgate-datacenter-mirror-");
        try
        {
            await using var room = Rooms.Fresh();
            await using var mirror = new GitMirror(
                new GitMirrorOptions(folder.FullName), room.GetRequiredService<ForgeHttp>(), TimeProvider.System,
                NullLogger<GitMirror>.Instance);
            var change = (await stage.DescribeAsync(Cancellation)).Change;
            var connection = isRight ? stage.Connection : stage.Connection with { Token = new Secret("another token") };
            if (isRight)
            {
                var content = await mirror.ReadAsync(connection, change, Cancellation);
                Assert.Equal((stage.Head, "new.txt"), (content.Head, Assert.Single(content.Files).Path));
                return;
            }

            var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => mirror.ReadAsync(connection, change, Cancellation));
            Assert.DoesNotContain("another token", trouble.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
