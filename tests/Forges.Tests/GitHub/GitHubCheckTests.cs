using System.Text.Json.Nodes;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>As an app the gate shows one check run for a commit, and what it bears.</summary>
public sealed class GitHubCheckTests : IAsyncLifetime
{
    private const string Page = "https://gate.example.org/r/1";
    private GitHubStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GitHubStage.SetAsync(isApp: true);

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Theory]
    [InlineData(Verdict.Allowed, "completed", "success", false)]
    [InlineData(Verdict.Held, "in_progress", null, true)]
    [InlineData(Verdict.Denied, "completed", "failure", true)]
    [InlineData(Verdict.Errored, "completed", "failure", true)]
    public async Task A_verdict_is_shown_and_only_allowed_passes(Verdict verdict, string status, string? conclusion, bool mayOverride)
    {
        _stage.Shop.RequiredContexts.Add("gitops-gate");
        await ReportAsync(Report(verdict));
        var run = Assert.Single(_stage.Runs);
        Assert.Equal((status, conclusion, "gitops-gate", "ruling-1", Page), (run.Status, run.Conclusion, run.Name, run.ExternalId, run.DetailsUrl));
        Assert.Equal((verdict == Verdict.Allowed, $"it is {verdict}", "# All of it"), (run.Passes, run.Title, run.Summary));
        Assert.Equal(mayOverride ? ["rerun", "override"] : ["rerun"], run.Actions);
        Assert.Empty(_stage.Shop.Statuses);
        if (verdict == Verdict.Allowed) await _stage.GitHub.MergeAsync(_stage.Pull, "bob");
        else await Assert.ThrowsAsync<GitHubRefusedException>(() => _stage.GitHub.MergeAsync(_stage.Pull, "bob"));
    }

    [Fact]
    public async Task Each_verdict_of_a_commit_stands_in_the_same_run_and_the_same_again_writes_nothing()
    {
        Verdict[] course = [Verdict.Held, Verdict.Held, Verdict.Allowed, Verdict.Held, Verdict.Denied, Verdict.Denied];
        foreach (var verdict in course)
        {
            await ReportAsync(Report(verdict) with { Ruling = $"ruling of {verdict}" });
            var run = Assert.Single(_stage.Runs);
            Assert.Equal(verdict == Verdict.Allowed, run.Passes);
        }

        Assert.Equal((1, 3), (_stage.GitHub.Journal.Count("POST", "/check-runs"), _stage.GitHub.Journal.Count("PATCH", "/check-runs")));
    }

    [Theory]
    [InlineData(FaultKind.Answer, 503, TroubleKind.Unavailable, 0)]
    [InlineData(FaultKind.Answer, 403, TroubleKind.Forbidden, 0)]
    [InlineData(FaultKind.DropRequest, 0, TroubleKind.Unclear, 0)]
    [InlineData(FaultKind.DropAnswer, 0, TroubleKind.Unclear, 1)]
    public async Task A_report_that_failed_or_failed_but_happened_leaves_one_run_when_it_is_repeated(
        FaultKind fault, int status, TroubleKind kind, int runs)
    {
        _stage.GitHub.Faults.Add(new Fault(fault) { Method = "POST", Path = "/check-runs", Status = status });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => ReportAsync(Report(Verdict.Denied) with { IsNew = true }));
        Assert.Equal((kind, runs), (trouble.Kind, _stage.Runs.Count));
        await ReportAsync(Report(Verdict.Denied));
        Assert.Equal("failure", Assert.Single(_stage.Runs).Conclusion);
        Assert.Equal(0, _stage.GitHub.Journal.Count("PATCH", "/check-runs"));
    }

    [Fact]
    public async Task Notes_stand_at_their_lines_in_batches_and_a_break_between_two_is_mended()
    {
        var report = Report(Verdict.Denied) with { Notes = [.. Enumerable.Range(0, 120).Select(line => Note("app.yaml", line))] };
        _stage.GitHub.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "PATCH", Path = "/check-runs" });
        await Assert.ThrowsAsync<ForgeTroubleException>(() => ReportAsync(report));
        Assert.Equal(100, Assert.Single(_stage.Runs).Annotations.Count);
        await ReportAsync(report);
        await ReportAsync(report);
        var shown = Assert.Single(_stage.Runs).Annotations;
        Assert.Equal(119, shown.Count);
        Assert.Equal(Enumerable.Range(1, 119), shown.Select(one => (int)one["start_line"]!).Order());
        Assert.Equal(
            ("app.yaml", "failure", "policy/kubernetes.deny", "no limits"),
            ((string?)shown[0]["path"], (string?)shown[0]["annotation_level"], (string?)shown[0]["title"], (string?)shown[0]["message"]));
        Assert.All(Writes(), body => Assert.InRange((body["output"]!["annotations"] as JsonArray)!.Count, 0, 50));
    }

    [Fact]
    public async Task A_note_that_no_longer_holds_leaves_with_its_run()
    {
        await ReportAsync(Report(Verdict.Denied) with { Notes = [Note("a.yaml", 1), Note("b.yaml", 2)] });
        await ReportAsync(Report(Verdict.Denied) with { Ruling = "ruling-2", Notes = [Note("a.yaml", 1), Note("b.yaml", 2), Note("c.yaml", 3)] });
        Assert.Equal(3, Assert.Single(_stage.Runs).Annotations.Count);
        await ReportAsync(Report(Verdict.Allowed) with { Ruling = "ruling-3" });
        Assert.Empty(_stage.Runs[^1].Annotations);
        Assert.Equal("success", _stage.Runs[^1].Conclusion);
        await ReportAsync(Report(Verdict.Allowed) with { Ruling = "ruling-3" });
        Assert.Equal(2, _stage.Runs.Count);
    }

    [Fact]
    public async Task Texts_of_any_length_are_cut_to_what_GitHub_takes()
    {
        var endless = string.Concat(Enumerable.Repeat("zwölf 🚦\n", 20_000));
        var note = Note("a.yaml", 0) with { Rule = endless, Message = endless };
        var report = Report(Verdict.Denied) with { Summary = endless, Details = endless, Notes = [note] };
        await ReportAsync(report);
        await ReportAsync(report);
        var run = Assert.Single(_stage.Runs);
        Assert.EndsWith("the ruling's page has everything)", run.Summary, StringComparison.Ordinal);
        Assert.Equal(1, (int)Assert.Single(run.Annotations)["start_line"]!);
        Assert.Single(Writes());
    }

    [Fact]
    public async Task A_run_of_the_same_name_by_another_app_is_left_alone()
    {
        await _stage.GitHub.RunCheckAsync(_stage.Shop, "mallory-app", _stage.Pull.Head, "gitops-gate", "success");
        await ReportAsync(Report(Verdict.Denied));
        await ReportAsync(Report(Verdict.Denied));
        Assert.Equal("failure", Assert.Single(_stage.Runs).Conclusion);
        Assert.Equal("success", Assert.Single(_stage.Shop.CheckRuns, run => run.App == "mallory-app").Conclusion);
    }

    [Fact]
    public async Task A_pressed_button_is_read_as_the_change_being_asked_about_again()
    {
        await using var door = await Door.StartAsync(_stage);
        _stage.GitHub.SetAppHook(_stage.App, door.Url + "/hooks", "first secret");
        await ReportAsync(Report(Verdict.Denied));
        await _stage.GitHub.PressAsync(_stage.Shop, _stage.Runs[0], "alice", null);
        await _stage.GitHub.PressAsync(_stage.Shop, _stage.Runs[0], "alice", "override");
        Assert.Equal(["Change | change acme/shop#1", "Change | change acme/shop#1 asked by alice"], door.Readings);
    }

    [Fact]
    public async Task The_comment_of_the_app_is_found_again_and_another_apps_copy_of_it_is_left_alone()
    {
        var other = await _stage.GitHub.CommentAsync(_stage.Pull, "mallory[bot]", "<!-- gitops-gate:gitops-gate -->\ntrust me");
        var first = await _stage.Forge.ExplainAsync(_stage.Connection, _stage.Change, "held", null, Cancellation);
        Assert.Equal(first, await _stage.Forge.ExplainAsync(_stage.Connection, _stage.Change, "allowed", null, Cancellation));
        Assert.Contains(other, _stage.Pull.Comments);
        Assert.Equal(2, _stage.Pull.Comments.Count);
    }

    private static LineNote Note(string file, int line) => new(new Place(file, line), NoteLevel.Failure, "policy/kubernetes.deny", "no limits\n");

    private StatusReport Report(Verdict verdict) =>
        new(_stage.Repository, _stage.Head, "feature", "gitops-gate", verdict, $"it is {verdict}", Page)
        {
            Ruling = "ruling-1",
            Details = "# All of it",
        };

    private Task ReportAsync(StatusReport report) => _stage.Forge.ReportAsync(_stage.Connection, report, Cancellation);

    private IEnumerable<JsonObject> Writes() => _stage.GitHub.Journal.Entries
        .Where(entry => entry.Method != "GET" && entry.Path.Contains("/check-runs", StringComparison.Ordinal))
        .Select(entry => JsonNode.Parse(entry.Body)!.AsObject());
}
