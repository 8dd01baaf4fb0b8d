using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.BitbucketDataCenter;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

/// <summary>What is peculiar to telling Bitbucket Data Center: builds, reports with annotations, and the comment's version.</summary>
public sealed class BitbucketDataCenterTellTests
{
    private const string Path = BitbucketDataCenterStage.Path;
    private const string Key = "gitops-gate";
    private const string Outdated = """{"errors":[{"context":null,"message":"the repository is archived","exceptionName":"x"}]}""";

    private static readonly LineNote Latest = new(
        new Place("app.yaml", 7), NoteLevel.Failure, "policy/kubernetes.deny", "image `shop:latest` has no version");

    private static readonly LineNote Limits = new(new Place("app.yaml", 0), NoteLevel.Notice, "policy/kubernetes.hint", "there are no limits");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_build_names_its_parent_and_its_branch_so_that_a_required_build_sees_it()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Bitbucket.RequireBuild(Path, Key);
        await stage.Forge.ReportAsync(stage.Connection, stage.Report(Verdict.Held), Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => stage.Bitbucket.MergeAsync(Path, 1, "bob"));
        await stage.Forge.ReportAsync(stage.Connection, stage.Report(Verdict.Allowed), Cancellation);
        var build = Assert.Single(stage.Bitbucket.Builds(Path, stage.Head.Value));
        Assert.Equal((Key, Key, "refs/heads/feature", "SUCCESSFUL"), (build.Key, build.Parent, build.Ref, build.State));
        await stage.Bitbucket.MergeAsync(Path, 1, "bob");
    }

    [Fact]
    public async Task Texts_and_addresses_are_cut_to_what_Bitbucket_takes()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var report = stage.Report(Verdict.Denied) with
        {
            Context = new string('c', 300) + "/prod",
            Summary = new string('s', 5000),
            Details = new string('d', 5000),
            Url = "https://gate.example.org/r/" + new string('u', 500),
            Notes = [Latest with { Message = new string('m', 5000) }],
        };
        await stage.Forge.ReportAsync(stage.Connection, report, Cancellation);
        await stage.Forge.ReportAsync(stage.Connection, report, Cancellation);
        var build = Assert.Single(stage.Bitbucket.Builds(Path, stage.Head.Value));
        Assert.Equal((255, 255, "https://gate.example.org"), (build.Key.Length, build.Description.Length, build.Url));
        Assert.Equal(1, stage.Server.Journal.Count("POST", "/builds"));
        Assert.Equal(1, stage.Server.Journal.Count("PUT", "/reports/"));
        Assert.Equal(1, stage.Server.Journal.Count("POST", "/annotations"));
    }

    [Fact]
    public async Task A_report_shows_the_details_and_the_notes_at_their_lines()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var whole = Limits with { Place = new Place(".", 0), Message = "there are too many files" };
        var report = stage.Report(Verdict.Denied) with { Details = "## Denied\n\nNo version.", Notes = [Latest, Limits, whole] };
        await stage.Forge.ReportAsync(stage.Connection, report, Cancellation);
        var shown = stage.Bitbucket.Report(Path, stage.Head.Value, Key);
        Assert.NotNull(shown);
        Assert.Equal(("FAIL", "## Denied\n\nNo version."), (Text(shown.Said, "result"), Text(shown.Said, "details")));
        Assert.Equal(
            [
                ("", 0, "LOW", "there are too many files (policy/kubernetes.hint)"),
                ("app.yaml", 0, "LOW", "there are no limits (policy/kubernetes.hint)"),
                ("app.yaml", 7, "HIGH", "image `shop:latest` has no version (policy/kubernetes.deny)"),
            ],
            Shown(shown).Order());
    }

    [Fact]
    public async Task Other_notes_take_the_place_of_those_before_and_the_same_ones_are_left_alone()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await TellAsync(stage, Verdict.Denied, Latest, Limits, Latest);
        await TellAsync(stage, Verdict.Denied, Limits, Latest);
        Assert.Equal(2, Shown(stage.Bitbucket.Report(Path, stage.Head.Value, Key)!).Count());
        Assert.Equal(1, stage.Server.Journal.Count("POST", "/annotations"));
        await TellAsync(stage, Verdict.Held, Limits);
        var held = stage.Bitbucket.Report(Path, stage.Head.Value, Key)!;
        Assert.Equal(["there are no limits (policy/kubernetes.hint)"], Shown(held).Select(one => one.Message));
        await TellAsync(stage, Verdict.Allowed);
        var last = stage.Bitbucket.Report(Path, stage.Head.Value, Key)!;
        Assert.Equal("PASS", Text(last.Said, "result"));
        Assert.Empty(Shown(last));
    }

    [Fact]
    public async Task No_more_annotations_are_posted_than_a_report_takes()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await TellAsync(stage, Verdict.Denied, [.. Enumerable.Range(1, 1200).Select(line => Latest with { Place = new Place("app.yaml", line) })]);
        Assert.Equal(Enumerable.Range(1, 1000), Shown(stage.Bitbucket.Report(Path, stage.Head.Value, Key)!).Select(one => one.Line).Order());
    }

    [Theory]
    [InlineData("PUT", "/reports/", FaultKind.DropRequest)]
    [InlineData("PUT", "/reports/", FaultKind.DropAnswer)]
    [InlineData("DELETE", "/annotations", FaultKind.DropRequest)]
    [InlineData("DELETE", "/annotations", FaultKind.DropAnswer)]
    [InlineData("POST", "/annotations", FaultKind.DropRequest)]
    [InlineData("POST", "/annotations", FaultKind.DropAnswer)]
    public async Task A_report_that_failed_or_failed_but_happened_keeps_no_status_back_and_is_made_whole_later(
        string method, string path, FaultKind fault)
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await TellAsync(stage, Verdict.Allowed, Limits);
        stage.Server.Faults.Add(new Fault(fault) { Method = method, Path = path });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => TellAsync(stage, Verdict.Denied, Latest));
        Assert.Equal(TroubleKind.Unclear, trouble.Kind);
        Assert.Equal(CheckState.Failed, stage.StatusShown());
        await TellAsync(stage, Verdict.Denied, Latest);
        var report = stage.Bitbucket.Report(Path, stage.Head.Value, Key)!;
        Assert.Equal("FAIL", Text(report.Said, "result"));
        Assert.Equal(7, Assert.Single(Shown(report)).Line);
        Assert.Equal(2, stage.Server.Journal.Count("POST", "/builds"));
    }

    [Fact]
    public async Task Without_Code_Insights_the_status_alone_is_written()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Bitbucket.HasInsights = false;
        await TellAsync(stage, Verdict.Denied, Latest);
        Assert.Equal(CheckState.Failed, stage.StatusShown());
    }

    [Fact]
    public async Task A_report_that_somebody_else_made_under_our_key_is_told_and_keeps_no_status_back()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Bitbucket.AddReport(Path, stage.Head.Value, Key, "mallory");
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => TellAsync(stage, Verdict.Denied, Latest));
        Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
        Assert.Contains("belongs to another user", trouble.Message, StringComparison.Ordinal);
        Assert.Equal(CheckState.Failed, stage.StatusShown());
    }

    [Fact]
    public async Task A_comment_that_got_a_newer_version_meanwhile_is_read_again()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var id = await ExplainAsync(stage, "held", null);
        stage.Bitbucket.TouchComments(Path, 1, stage.Bitbucket.Gate);
        stage.Server.Faults.Add(Fault.Answer(409) with { Method = "PUT", Path = "/comments/", Body = Outdated });
        Assert.Equal(id, await ExplainAsync(stage, "allowed", id));
        Assert.Contains("allowed", Assert.Single(stage.GateComments()), StringComparison.Ordinal);
        Assert.Equal(2, stage.Server.Journal.Count("GET", $"/comments/{id}"));
    }

    [Fact]
    public async Task A_comment_that_is_refused_although_its_version_is_right_is_not_tried_for_ever()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var id = await ExplainAsync(stage, "held", null);
        stage.Server.Faults.Add(Fault.Answer(409) with { Method = "PUT", Path = "/comments/", Body = Outdated, Times = 100 });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => ExplainAsync(stage, "allowed", id));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.EndsWith("answered with 409: the repository is archived", trouble.Message, StringComparison.Ordinal);
        Assert.Equal(2, stage.Server.Journal.Count("PUT", "/comments/"));
    }

    [Fact]
    public async Task Two_that_write_the_comment_at_once_both_get_through()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var id = await ExplainAsync(stage, "held", null);
        var all = await Task.WhenAll(ExplainAsync(stage, "one", id), ExplainAsync(stage, "two", id), ExplainAsync(stage, "three", id));
        Assert.All(all, one => Assert.Equal(id, one));
        Assert.Single(stage.GateComments());
    }

    [Fact]
    public async Task A_strangers_comment_with_our_mark_stays_the_strangers()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await stage.Bitbucket.CommentAsync(Path, 1, "mallory", $"all is well\n\n[//]: # (gitops-gate:{Key})");
        await ExplainAsync(stage, "denied", null);
        Assert.Contains("denied", Assert.Single(stage.GateComments()), StringComparison.Ordinal);
        Assert.Equal(2, stage.Bitbucket.Comments(Path, 1).Count);
    }

    private static Task<string> ExplainAsync(BitbucketDataCenterStage stage, string markdown, string? knownId) =>
        stage.Forge.ExplainAsync(stage.Connection, stage.Change, markdown, knownId, Cancellation);

    private static Task TellAsync(BitbucketDataCenterStage stage, Verdict verdict, params LineNote[] notes) =>
        stage.Forge.ReportAsync(stage.Connection, stage.Report(verdict) with { Notes = [.. notes] }, Cancellation);

    private static IEnumerable<(string Path, int Line, string Severity, string Message)> Shown(DataCenterReport report) =>
        report.Annotations.Select(one => (
            one["path"]?.GetValue<string>() ?? "", one["line"]?.GetValue<int>() ?? 0, Text(one, "severity"), Text(one, "message")));

    private static string Text(JsonObject json, string name) => json[name]!.GetValue<string>();
}
