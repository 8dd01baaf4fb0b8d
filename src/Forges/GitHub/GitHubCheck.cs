using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.GitHub;

/// <summary>One annotation, by what of it people see.</summary>
internal sealed record GitHubAnnotation(string Path, int Line, string Level, string Title, string Message)
{
    // GitHub takes 64 KB of message and 255 letters of title.
    private const int LongestMessage = 16_000;
    private const int LongestTitle = 255;

    public static GitHubAnnotation Of(LineNote note) => new(
        note.Place.File,
        // A note about a whole file stands at its first line: an annotation without a line is refused.
        Math.Max(1, note.Place.Line),
        note.Level switch
        {
            NoteLevel.Failure => "failure",
            NoteLevel.Warning => "warning",
            NoteLevel.Notice => "notice",
        },
        OneLine.Of(note.Rule, LongestTitle),
        OneLine.Cut(note.Message.ReplaceLineEndings("\n").Trim(), LongestMessage).Trim());

    public static GitHubAnnotation Of(JsonElement shown) => new(
        shown.Text("path"), (int)Math.Clamp(shown.Number("start_line") ?? 0, 0, int.MaxValue), shown.Text("annotation_level"),
        shown.Text("title"), shown.Text("message").ReplaceLineEndings("\n").Trim());

    public JsonObject ToJson() => new()
    {
        ["path"] = Path,
        ["start_line"] = Line,
        ["end_line"] = Line,
        ["annotation_level"] = Level,
        ["title"] = Title,
        ["message"] = Message,
    };
}

/// <summary>A report as a check run shows it. Source of the bounds: GitHub's OpenAPI description, "Create a check run".</summary>
internal sealed class GitHubCheck(StatusReport report)
{
    /// <summary>What the button that asks for an override is called in the delivery of its press.</summary>
    public const string OverrideButton = "override";

    /// <summary>How many annotations one request takes.</summary>
    public const int Batch = 50;

    private const int MostNotes = 250;
    private const int LongestTitle = 255;
    private const int LongestSummary = 65_535;
    private const string Cut = "\n\n… (cut: GitHub takes no longer summaries; the ruling's page has everything)";

    /// <summary>
    /// <c>in_progress</c> or <c>completed</c>. A change that is held waits for people, so its check is still running: the merge is blocked
    /// and the title says what it waits for. <c>completed</c> with <c>action_required</c> would block as well, but a completed check that is
    /// no success throws a pull request out of the merge queue, sends mails about a failure, and is read as one by other tools.
    /// </summary>
    public string Status => report.Verdict == Verdict.Held ? "in_progress" : "completed";

    /// <summary>Never <c>neutral</c> or <c>skipped</c>: a required check passes with those. Null while it runs.</summary>
    public string? Conclusion => report.Verdict switch
    {
        Verdict.Allowed => "success",
        Verdict.Held => null,
        Verdict.Denied or Verdict.Errored => "failure",
    };

    /// <summary>What is to stand at lines, the most important first; what is beyond the bound stands in the summary alone.</summary>
    public ImmutableArray<GitHubAnnotation> Notes { get; } =
        [.. report.Notes.Where(note => note.Place.File.Length > 0).Select(GitHubAnnotation.Of).Distinct().Take(MostNotes)];

    private string Title => OneLine.Of(report.Summary.Length > 0 ? report.Summary : report.Context, LongestTitle);

    private string Summary
    {
        get
        {
            var text = (report.Details.Length > 0 ? report.Details : Title).ReplaceLineEndings("\n").Trim();
            return text.Length <= LongestSummary ? text : OneLine.Cut(text, LongestSummary - Cut.Length) + Cut;
        }
    }

    /// <summary>Whether a run, as GitHub shows it, says all this but for the annotations.</summary>
    public bool IsSaidBy(JsonElement run) =>
        StandsIn(run)
        && run.Text("external_id") == report.Ruling
        && (report.Url.Length == 0 || run.Text("details_url") == report.Url)
        && run.Child("output").Text("title") == Title
        && run.Child("output").Text("summary").ReplaceLineEndings("\n").Trim() == Summary;

    /// <summary>Whether a run blocks and passes as it should.</summary>
    public bool StandsIn(JsonElement run) => run.Text("status") == Status && run.TextOrNull("conclusion") == Conclusion;

    /// <summary>Whether a run shows the same ruling.</summary>
    public bool IsRulingOf(JsonElement run) => report.Ruling.Length > 0 && run.Text("external_id") == report.Ruling;

    /// <summary>The whole run, with these annotations added to those that it has.</summary>
    public JsonObject Whole(IEnumerable<GitHubAnnotation> added)
    {
        var run = new JsonObject { ["name"] = report.Context, ["external_id"] = report.Ruling, ["status"] = Status };
        if (Conclusion is { } conclusion) run["conclusion"] = conclusion;
        if (report.Url.Length > 0) run["details_url"] = report.Url;
        run["output"] = Output(added);
        run["actions"] = Actions();
        return run;
    }

    /// <summary>What adds further annotations, and says the same otherwise.</summary>
    public JsonObject Further(IEnumerable<GitHubAnnotation> added) => new() { ["output"] = Output(added) };

    private JsonObject Output(IEnumerable<GitHubAnnotation> added) => new()
    {
        ["title"] = Title,
        ["summary"] = Summary,
        ["annotations"] = new JsonArray([.. added.Select(note => (JsonNode)note.ToJson())]),
    };

    private JsonArray Actions()
    {
        var actions = new JsonArray { (JsonNode)Button("rerun", "Re-run", "Judge this commit again") };
        if (report.Verdict != Verdict.Allowed)
        {
            actions.Add((JsonNode)Button(OverrideButton, "Request override", "Ask for a signed exception"));
        }

        return actions;
    }

    // GitHub takes 20 letters of identifier and label, and 40 of description.
    private static JsonObject Button(string identifier, string label, string description) => new()
    {
        ["label"] = label,
        ["description"] = description,
        ["identifier"] = identifier,
    };
}
