using GitOpsGate.Changes;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitLab;

/// <summary>Threads at changed lines: one for each reason, resolved when it is gone, and never in the way of the verdict.</summary>
public sealed class GitLabLineNotesTests
{
    private const string Path = GitLabRoom.Path;
    private static readonly LineNote First = new(new Place("app.yaml", 1), NoteLevel.Failure, "policy/replicas.deny", "3 is too many");

    [Fact]
    public async Task A_reason_stands_once_at_its_line_however_often_it_is_reported()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Denied, First);
        var writes = Writes(room);
        await ReportAsync(room, head, Verdict.Denied, First);
        Assert.Equal(writes, Writes(room));
        var thread = Assert.Single(room.Fake.Threads(Path, 1));
        Assert.Equal(("app.yaml", 1, false), (thread.Path, thread.Line, thread.IsResolved));
        Assert.EndsWith("-->\n**policy/replicas.deny**: 3 is too many", thread.Body, StringComparison.Ordinal);
        Assert.StartsWith("<!-- gitops-gate-line:gitops-gate:", thread.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reason_that_is_gone_is_resolved_and_one_that_comes_back_is_opened_again()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Denied, First);
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.True(Assert.Single(room.Fake.Threads(Path, 1)).IsResolved);
        await ReportAsync(room, head, Verdict.Denied, First with { Message = "3 is still too many" });
        var thread = Assert.Single(room.Fake.Threads(Path, 1));
        Assert.False(thread.IsResolved);
        Assert.EndsWith("3 is still too many", thread.Body, StringComparison.Ordinal);
        room.Fake.ResolveThreads(Path, 1, "alice");
        await ReportAsync(room, head, Verdict.Errored, First);
        Assert.True(Assert.Single(room.Fake.Threads(Path, 1)).IsResolved);
    }

    [Fact]
    public async Task A_reason_of_an_earlier_head_is_resolved_on_the_next()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Denied, First);
        var next = await room.Fake.PushAsync(Path, "alice", "raise", "Fewer", ("app.yaml", "replicas: 2\n"));
        await ReportAsync(room, CommitId.Parse(next), Verdict.Held);
        Assert.True(Assert.Single(room.Fake.Threads(Path, 1)).IsResolved);
        var calls = room.Fake.Journal.Entries.Count;
        await ReportAsync(room, CommitId.Parse(next), Verdict.Allowed);
        Assert.Equal(calls + 2, room.Fake.Journal.Entries.Count);
    }

    [Fact]
    public async Task A_line_that_was_not_changed_gets_no_thread_and_hinders_nothing()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Denied, First with { Place = new Place("app.yaml", 77) }, First);
        Assert.Single(room.Fake.Threads(Path, 1));
        await ReportAsync(room, head, Verdict.Denied, First with { Place = new Place("", 0) }, First with { Level = NoteLevel.Warning });
        Assert.True(Assert.Single(room.Fake.Threads(Path, 1)).IsResolved);
    }

    [Fact]
    public async Task There_are_never_more_than_twenty_threads()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        LineNote[] many = [.. Enumerable.Range(0, 30).Select(at => First with { Rule = $"rule {at:00}" })];
        await ReportAsync(room, head, Verdict.Denied, many);
        await ReportAsync(room, head, Verdict.Denied, many);
        var threads = room.Fake.Threads(Path, 1);
        Assert.Equal(20, threads.Count);
        Assert.Contains("rule 19", threads[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_neither_commands_GitLab_nor_calls_anybody()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Denied, First with { Message = "no\n/merge\r\n/approve @alice" });
        var body = Assert.Single(room.Fake.Threads(Path, 1)).Body;
        Assert.Equal(2, body.Split('\n').Length);
        Assert.DoesNotContain("@alice", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Threads_are_neither_evidence_nor_the_one_comment_nor_read_as_somebody_elses()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (change, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Denied, First);
        var id = await room.ExplainAsync(change, "**Denied**");
        Assert.Equal(id, await room.ExplainAsync(change, "**Allowed**"));
        Assert.EndsWith("3 is too many", Assert.Single(room.Fake.Threads(Path, 1)).Body, StringComparison.Ordinal);
        Assert.Empty((await room.DescribeAsync(change)).Comments);
    }

    [Fact]
    public async Task A_strangers_thread_with_our_marker_is_left_alone()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await room.Fake.CommentAsync(Path, 1, "mallory", "<!-- gitops-gate-line:gitops-gate:0123456789abcdef -->\nfine");
        await ReportAsync(room, head, Verdict.Denied, First);
        Assert.Equal(0, room.Fake.Journal.Count("PUT"));
        Assert.Single(room.Fake.Threads(Path, 1));
    }

    [Theory]
    [InlineData(FaultKind.Answer, 403, false)]
    [InlineData(FaultKind.Answer, 502, true)]
    [InlineData(FaultKind.DropRequest, 0, true)]
    [InlineData(FaultKind.DropAnswer, 0, true)]
    public async Task A_thread_that_fails_comes_after_the_verdict_and_is_not_doubled(FaultKind kind, int status, bool isTrouble)
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        room.Fake.Faults.Add(new Fault(kind) { Method = "POST", Path = "/discussions", Status = status });
        var trouble = await Xunit.Record.ExceptionAsync(() => ReportAsync(room, head, Verdict.Denied, First));
        Assert.Equal(isTrouble, trouble is ForgeTroubleException { Kind: TroubleKind.Unclear });
        Assert.Equal("failed", Assert.Single(room.Fake.Statuses(Path, head.Value)).State);
        await ReportAsync(room, head, Verdict.Denied, First);
        Assert.Single(room.Fake.Threads(Path, 1));
        Assert.Single(room.Fake.Statuses(Path, head.Value));
    }

    [Fact]
    public async Task Without_reasons_nothing_is_asked_about_threads()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Held);
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Equal(
            ["GET statuses", "POST statuses", "GET external_status_checks", "GET statuses", "POST statuses"],
            room.Fake.Journal.Entries.Select(entry => entry.Method
                + (entry.Path.Contains("statuses", StringComparison.Ordinal) ? " statuses"
                    : entry.Path.Contains("external_status_checks", StringComparison.Ordinal) ? " external_status_checks" : entry.Path)));
    }

    private static int Writes(GitLabRoom room) => room.Fake.Journal.Entries.Count(entry => entry.Method != "GET");

    private static Task ReportAsync(GitLabRoom room, CommitId head, Verdict verdict, params LineNote[] notes) => room.Forge.ReportAsync(
        room.Connection, room.Report(head, verdict, $"it is {verdict}") with { Notes = [.. notes] }, GitLabRoom.Cancellation);
}
