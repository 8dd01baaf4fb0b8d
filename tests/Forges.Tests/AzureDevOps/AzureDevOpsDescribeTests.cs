using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.AzureDevOps;
using GitOpsGate.Forges.AzureDevOps;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>What is peculiar when Azure DevOps is asked.</summary>
public sealed class AzureDevOpsDescribeTests : IAsyncLifetime
{
    private AzureDevOpsStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await AzureDevOpsStage.SetAsync();

    public async ValueTask DisposeAsync() => await _stage.DisposeAsync();

    [Fact]
    public async Task A_vote_is_of_the_head_that_it_was_given_on_and_a_teams_vote_is_nobodys()
    {
        var first = _stage.Head;
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 5);
        _stage.Azure.SetVote(_stage.Pull, _stage.Azure.Group("[acme]\\release"), 10);
        await PushAsync("second");
        await _stage.Azure.VoteAsync(_stage.Pull, "carol", -5);
        await _stage.Azure.VoteAsync(_stage.Pull, "dave", -10);
        await _stage.Azure.VoteAsync(_stage.Pull, "erin", 10);
        await _stage.Azure.VoteAsync(_stage.Pull, "erin", 0);
        var reviews = (await DescribeAsync()).Reviews;
        Assert.Equal(
            [
                ("bob", ReviewState.Approved, first), ("carol", ReviewState.ChangesRequested, _stage.Head),
                ("dave", ReviewState.ChangesRequested, _stage.Head),
            ],
            reviews.Select(review => (review.Author.Login, review.State, review.Commit)));
    }

    [Fact]
    public async Task An_approval_before_a_push_is_not_one_of_what_was_pushed()
    {
        var first = _stage.Head;
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        await PushAsync("second");
        var review = Assert.Single((await DescribeAsync()).Reviews);
        Assert.Equal((ReviewState.Approved, first), (review.State, review.Commit));
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        Assert.Equal(_stage.Head, Assert.Single((await DescribeAsync()).Reviews).Commit);
    }

    [Fact]
    public async Task A_vote_that_is_noted_nowhere_is_of_no_commit()
    {
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        _stage.Pull.Threads.Clear();
        var review = Assert.Single((await DescribeAsync()).Reviews);
        Assert.Equal((ReviewState.Approved, true, DateTimeOffset.UnixEpoch), (review.State, review.Commit.IsNone, review.SubmittedAt));
    }

    [Theory]
    [InlineData("mallory", false)]
    [InlineData("bob", true)]
    public async Task A_note_of_a_vote_is_believed_under_the_voters_own_name_only(string writer, bool isBelieved)
    {
        var first = _stage.Head;
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        await PushAsync("second");
        var written = await _stage.Azure.CommentAsync(_stage.Pull, writer, "bob voted 10");
        written.Properties["CodeReviewThreadType"] = "VoteUpdate";
        written.Properties["CodeReviewVotedByTfId"] = _stage.Azure.User("bob").Id;
        written.Properties["CodeReviewVoteResult"] = "10";
        Assert.Equal(isBelieved ? _stage.Head : first, Assert.Single((await DescribeAsync()).Reviews).Commit);
    }

    [Fact]
    public async Task Comments_are_those_of_people_that_are_still_there()
    {
        var edited = await _stage.Azure.CommentAsync(_stage.Pull, "bob", "first");
        var deleted = await _stage.Azure.CommentAsync(_stage.Pull, "bob", "a mistake");
        await _stage.Azure.CommentAsync(_stage.Pull, "acme Build Service", "built");
        await _stage.Azure.EditCommentAsync(_stage.Pull, "bob", edited, "/gate approve");
        await _stage.Azure.DeleteCommentAsync(_stage.Pull, "bob", deleted);
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        var comments = (await DescribeAsync()).Comments;
        Assert.Equal(
            [($"{edited.Id}/1", "/gate approve", true, PersonKind.User), (comments[1].Id, "built", false, PersonKind.Bot)],
            comments.Select(comment => (comment.Id, comment.Body, comment.IsEdited, comment.Author.Kind)));
    }

    [Fact]
    public async Task Statuses_are_those_of_the_head_and_named_as_a_policy_names_them()
    {
        _stage.Azure.PostStatus(_stage.Pull, "ci", "ci", "old", "succeeded", iteration: 1);
        _stage.Azure.PostStatus(_stage.Pull, "ci", "ci", "whole-before", "succeeded");
        await PushAsync("second");
        _stage.Azure.PostStatus(_stage.Pull, "ci", "ci", "whole-after", "pending");
        _stage.Azure.PostStatus(_stage.Pull, "ci", "", "lint", "failed", iteration: 2);
        _stage.Azure.PostStatus(_stage.Pull, "ci", "", "lint", "notApplicable", iteration: 2);
        var statuses = (await DescribeAsync()).Statuses;
        Assert.Equal(
            [("lint", CheckState.Skipped, "ci"), ("ci/whole-after", CheckState.Pending, "ci")],
            statuses.Select(status => (status.Name, status.State, status.Author)));
    }

    [Fact]
    public async Task What_stands_at_other_addresses_is_asked_for_there()
    {
        var longText = new string('x', 1000);
        _stage.Azure.Edit(_stage.Pull, "New title", longText);
        _stage.Pull.Labels.Add("hotfix");
        await _stage.Azure.SetDraftAsync(_stage.Pull, "alice", isDraft: true);
        var change = (await DescribeAsync()).Change;
        Assert.Equal(("New title", longText, true, "feature"), (change.Title, change.Body, change.IsDraft, change.SourceBranch));
        Assert.Equal(["hotfix"], change.Labels);
        Assert.Equal($"{_stage.Azure.Url}/contoso/acme/_git/shop/pullrequest/1", change.Url);
        Assert.Equal((_stage.MainTip, true), (change.TargetTip, change.MergeCommit.IsNone));
    }

    [Fact]
    public async Task A_completed_pull_request_is_merged_and_found_by_the_commit_that_its_merge_made()
    {
        var merged = CommitId.Parse(await _stage.Azure.CompleteAsync(_stage.Pull, "bob", AzureMerge.Squash));
        var change = (await DescribeAsync()).Change;
        Assert.Equal((ChangeState.Merged, merged, "bob"), (change.State, change.MergeCommit, change.MergedBy?.Login));
        Assert.NotNull(change.MergedAt);
        Assert.Equal([_stage.Change], await _stage.Forge.ChangesOfAsync(_stage.Connection, _stage.Repository, merged, Cancellation));
    }

    [Fact]
    public async Task Asking_for_a_commits_pull_requests_changes_nothing_so_no_failure_of_it_is_unclear()
    {
        _stage.Azure.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = "/pullrequestquery" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => _stage.Forge.ChangesOfAsync(_stage.Connection, _stage.Repository, _stage.Head, Cancellation));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
    }

    [Fact]
    public async Task A_page_to_sign_in_is_no_answer_and_not_one_that_passes()
    {
        _stage.Azure.Faults.Add(Fault.Answer(203) with { Body = "<!DOCTYPE html><title>Sign In</title>" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(DescribeAsync);
        Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
    }

    [Fact]
    public async Task A_team_is_read_to_its_end_and_a_group_in_it_is_a_gap_for_who_is_not_listed()
    {
        _stage.Azure.AddTeam("acme/many", Enumerable.Range(0, 250).Select(number => _stage.Azure.User($"member {number}")));
        var last = Person("member 249");
        var facts = await _stage.Forge.MembersAsync(_stage.Connection, _stage.Repository, ["acme/many"], [last], Cancellation);
        Assert.True(Assert.Single(facts.Memberships).IsMember);
        _stage.Azure.AddTeam("acme/many", _stage.Azure.Group("[acme]\\everybody"));
        facts = await _stage.Forge.MembersAsync(_stage.Connection, _stage.Repository, ["acme/many"], [last], Cancellation);
        Assert.Empty(facts.Gaps);
        facts = await _stage.Forge.MembersAsync(_stage.Connection, _stage.Repository, ["acme/many"], [last, Person("zoe")], Cancellation);
        Assert.Equal(last.Id, Assert.Single(facts.Memberships).PersonId);
        Assert.Contains("everybody", Assert.Single(facts.Gaps).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_team_of_the_connection_and_a_name_that_is_none_are_told_without_asking()
    {
        var connection = _stage.Connection with { Teams = _stage.Connection.Teams.Add("release", ["Alice"]) };
        _stage.Azure.Journal.Clear();
        var facts = await _stage.Forge.MembersAsync(connection, _stage.Repository, ["release", "nobody"], [Person("alice")], Cancellation);
        Assert.True(Assert.Single(facts.Memberships).IsMember);
        Assert.Equal("a team of Azure DevOps is named `project/team`", Assert.Single(facts.Gaps).Why);
        Assert.Empty(_stage.Azure.Journal.Entries);
    }

    [Fact]
    public async Task A_list_that_moves_while_it_is_read_is_not_taken_for_a_whole_one()
    {
        await using var scripted = await ScriptedForge.StartAsync();
        const string Members = "/api/_apis/projects/acme/teams/release/members?api-version=7.1&$top=100&$skip=";
        scripted.On($"{Members}0", _ => ScriptedForge.Json(PageOf(0)));
        scripted.On($"{Members}99", _ => ScriptedForge.Json(PageOf(100)));
        var connection = scripted.Connection with { Forge = AzureDevOpsForge.ForgeName };
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => _stage.Forge.MembersAsync(connection, _stage.Repository, ["acme/release"], [], Cancellation));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        Assert.Contains("moved while it was read", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_and_a_repository_with_spaces_in_their_names_are_asked_and_cloned()
    {
        var spaced = await _stage.Azure.AddRepositoryAsync("My Project/The Shop (new)");
        var head = CommitId.Parse(await _stage.Azure.PushAsync(spaced, "alice", "feature", "Add a file", ("new.yaml", "a: 1\n")));
        var pull = await _stage.Azure.OpenPullAsync(spaced, "alice", "feature", "Add a file");
        var key = new ChangeKey(new RepositoryKey(_stage.Connection.Name, spaced.Path), pull.Number);
        var facts = await _stage.Forge.DescribeAsync(_stage.Connection, key, Cancellation);
        Assert.Equal(head, facts!.Change.Head);
        Assert.EndsWith("/My%20Project/_git/The%20Shop%20%28new%29/pullrequest/2", facts.Change.Url, StringComparison.Ordinal);
        var folder = Directory.CreateTempSubdirectory("gitopsgate-mirror-");
        using var clients = new ServiceCollection().AddForges().BuildServiceProvider();
        await using (var mirror = new GitMirror(
            new GitMirrorOptions(folder.FullName), clients.GetRequiredService<ForgeHttp>(), TimeProvider.System,
            NullLogger<GitMirror>.Instance))
        {
            var content = await mirror.ReadAsync(_stage.Connection, facts.Change, Cancellation);
            Assert.Equal(["new.yaml"], content.Files.Select(file => file.Path));
            var wrong = _stage.Connection with { Token = new Secret("wrong"), Name = new ConnectionName("other") };
            var elsewhere = facts.Change with { Key = new ChangeKey(new RepositoryKey(wrong.Name, spaced.Path), 2) };
            await Assert.ThrowsAsync<GitTroubleException>(() => mirror.ReadAsync(wrong, elsewhere, Cancellation));
        }

        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("shop")]
    [InlineData("acme/shop/more")]
    [InlineData("../shop")]
    [InlineData("acme/..")]
    public async Task A_name_that_is_no_project_and_repository_goes_nowhere(string path)
    {
        _stage.Azure.Journal.Clear();
        var key = new ChangeKey(new RepositoryKey(_stage.Connection.Name, path), 1);
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => _stage.Forge.DescribeAsync(_stage.Connection, key, Cancellation));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.Empty(_stage.Azure.Journal.Entries);
    }

    private static string PageOf(int from)
    {
        var members = Enumerable.Range(from, 100).Select(number => $$$"""{"identity":{"id":"{{{number}}}"}}""");
        return new StringBuilder("{\"value\":[").AppendJoin(',', members).Append("]}").ToString();
    }

    private Person Person(string name) => new(name, _stage.Azure.User(name).Id, PersonKind.User);

    private Task<string> PushAsync(string text) => _stage.Azure.PushAsync(_stage.Shop, "alice", "feature", text, ("new.txt", text));

    private async Task<ForgeFacts> DescribeAsync() => (await _stage.Forge.DescribeAsync(_stage.Connection, _stage.Change, Cancellation))!;
}
