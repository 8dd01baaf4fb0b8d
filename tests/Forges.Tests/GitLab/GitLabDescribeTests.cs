using GitOpsGate.Changes;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitLab;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitLab;

public sealed class GitLabDescribeTests
{
    [Fact]
    public async Task An_open_merge_request_is_described()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        await room.Fake.LabelAsync(GitLabRoom.Path, 1, "alice", "urgent");
        await room.Fake.CommentAsync(GitLabRoom.Path, 1, "bea", "Why three?");
        var facts = await room.DescribeAsync(key);
        Assert.Equal(("Raise replicas", ChangeState.Open), (facts.Change.Title, facts.Change.State));
        Assert.Equal(("raise", "main"), (facts.Change.SourceBranch, facts.Change.TargetBranch));
        Assert.Equal(new Revision(key, head), facts.Change.Revision);
        Assert.Equal(("alice", PersonKind.User), (facts.Change.Author.Login, facts.Change.Author.Kind));
        Assert.Equal("urgent", Assert.Single(facts.Change.Labels));
        Assert.False(facts.Change.IsFromFork || facts.Change.IsDraft);
        Assert.False(facts.Change.TargetTip.IsNone);
        var comment = Assert.Single(facts.Comments);
        Assert.Equal(("bea", "Why three?", false), (comment.Author.Login, comment.Body, comment.IsEdited));
        Assert.Empty(facts.Reviews);
    }

    [Fact]
    public async Task What_is_not_there_is_null()
    {
        await using var room = await GitLabRoom.OpenAsync();
        Assert.Null(await room.Forge.DescribeAsync(room.Connection, new ChangeKey(room.Repository, 7), GitLabRoom.Cancellation));
        var elsewhere = new ChangeKey(new RepositoryKey(room.Connection.Name, "shop/other"), 1);
        Assert.Null(await room.Forge.DescribeAsync(room.Connection, elsewhere, GitLabRoom.Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_approval_is_tied_to_the_commit_that_was_the_head_then(bool tellsTimes)
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.TellsApprovalTimes = tellsTimes;
        var (key, first) = await room.ProposeAsync();
        await room.Fake.ApproveAsync(GitLabRoom.Path, 1, "bea");
        var second = await room.Fake.PushAsync(GitLabRoom.Path, "alice", "raise", "Once more", ("app.yaml", "replicas: 5\n"));
        await room.Fake.ApproveAsync(GitLabRoom.Path, 1, "carl");
        await room.Fake.RequestChangesAsync(GitLabRoom.Path, 1, "dora");
        var facts = await room.DescribeAsync(key);
        Assert.Equal(second, facts.Change.Head.Value);
        Assert.Equal(
            [
                ("bea", ReviewState.Approved, first.Value),
                ("carl", ReviewState.Approved, second),
                ("dora", ReviewState.ChangesRequested, second),
            ],
            facts.Reviews.Select(review => (review.Author.Login, review.State, review.Commit.Value)));
    }

    [Fact]
    public async Task An_approval_that_was_taken_back_is_gone_and_given_again_is_new()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.TellsApprovalTimes = false;
        var (key, _) = await room.ProposeAsync();
        await room.Fake.ApproveAsync(GitLabRoom.Path, 1, "bea");
        await room.Fake.UnapproveAsync(GitLabRoom.Path, 1, "bea");
        Assert.Empty((await room.DescribeAsync(key)).Reviews);
        var second = await room.Fake.PushAsync(GitLabRoom.Path, "alice", "raise", "Once more", ("app.yaml", "replicas: 5\n"));
        await room.Fake.ApproveAsync(GitLabRoom.Path, 1, "bea");
        Assert.Equal(second, (await room.DescribeAsync(key)).Reviews.Single().Commit.Value);
    }

    [Fact]
    public async Task A_comment_that_says_what_GitLab_notes_does_not_make_an_approval_newer()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.TellsApprovalTimes = false;
        var (key, first) = await room.ProposeAsync();
        await room.Fake.ApproveAsync(GitLabRoom.Path, 1, "bea");
        await room.Fake.PushAsync(GitLabRoom.Path, "alice", "raise", "Once more", ("app.yaml", "replicas: 5\n"));
        await room.Fake.CommentAsync(GitLabRoom.Path, 1, "bea", "approved this merge request");
        Assert.Equal(first, (await room.DescribeAsync(key)).Reviews.Single().Commit);
    }

    [Theory]
    [InlineData(GitLabMerge.MergeCommit)]
    [InlineData(GitLabMerge.Squash)]
    [InlineData(GitLabMerge.Rebase)]
    public async Task A_merge_names_the_commit_that_arrived(GitLabMerge how)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        await room.Fake.PushAsync(GitLabRoom.Path, "carl", "main", "Elsewhere", ("other.yaml", "a: 1\n"));
        var tip = await room.Fake.MergeAsync(GitLabRoom.Path, 1, "bea", how);
        var change = (await room.DescribeAsync(key)).Change;
        Assert.Equal((ChangeState.Merged, tip, "bea"), (change.State, change.MergeCommit.Value, change.MergedBy?.Login));
        Assert.NotNull(change.MergedAt);
        Assert.Equal(
            [key],
            await room.Forge.ChangesOfAsync(room.Connection, room.Repository, change.MergeCommit, GitLabRoom.Cancellation));
    }

    [Fact]
    public async Task Lists_are_read_to_their_last_page()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        for (var i = 0; i < 120; i++) await room.Fake.CommentAsync(GitLabRoom.Path, 1, "bea", $"remark {i}");
        for (var i = 0; i < 105; i++)
        {
            await room.Fake.PostStatusAsync(GitLabRoom.Path, head.Value, "raise", $"job {i:000}", "success", "bea");
        }

        await room.Fake.PostStatusAsync(GitLabRoom.Path, head.Value, "raise", "job 003", "failed", "carl");
        var facts = await room.DescribeAsync(key);
        Assert.Equal(120, facts.Comments.Length);
        Assert.Equal("remark 119", facts.Comments[^1].Body);
        Assert.Equal(105, facts.Statuses.Length);
        Assert.Equal(new StatusCheck("job 003", CheckState.Failed, "carl", ""), facts.Statuses[3] with { Id = "" });
        Assert.Equal(facts.Statuses.Length, facts.Statuses.Select(status => status.Id).Where(id => id.Length > 0).Distinct().Count());
    }

    [Fact]
    public async Task The_changes_of_a_commit_are_found()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        Assert.Equal([key], await room.Forge.ChangesOfAsync(room.Connection, room.Repository, head, GitLabRoom.Cancellation));
        await room.Fake.CloseAsync(GitLabRoom.Path, 1, "alice");
        Assert.Empty(await room.Forge.ChangesOfAsync(room.Connection, room.Repository, head, GitLabRoom.Cancellation));
        var unknown = CommitId.Parse(new string('7', 40));
        Assert.Empty(await room.Forge.ChangesOfAsync(room.Connection, room.Repository, unknown, GitLabRoom.Cancellation));
    }

    [Fact]
    public async Task Members_of_a_group_count_from_developer_on()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.AddMembers("shop/release", 30, "bea");
        room.Fake.AddMembers("shop/release", 20, "carl");
        string[] names = ["bea", "carl", "dora"];
        Person[] people = [.. names.Select(name => new Person(name, room.Fake.User(name).Id.ToString(), PersonKind.User))];
        var facts = await room.Forge.MembersAsync(
            room.Connection with { Teams = room.Connection.Teams.Add("night", ["dora"]) },
            room.Repository, ["shop/release", "shop/nobody", "night"], [.. people], GitLabRoom.Cancellation);
        Assert.Equal(
            [("shop/release", "bea"), ("night", "dora")],
            facts.Memberships.Where(one => one.IsMember)
                .Select(one => (one.Team, people.Single(person => person.Id == one.PersonId).Login)));
        Assert.Equal(6, facts.Memberships.Length);
        Assert.Equal("team:shop/nobody", Assert.Single(facts.Gaps).What);
    }

    [Theory]
    [InlineData(FaultKind.DropRequest, "/approvals")]
    [InlineData(FaultKind.DropAnswer, "/versions")]
    [InlineData(FaultKind.DropRequest, "/notes")]
    [InlineData(FaultKind.DropAnswer, "/statuses")]
    [InlineData(FaultKind.DropRequest, "/merge_requests/1")]
    public async Task When_one_question_fails_nothing_is_said_and_asking_again_works(FaultKind kind, string path)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        await room.Fake.ApproveAsync(GitLabRoom.Path, 1, "bea");
        room.Fake.Faults.Add(new Fault(kind) { Path = path });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => room.DescribeAsync(key));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        Assert.Single((await room.DescribeAsync(key)).Reviews);
    }

    [Theory]
    [InlineData(401, TroubleKind.Forbidden)]
    [InlineData(500, TroubleKind.Unavailable)]
    public async Task A_failed_answer_is_never_read_as_no_reviews(int status, TroubleKind kind)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        room.Fake.Faults.Add(Fault.Answer(status) with { Path = "/approvals" });
        Assert.Equal(kind, (await Assert.ThrowsAsync<ForgeTroubleException>(() => room.DescribeAsync(key))).Kind);
    }

    [Fact]
    public async Task A_captured_merged_merge_request_is_described()
    {
        var request = Shared.Locate("fixtures/gitlab/api.merge-request.json");
        var approvals = Shared.Locate("fixtures/gitlab/api.approvals.json");
        Assert.SkipWhen(request is null || approvals is null, "the reference answers are not here");
        await using var room = await GitLabRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        Answer(room, "/approvals", await File.ReadAllTextAsync(approvals, GitLabRoom.Cancellation));
        Answer(room, "/merge_requests/1", await File.ReadAllTextAsync(request, GitLabRoom.Cancellation));
        Answer(room, "/statuses", "[]");
        var facts = await room.DescribeAsync(key);
        Assert.Equal(
            ("test1", ChangeState.Merged, "DouweM"), (facts.Change.Title, facts.Change.State, facts.Change.MergedBy?.Login));
        Assert.Equal("37a1f246848c3dc2bb82964a183417e2e72fe1a7", facts.Change.MergeCommit.Value);
        Assert.Equal("2be7ddb704c7b6b83732fdd5b9f09d5a397b5f8f", facts.Change.Head.Value);
        // Nothing there tells when they approved, so no commit is claimed.
        Assert.Equal(
            [("root", ReviewState.Approved, true), ("ryley", ReviewState.Approved, true)],
            facts.Reviews.Select(review => (review.Author.Login, review.State, review.Commit.IsNone)));
    }

    [Theory]
    [InlineData("33", true)]
    [InlineData("null", true)]
    [InlineData("21", false)]
    public async Task A_merge_request_whose_source_is_another_project_or_gone_is_from_a_fork(string source, bool isFromFork)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        Answer(room, "/merge_requests/1", $$"""
            {"iid":"1","state":"opened","sha":"{{head}}","target_branch":"main","source_project_id":{{source}},
             "target_project_id":21,"author":{"id":5,"username":"group_7_bot_ab12"},"labels":[{"name":"urgent"}],"later":[{}]}
            """);
        var change = (await room.DescribeAsync(key)).Change;
        Assert.Equal(
            (isFromFork, PersonKind.Bot, "urgent"), (change.IsFromFork, change.Author.Kind, Assert.Single(change.Labels)));
    }

    [Fact]
    public async Task A_rate_limit_says_when_to_come_back()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        room.Fake.Faults.Add(Fault.TooMany(30) with { Path = "/merge_requests/1" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => room.DescribeAsync(key));
        Assert.Equal((TroubleKind.Unavailable, TimeSpan.FromSeconds(30)), (trouble.Kind, trouble.RetryAfter));
    }

    private static void Answer(GitLabRoom room, string path, string body) =>
        room.Fake.Faults.Add(Fault.Answer(200) with { Path = path, Body = body });
}
