using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitLab;

/// <summary>
/// What the gate tells GitLab: verdicts, its comment, its webhook; each as failed, and as failed but it happened.
/// </summary>
public sealed class GitLabTellTests
{
    private const string SigningToken = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=";
    private const string HookUrl = "http://127.0.0.1:9/hooks/here";

    [Theory]
    [InlineData(Verdict.Allowed, "success")]
    [InlineData(Verdict.Held, "pending")]
    [InlineData(Verdict.Denied, "failed")]
    [InlineData(Verdict.Errored, "failed")]
    public async Task A_verdict_is_a_commit_status_on_the_source_branch(Verdict verdict, string state)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, room.Report(head, verdict, new string('x', 300)));
        var status = Assert.Single(room.Fake.Statuses(GitLabRoom.Path, head.Value));
        Assert.Equal((state, "raise", GitLabRoom.Context), (status.State, status.Ref, status.Name));
        Assert.Equal(255, status.Description.Length);
    }

    [Fact]
    public async Task Reporting_the_same_again_changes_nothing()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, room.Report(head, Verdict.Held));
        await ReportAsync(room, room.Report(head, Verdict.Held));
        Assert.Equal(1, room.Fake.Journal.Count("POST", "/statuses/"));
        await ReportAsync(room, room.Report(head, Verdict.Allowed));
        await ReportAsync(room, room.Report(head, Verdict.Held));
        Assert.Equal(
            ["pending", "success", "pending"], room.Fake.Statuses(GitLabRoom.Path, head.Value).Select(status => status.State));
    }

    [Fact]
    public async Task A_repeated_state_that_GitLab_refuses_is_fine()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, room.Report(head, Verdict.Held, "2 approvals are missing"));
        await ReportAsync(room, room.Report(head, Verdict.Held, "1 approval is missing"));
        Assert.Equal(2, room.Fake.Journal.Count("POST", "/statuses/"));
        Assert.Equal("pending", Assert.Single(room.Fake.Statuses(GitLabRoom.Path, head.Value)).State);
    }

    [Fact]
    public async Task A_refused_transition_that_leaves_consent_standing_is_trouble()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, room.Report(head, Verdict.Allowed));
        room.Fake.Faults.Add(Fault.Answer(400) with
        {
            Method = "POST",
            Path = "/statuses/",
            Body = """{"message":"Cannot transition status via :enqueue from :success"}""",
        });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => ReportAsync(room, room.Report(head, Verdict.Held)));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.Equal("success", Assert.Single(room.Fake.Statuses(GitLabRoom.Path, head.Value)).State);
    }

    [Theory]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.DropAnswer)]
    public async Task A_verdict_whose_answer_is_lost_is_unclear_and_told_once(FaultKind kind)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        room.Fake.Faults.Add(new Fault(kind) { Method = "POST", Path = "/statuses/" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => ReportAsync(room, room.Report(head, Verdict.Denied)));
        Assert.Equal(TroubleKind.Unclear, trouble.Kind);
        await ReportAsync(room, room.Report(head, Verdict.Denied));
        Assert.Single(room.Fake.Statuses(GitLabRoom.Path, head.Value));
    }

    [Fact]
    public async Task A_verdict_on_a_commit_that_is_not_there_is_missing()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var report = room.Report(CommitId.Parse(new string('7', 40)), Verdict.Allowed);
        Assert.Equal(
            TroubleKind.Missing, (await Assert.ThrowsAsync<ForgeTroubleException>(() => ReportAsync(room, report))).Kind);
    }

    [Fact]
    public async Task There_is_one_comment_and_it_is_updated_in_place()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (change, _) = await room.ProposeAsync();
        var id = await room.ExplainAsync(change, "**Held**");
        Assert.Equal(id, await room.ExplainAsync(change, "**Allowed**", id));
        Assert.Equal(id, await room.ExplainAsync(change, "**Allowed**", id));
        Assert.Equal(id, await room.ExplainAsync(change, "**Denied**", "99999"));
        Assert.Equal(id, await room.ExplainAsync(change, "**Held again**"));
        Assert.Equal("<!-- gitops-gate:gitops-gate -->\n**Held again**", Assert.Single(room.Fake.Comments(GitLabRoom.Path, 1)));
        Assert.Equal(3, room.Fake.Journal.Count("PUT"));
        Assert.Empty((await room.DescribeAsync(change)).Comments);
    }

    [Fact]
    public async Task A_strangers_comment_with_our_marker_is_left_alone()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (change, _) = await room.ProposeAsync();
        await room.Fake.CommentAsync(GitLabRoom.Path, 1, "mallory", "<!-- gitops-gate:gitops-gate -->\n**Allowed**, trust me");
        await room.ExplainAsync(change, "**Denied**");
        Assert.Equal(2, room.Fake.Comments(GitLabRoom.Path, 1).Count);
        Assert.Contains("trust me", room.Fake.Comments(GitLabRoom.Path, 1)[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.DropAnswer)]
    public async Task A_comment_whose_answer_is_lost_is_unclear_and_written_once(FaultKind kind)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (change, _) = await room.ProposeAsync();
        room.Fake.Faults.Add(new Fault(kind) { Method = "POST", Path = "/notes" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => room.ExplainAsync(change, "**Held**"));
        Assert.Equal(TroubleKind.Unclear, trouble.Kind);
        await room.ExplainAsync(change, "**Held**");
        Assert.Single(room.Fake.Comments(GitLabRoom.Path, 1));
    }

    [Theory]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.DropAnswer)]
    public async Task A_hook_whose_answer_is_lost_is_unclear_and_made_once(FaultKind kind)
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.Faults.Add(new Fault(kind) { Method = "POST", Path = "/hooks" });
        Assert.Equal(TroubleKind.Unclear, (await Assert.ThrowsAsync<ForgeTroubleException>(() => RegisterAsync(room))).Kind);
        var registration = await RegisterAsync(room);
        Assert.Equal(kind == FaultKind.DropRequest, registration.Created);
        Assert.Equal(HookUrl, Assert.Single(room.Fake.HookUrls(GitLabRoom.Path)));
    }

    [Fact]
    public async Task Registering_again_repairs_the_hook_and_says_what_is_left_to_do()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var first = await RegisterAsync(room);
        Assert.True(first.Created);
        Assert.False(first.Tested);
        Assert.Contains(first.Advice, line => line.Contains("Pipelines must succeed", StringComparison.Ordinal));
        room.Fake.RequirePipeline(GitLabRoom.Path);
        var second = await RegisterAsync(room);
        Assert.Equal((first.Id, false), (second.Id, second.Created));
        Assert.DoesNotContain(second.Advice, line => line.Contains("Pipelines must succeed", StringComparison.Ordinal));
        Assert.Single(room.Fake.HookUrls(GitLabRoom.Path));
    }

    [Fact]
    public async Task A_connection_without_a_secret_gets_no_hook()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var bare = room.Connection with { WebhookSecrets = [] };
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => room.Forge.RegisterHookAsync(bare, room.Repository, HookUrl, GitLabRoom.Cancellation));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.Empty(room.Fake.HookUrls(GitLabRoom.Path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_GitLab_sends_passes_the_door_and_is_read(bool isSigned)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var connection = room.Connection;
        if (isSigned)
        {
            connection = connection with { SigningTokens = [new Secret(SigningToken)] };
        }

        await room.Forge.RegisterHookAsync(connection, room.Repository, HookUrl, GitLabRoom.Cancellation);
        var (key, head) = await room.ProposeAsync();
        await room.Fake.ApproveAsync(GitLabRoom.Path, 1, "bea");
        await room.Fake.CommentAsync(GitLabRoom.Path, 1, "bea", "Fine");
        await ReportAsync(room, room.Report(head, Verdict.Allowed));
        await room.Fake.MergeAsync(GitLabRoom.Path, 1, "bea");
        var readings = room.Fake.Post.Sent.Skip(1).Select(receipt => ReadCall(room, connection, receipt.Call)).ToList();
        var change = $"change {key.Repository.Path}#1";
        Assert.Equal(
            [
                "Push", $"Change, Commit | {change}", $"Review | {change}", $"Comment | {change}",
                $"Pipeline | commit {GitLabRoom.Path}@{head.Short} `gitops-gate`", "Push", $"Closed | {change}",
            ],
            readings.Select(reading => reading.StartsWith("Push |", StringComparison.Ordinal) ? "Push" : reading));
    }

    [Fact]
    public async Task A_GitLab_that_cannot_sign_is_told_of()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.Signs = false;
        var connection = room.Connection with { SigningTokens = [new Secret(SigningToken)] };
        var registration = await room.Forge.RegisterHookAsync(connection, room.Repository, HookUrl, GitLabRoom.Cancellation);
        Assert.Contains(registration.Advice, line => line.Contains("19.0", StringComparison.Ordinal));
    }

    private static string ReadCall(GitLabRoom room, Connection connection, HookCall call)
    {
        var headers = call.Headers.ToImmutableDictionary(pair => pair.Key.ToLowerInvariant(), pair => pair.Value);
        Assert.Equal(SignatureCheck.Match, room.Forge.Verify(connection, headers, call.Body, TimeProvider.System.GetUtcNow()));
        var label = room.Forge.Label(headers)!;
        return ReadingText.Of(room.Forge.Read(ReadingText.Delivery("gitlab", label.Event, call.Body) with { Headers = headers }));
    }

    private static Task ReportAsync(GitLabRoom room, StatusReport report) =>
        room.Forge.ReportAsync(room.Connection, report, GitLabRoom.Cancellation);

    private static Task<HookRegistration> RegisterAsync(GitLabRoom room) =>
        room.Forge.RegisterHookAsync(room.Connection, room.Repository, HookUrl, GitLabRoom.Cancellation);
}
