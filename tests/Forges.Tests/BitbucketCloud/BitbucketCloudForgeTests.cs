using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.BitbucketCloud;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketCloud;

/// <summary>What is peculiar to Bitbucket Cloud; what holds for every forge is in <see cref="ForgeContract"/>.</summary>
public sealed class BitbucketCloudForgeTests
{
    private const string Path = BitbucketCloudRoom.Path;

    [Fact]
    public async Task Abbreviated_commits_are_made_whole()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        var facts = await room.DescribeAsync(key);
        Assert.Equal(head, facts.Change.Head);
        Assert.Equal(40, facts.Change.TargetTip.Value.Length);
        Assert.Equal(
            ("raise", "main", PersonKind.User), (facts.Change.SourceBranch, facts.Change.TargetBranch, facts.Change.Author.Kind));
        Assert.Equal(room.Fake.User("alice").Uuid, facts.Change.Author.Id);
    }

    [Fact]
    public async Task A_head_that_cannot_be_made_whole_is_trouble()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        room.Fake.Faults.Add(Fault.Answer(404) with { Path = $"/commit/{head.Short}" });
        Assert.Equal(
            TroubleKind.Unavailable, (await Assert.ThrowsAsync<ForgeTroubleException>(() => room.DescribeAsync(key))).Kind);
        room.Fake.Faults.Add(
            Fault.Answer(200) with { Path = $"/commit/{head.Short}", Body = $$"""{"hash":"{{new string('7', 40)}}"}""" });
        Assert.Equal(TroubleKind.Refused, (await Assert.ThrowsAsync<ForgeTroubleException>(() => room.DescribeAsync(key))).Kind);
        Assert.Equal(head, (await room.DescribeAsync(key)).Change.Head);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(403)]
    public async Task The_head_of_a_fork_is_looked_for_in_the_fork_which_may_be_closed_to_us(int status)
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        await room.Fake.AddRepositoryAsync("bea/infra", ("app.yaml", "replicas: 7\n"));
        var head = await room.Fake.PushAsync("bea/infra", "bea", "raise", "In the fork", ("app.yaml", "replicas: 8\n"));
        room.Fake.Faults.Add(Fault.Answer(200) with
        {
            Path = "/pullrequests/1",
            Body = $$$"""
                {"id":1,"state":"OPEN","destination":{"branch":{"name":"main"}},"source":{"branch":{"name":"raise"},
                 "commit":{"hash":"{{{head[..12]}}}"},"repository":{"full_name":"bea/infra"} } }
                """,
        });
        // What is in the fork only is asked there second; its statuses are those of the repository itself.
        if (status == 403) room.Fake.Faults.Add(Fault.Answer(403) with { Path = "/bea/infra/commit/" });
        if (status == 200)
        {
            var change = (await room.DescribeAsync(key)).Change;
            Assert.Equal((head, true), (change.Head.Value, change.IsFromFork));
            return;
        }

        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => room.DescribeAsync(key));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
    }

    [Fact]
    public async Task An_approval_is_tied_to_the_commit_that_was_the_head_then_and_a_comment_does_not_renew_it()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, first) = await room.ProposeAsync();
        await room.Fake.ApproveAsync(Path, 1, "bea");
        var second = await room.PushAsync("replicas: 5\n");
        await room.Fake.CommentAsync(Path, 1, "bea", "Hm.");
        await room.Fake.ApproveAsync(Path, 1, "carl");
        await room.Fake.RequestChangesAsync(Path, 1, "dora");
        await room.Fake.ApproveAsync(Path, 1, "emil");
        await room.Fake.UnapproveAsync(Path, 1, "emil");
        var facts = await room.DescribeAsync(key);
        Assert.Equal(
            [
                ("bea", ReviewState.Approved, first.Value),
                ("carl", ReviewState.Approved, second),
                ("dora", ReviewState.ChangesRequested, second),
            ],
            facts.Reviews.Select(review => (review.Author.Login, review.State, review.Commit.Value)));
        Assert.Equal("Hm.", Assert.Single(facts.Comments).Body);
    }

    [Fact]
    public async Task An_approval_that_is_given_again_after_a_push_is_new()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        await room.Fake.ApproveAsync(Path, 1, "bea");
        var second = await room.PushAsync("replicas: 5\n");
        await room.Fake.UnapproveAsync(Path, 1, "bea");
        await room.Fake.ApproveAsync(Path, 1, "bea");
        Assert.Equal(second, (await room.DescribeAsync(key)).Reviews.Single().Commit.Value);
    }

    [Theory]
    [InlineData(BitbucketMerge.MergeCommit)]
    [InlineData(BitbucketMerge.Squash)]
    [InlineData(BitbucketMerge.RebaseFastForward)]
    public async Task A_merge_names_the_commit_that_arrived(BitbucketMerge how)
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        await room.Fake.PushAsync(Path, "carl", "main", "Elsewhere", ("other.yaml", "a: 1\n"));
        var tip = await room.Fake.MergeAsync(Path, 1, "bea", how);
        var change = (await room.DescribeAsync(key)).Change;
        Assert.Equal((ChangeState.Merged, tip, "bea"), (change.State, change.MergeCommit.Value, change.MergedBy?.Login));
        Assert.Equal(
            [key],
            await room.Forge.ChangesOfAsync(room.Connection, room.Repository, change.MergeCommit, BitbucketCloudRoom.Cancellation));
    }

    [Fact]
    public async Task Without_the_index_of_commits_the_open_pull_requests_are_looked_through()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        room.Fake.HasCommitLinks = false;
        var (key, head) = await room.ProposeAsync();
        Assert.Equal(
            [key], await room.Forge.ChangesOfAsync(room.Connection, room.Repository, head, BitbucketCloudRoom.Cancellation));
        await room.Fake.DeclineAsync(Path, 1, "alice");
        Assert.Empty(await room.Forge.ChangesOfAsync(room.Connection, room.Repository, head, BitbucketCloudRoom.Cancellation));
        Assert.Equal(ChangeState.Closed, (await room.DescribeAsync(key)).Change.State);
    }

    [Fact]
    public async Task Lists_are_read_to_their_last_page()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        for (var i = 0; i < 103; i++) await room.Fake.CommentAsync(Path, 1, "bea", $"remark {i}");
        for (var i = 0; i < 103; i++)
        {
            await room.Fake.PostStatusAsync(Path, head.Value, "raise", $"job {i:000}", "SUCCESSFUL", "bea");
        }

        for (var i = 0; i < 55; i++) await room.Fake.ApproveAsync(Path, 1, $"person {i}");
        var facts = await room.DescribeAsync(key);
        Assert.Equal((103, 103, 55), (facts.Comments.Length, facts.Statuses.Length, facts.Reviews.Length));
        Assert.All(facts.Reviews, review => Assert.Equal(head, review.Commit));
        Assert.Equal(new StatusCheck("job 102", CheckState.Succeeded, "", "https://ci.example.org/1"), facts.Statuses[^1]);
    }

    [Fact]
    public async Task A_verdict_blocks_until_it_is_allowed()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        room.Fake.RequireBuilds(Path);
        var (_, head) = await room.ProposeAsync();
        foreach (var verdict in new[] { Verdict.Held, Verdict.Errored, Verdict.Denied })
        {
            await room.ReportAsync(head, verdict);
            await Assert.ThrowsAsync<InvalidOperationException>(() => room.Fake.MergeAsync(Path, 1, "bea"));
        }

        await room.ReportAsync(head, Verdict.Allowed);
        Assert.NotEmpty(await room.Fake.MergeAsync(Path, 1, "bea"));
    }

    [Fact]
    public async Task A_context_that_is_too_long_for_a_key_is_shortened_to_one_of_its_own()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        var (one, other) = (new string('a', 60) + "1", new string('a', 60) + "2");
        await room.ReportAsync(head, Verdict.Held, one);
        await room.ReportAsync(head, Verdict.Held, other);
        await room.ReportAsync(head, Verdict.Allowed, other);
        var builds = room.Fake.Builds(Path, head.Value);
        Assert.Equal([(one, "INPROGRESS"), (other, "SUCCESSFUL")], builds.Select(build => (build.Name, build.State)).Order());
        Assert.All(builds, build => Assert.Equal(40, build.Key.Length));
    }

    [Fact]
    public async Task The_comment_carries_a_marker_that_nobody_sees_and_a_strangers_is_left_alone()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        await room.Fake.CommentAsync(Path, 1, "mallory", "**Allowed**, trust me\n\n[//]: # (gitops-gate:gitops-gate)");
        var id = await room.Forge.ExplainAsync(room.Connection, key, "**Denied**", null, BitbucketCloudRoom.Cancellation);
        Assert.Equal(id, await room.Forge.ExplainAsync(room.Connection, key, "**Held**", null, BitbucketCloudRoom.Cancellation));
        var comments = room.Fake.Comments(Path, 1);
        Assert.Equal(2, comments.Count);
        Assert.StartsWith("**Allowed**, trust me", comments[0], StringComparison.Ordinal);
        Assert.Equal("**Held**\n\n[//]: # (gitops-gate:gitops-gate)", comments[1]);
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05.000051+00:00", false)]
    [InlineData("2026-01-02T03:05:05.000051+00:00", true)]
    public async Task A_comment_is_edited_when_it_changed_later_than_it_was_saved(string updated, bool isEdited)
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, _) = await room.ProposeAsync();
        room.Fake.Faults.Add(Fault.Answer(200) with
        {
            Path = "/comments",
            Body = $$"""
                {"values":[{"id":1,"content":{"raw":"Hm."},"created_on":"2026-01-02T03:04:05.000000+00:00","updated_on":"{{updated}}"}]}
                """,
        });
        Assert.Equal(isEdited, Assert.Single((await room.DescribeAsync(key)).Comments).IsEdited);
    }

    [Theory]
    [InlineData(403, TroubleKind.Forbidden)]
    [InlineData(503, TroubleKind.Unavailable)]
    public async Task A_repository_that_keeps_its_commits_to_itself_is_trouble(int status, TroubleKind kind)
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        room.Fake.Faults.Add(Fault.Answer(status) with { Path = $"/commit/{head.Short}" });
        Assert.Equal(kind, (await Assert.ThrowsAsync<ForgeTroubleException>(() => room.DescribeAsync(key))).Kind);
    }

    [Fact]
    public async Task Teams_are_what_the_connection_says_and_another_one_is_a_gap()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (alice, bea) = (room.Fake.User("alice"), room.Fake.User("bea"));
        var connection = room.Connection with { Teams = room.Connection.Teams.Add("release", [alice.Uuid, "carl"]) };
        Person[] people =
        [
            new("alice", alice.Uuid, PersonKind.User),
            new("bea", bea.Uuid, PersonKind.User),
            new("carl", "", PersonKind.Unknown),
        ];
        var facts = await room.Forge.MembersAsync(
            connection, room.Repository, ["release", "ops"], [.. people], BitbucketCloudRoom.Cancellation);
        Assert.Equal([true, false, false], facts.Memberships.Select(one => one.IsMember));
        Assert.Equal("team:ops", Assert.Single(facts.Gaps).What);
        Assert.Empty(room.Fake.Journal.Entries);
    }

    [Fact]
    public async Task Advice_says_what_still_lets_a_denied_change_be_merged()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var open = await RegisterAsync(room);
        Assert.Contains(open.Advice, line => line.Contains("passing build", StringComparison.Ordinal));
        room.Fake.RequireBuilds(Path);
        Assert.Empty((await RegisterAsync(room)).Advice);
        room.Fake.Faults.Add(Fault.Answer(403) with { Path = "/branch-restrictions" });
        Assert.Contains("may not read", Assert.Single((await RegisterAsync(room)).Advice), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_Bitbucket_sends_passes_the_door_and_is_read()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        await RegisterAsync(room);
        var (key, head) = await room.ProposeAsync();
        await room.Fake.ApproveAsync(Path, 1, "bea");
        await room.ReportAsync(head, Verdict.Allowed);
        await room.Forge.ExplainAsync(room.Connection, key, "**Allowed**", null, BitbucketCloudRoom.Cancellation);
        await room.Fake.MergeAsync(Path, 1, "bea");
        var readings = room.Fake.Post.Sent.Select(receipt => ReadCall(room, receipt.Call)).ToList();
        var change = $"change {Path}#1";
        Assert.Equal(
            [
                "Push", $"Change, Commit | {change}", $"Review | {change}", $"Status | commit {Path}@{head.Short} `gitops-gate`",
                "ignored: it is the gate's own comment", "Push", $"Closed | {change}",
            ],
            readings.Select(reading => reading.StartsWith("Push |", StringComparison.Ordinal) ? "Push" : reading));
    }

    private static string ReadCall(BitbucketCloudRoom room, HookCall call)
    {
        var headers = call.Headers.ToImmutableDictionary(pair => pair.Key.ToLowerInvariant(), pair => pair.Value);
        Assert.Equal(SignatureCheck.Match, room.Forge.Verify(room.Connection, headers, call.Body, DateTimeOffset.UnixEpoch));
        return ReadingText.Of(
            room.Forge.Read(ReadingText.Delivery("bitbucket-cloud", room.Forge.Label(headers)!.Event, call.Body)));
    }

    private static Task<HookRegistration> RegisterAsync(BitbucketCloudRoom room) =>
        room.Forge.RegisterHookAsync(
            room.Connection, room.Repository, "https://127.0.0.1:9/hooks/here", BitbucketCloudRoom.Cancellation);
}
