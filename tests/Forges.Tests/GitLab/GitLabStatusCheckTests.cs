using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitLab;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitLab;

/// <summary>External status checks: answered beside the commit status, and their own calls let in. And the pipeline a status joins.</summary>
public sealed class GitLabStatusCheckTests
{
    private const string Path = GitLabRoom.Path;
    private const string HookUrl = "http://127.0.0.1:9/hooks/here";

    [Fact]
    public async Task A_check_is_answered_once_for_each_verdict()
    {
        await using var room = await OpenAsync();
        var (_, head) = await room.ProposeAsync();
        foreach (var verdict in new[] { Verdict.Held, Verdict.Denied, Verdict.Denied, Verdict.Allowed, Verdict.Allowed })
        {
            await ReportAsync(room, head, verdict);
        }

        Assert.Equal("passed", room.Fake.ChecksShown(Path, 1)["gitops-gate"]);
        // Pending is how a check begins.
        Assert.Equal(2, room.Fake.Journal.Count("POST", "/status_check_responses"));
        room.Fake.AnswerCheck(Path, 1, "gitops-gate", "failed");
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Equal("passed", room.Fake.ChecksShown(Path, 1)["gitops-gate"]);
    }

    [Fact]
    public async Task A_check_that_is_said_to_be_pending_again_in_time_never_fails()
    {
        await using var room = await OpenAsync();
        var (change, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Held);
        var patience = (IForgePatience)room.Forge;
        Assert.True(await patience.StillPendingAsync(room.Connection, new Revision(change, head), GitLabRoom.Cancellation));
        Assert.True(await patience.StillPendingAsync(room.Connection, new Revision(change, head), GitLabRoom.Cancellation));
        Assert.Equal("pending", room.Fake.ChecksShown(Path, 1)["gitops-gate"]);
        Assert.Equal(2, room.Fake.Journal.Count("POST", "/status_check_responses"));
        // GitLab has given up, or somebody answered in our place: it is pending again.
        room.Fake.AnswerCheck(Path, 1, "gitops-gate", "failed");
        await patience.StillPendingAsync(room.Connection, new Revision(change, head), GitLabRoom.Cancellation);
        Assert.Equal("pending", room.Fake.ChecksShown(Path, 1)["gitops-gate"]);
        // A head that has moved has its own answer.
        await room.Fake.PushAsync(Path, "alice", "raise", "Once more", ("app.yaml", "replicas: 5\n"));
        room.Fake.AnswerCheck(Path, 1, "gitops-gate", "passed");
        await patience.StillPendingAsync(room.Connection, new Revision(change, head), GitLabRoom.Cancellation);
        Assert.Equal("passed", room.Fake.ChecksShown(Path, 1)["gitops-gate"]);
    }

    [Fact]
    public async Task A_project_without_such_a_check_is_told_nothing()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (change, head) = await room.ProposeAsync();
        Assert.False(await ((IForgePatience)room.Forge).StillPendingAsync(room.Connection, new Revision(change, head), GitLabRoom.Cancellation));
        Assert.Equal(0, room.Fake.Journal.Count("POST", "/status_check_responses"));
    }

    [Fact]
    public async Task An_answer_for_a_head_that_moved_is_superseded_and_fine()
    {
        await using var room = await OpenAsync();
        var (_, head) = await room.ProposeAsync();
        room.Fake.Faults.Add(Fault.Answer(409) with { Method = "POST", Path = "/status_check_responses" });
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Equal("success", Assert.Single(room.Fake.Statuses(Path, head.Value)).State);
        await room.Fake.PushAsync(Path, "alice", "raise", "Once more", ("app.yaml", "replicas: 5\n"));
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Equal("pending", room.Fake.ChecksShown(Path, 1)["gitops-gate"]);
    }

    [Fact]
    public async Task An_answer_that_failed_comes_after_the_status_and_is_given_again()
    {
        await using var room = await OpenAsync();
        var (_, head) = await room.ProposeAsync();
        room.Fake.Faults.Add(new Fault(FaultKind.DropRequest) { Method = "POST", Path = "/status_check_responses" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => ReportAsync(room, head, Verdict.Allowed));
        Assert.Equal(TroubleKind.Unclear, trouble.Kind);
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Equal("passed", room.Fake.ChecksShown(Path, 1)["gitops-gate"]);
        Assert.Equal(1, room.Fake.Journal.Count("POST", "/statuses/"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_checks_own_call_is_let_in_by_the_secret_it_was_made_with(bool hasSigningToken)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var signing = new Secret("whsec_" + Convert.ToBase64String(Encoding.UTF8.GetBytes("a signing key")));
        var connection = hasSigningToken ? room.Connection with { SigningTokens = [signing] } : room.Connection;
        var body = """
            {"object_kind":"merge_request","object_attributes":{"iid":7,"action":"update","oldrev":"1"},
             "project":{"path_with_namespace":"shop/infra"},"external_approval_rule":{"id":1,"name":"gitops-gate"}}
            """u8.ToArray();
        var headers = HeadersOf(body, hasSigningToken ? signing.Reveal() : "hook secret");
        Assert.Equal(SignatureCheck.Match, room.Forge.Verify(connection, headers, body, DateTimeOffset.UnixEpoch));
        var other = HeadersOf(body, hasSigningToken ? "hook secret" : signing.Reveal());
        Assert.Equal(SignatureCheck.Mismatch, room.Forge.Verify(connection, other, body, DateTimeOffset.UnixEpoch));
        var label = room.Forge.Label(headers)!;
        Assert.Equal((headers["x-gitlab-signature"], "External Status Check"), (label.ForgeId, label.Event));
        Assert.Equal("Commit | change shop/infra#7", ReadingText.Of(room.Forge.Read(ReadingText.Delivery("gitlab", label.Event, body))));
    }

    [Fact]
    public async Task A_status_joins_the_pipeline_of_the_head_and_another_one_when_that_is_gone()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Held);
        var pipeline = room.Fake.StartPipeline(Path, 1);
        await room.DescribeAsync(key);
        await ReportAsync(room, head, Verdict.Denied);
        room.Fake.DeletePipeline(Path, 1);
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Equal([null, pipeline, null], room.Fake.Statuses(Path, head.Value).Select(status => status.Pipeline));
    }

    private static Dictionary<string, string> HeadersOf(byte[] body, string secret) => new()
    {
        ["content-type"] = "application/json",
        ["x-gitlab-signature"] = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)),
    };

    private static async Task<GitLabRoom> OpenAsync()
    {
        var room = await GitLabRoom.OpenAsync();
        room.Fake.Tier = GitLabTier.Ultimate;
        await room.Forge.RegisterHookAsync(room.Connection, room.Repository, HookUrl, GitLabRoom.Cancellation);
        await room.Forge.ProtectAsync(room.Connection, room.Repository, "main", GitLabRoom.Cancellation);
        return room;
    }

    private static Task ReportAsync(GitLabRoom room, CommitId head, Verdict verdict) =>
        room.Forge.ReportAsync(room.Connection, room.Report(head, verdict, $"it is {verdict}"), GitLabRoom.Cancellation);
}
