using GitOpsGate.Changes;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.BitbucketCloud;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketCloud;

/// <summary>Code Insights: one report on a commit with an annotation for each reason, and never in the way of the verdict.</summary>
public sealed class BitbucketCloudInsightsTests
{
    private const string Path = BitbucketCloudRoom.Path;
    private static readonly LineNote First = new(new Place("app.yaml", 1), NoteLevel.Failure, "policy/replicas.deny", "3 is too many");

    [Fact]
    public async Task The_reasons_are_annotations_of_one_report_and_reporting_again_writes_nothing()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        var warning = new LineNote(new Place("app.yaml", 0), NoteLevel.Warning, "policy/style.warn", "no owner");
        await ReportAsync(room, head, Verdict.Denied, First, warning, First);
        var writes = Writes(room);
        await ReportAsync(room, head, Verdict.Denied, First, warning, First);
        Assert.Equal(writes, Writes(room));
        var (id, report) = Assert.Single(room.Fake.Reports(Path, head.Value));
        Assert.Equal(("gitops-gate", "FAILED", "it is Denied"), (id, Text(report, "result"), Text(report, "details")));
        Assert.Equal(
            ["HIGH app.yaml:1 3 is too many", "MEDIUM app.yaml: no owner"],
            report.Annotations.Values.Select(one => $"{one["severity"]} {one["path"]}:{one["line"]} {one["summary"]}"));
    }

    [Fact]
    public async Task Reasons_that_are_gone_are_taken_away_with_the_report()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Denied, First, First with { Message = "another" });
        await ReportAsync(room, head, Verdict.Denied, First with { Message = "another" });
        var report = Assert.Single(room.Fake.Reports(Path, head.Value)).Value;
        Assert.Equal("another", Assert.Single(report.Annotations.Values)["summary"]!.GetValue<string>());
        await ReportAsync(room, head, Verdict.Held, First with { Level = NoteLevel.Notice });
        Assert.Equal("PENDING", Text(Assert.Single(room.Fake.Reports(Path, head.Value)).Value, "result"));
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Empty(room.Fake.Reports(Path, head.Value));
        var calls = room.Fake.Journal.Entries.Count;
        await ReportAsync(room, head, Verdict.Held);
        Assert.Equal(calls + 2, room.Fake.Journal.Entries.Count);
    }

    [Fact]
    public async Task Texts_and_numbers_are_cut_to_what_Bitbucket_takes()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        LineNote[] many =
        [
            .. Enumerable.Range(1, 1050).Select(line => First with { Place = new Place("app.yaml", line), Message = new string('ö', 5000) }),
        ];
        await ReportAsync(room, head, Verdict.Denied, many);
        await ReportAsync(room, head, Verdict.Denied, many);
        var report = Assert.Single(room.Fake.Reports(Path, head.Value)).Value;
        Assert.Equal(1000, report.Annotations.Count);
        Assert.Equal(10, room.Fake.Journal.Count("POST", "/annotations"));
        Assert.EndsWith("The first 1000 of 1050 reasons are shown.", Text(report, "details"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.Answer, 403, "PUT", false)]
    [InlineData(FaultKind.Answer, 400, "POST", false)]
    [InlineData(FaultKind.Answer, 502, "POST", true)]
    [InlineData(FaultKind.DropRequest, 0, "PUT", true)]
    [InlineData(FaultKind.DropAnswer, 0, "PUT", true)]
    [InlineData(FaultKind.DropAnswer, 0, "POST", true)]
    [InlineData(FaultKind.DropAnswer, 0, "DELETE", true)]
    public async Task A_report_that_fails_comes_after_the_build_and_is_made_whole_the_next_time(
        FaultKind kind, int status, string method, bool isTrouble)
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        room.Fake.Faults.Add(new Fault(kind) { Method = method, Path = "/reports/", Status = status });
        var trouble = await Xunit.Record.ExceptionAsync(() => ReportAsync(room, head, Verdict.Denied, First));
        Assert.Equal(isTrouble, trouble is ForgeTroubleException { Kind: TroubleKind.Unclear });
        Assert.Equal("FAILED", Assert.Single(room.Fake.Builds(Path, head.Value)).State);
        await ReportAsync(room, head, Verdict.Denied, First);
        Assert.Single(Assert.Single(room.Fake.Reports(Path, head.Value)).Value.Annotations);
        Assert.Equal(1, room.Fake.Journal.Count("POST", "/statuses/build"));
    }

    [Fact]
    public async Task Without_reasons_nothing_is_asked_about_reports()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (_, head) = await room.ProposeAsync();
        await ReportAsync(room, head, Verdict.Held);
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Equal(["GET", "POST", "GET", "POST"], room.Fake.Journal.Entries.Select(entry => entry.Method));
    }

    private static string Text(BitbucketReport report, string name) => report.Body[name]!.GetValue<string>();

    private static int Writes(BitbucketCloudRoom room) => room.Fake.Journal.Entries.Count(entry => entry.Method != "GET");

    private static Task ReportAsync(BitbucketCloudRoom room, CommitId head, Verdict verdict, params LineNote[] notes)
    {
        var report = new StatusReport(
            room.Repository, head, "raise", "gitops-gate", verdict, $"it is {verdict}", "https://gate.example.org/r/1");
        return room.Forge.ReportAsync(room.Connection, report with { Notes = [.. notes] }, BitbucketCloudRoom.Cancellation);
    }
}
