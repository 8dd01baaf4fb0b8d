using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.WebhookGateway.Ui.Changes;

namespace GitOpsGate.WebhookGateway.Ui.Rulings;

/// <summary>The change request that a ruling is about.</summary>
/// <param name="Address">Its page on the forge, or empty when that is not a web address.</param>
/// <param name="State"><c>open</c>, <c>merged</c>, <c>closed</c> or <c>unknown</c>.</param>
/// <param name="WaitsOn">On whom it waits; empty on the page of a ruling that no longer stands.</param>
public sealed record ChangeLine(
    string Title, string Key, string Connection, string Address, string Author, string Target, string State, string WaitsOn,
    MomentView? Since)
{
    public static ChangeLine Of(ChangeKey key, ChangeSummary? summary, bool isLatest, DateTimeOffset now)
    {
        var (name, connection) = ($"{key.Repository.Path}#{key.Number}", key.Repository.Connection.Value);
        if (summary is null) return new ChangeLine(name, name, connection, "", "", "", "unknown", "", null);
        var change = summary.Change;
        return new ChangeLine(
            change.Title.Length > 0 ? change.Title : name, name, connection, WebAddress(change.Url), change.Author.Login,
            change.TargetBranch, Words.Of(change.State), isLatest ? Waiting.On(summary) : "",
            isLatest && Waiting.Since(summary) is { } since ? MomentView.Of(since, now) : null);
    }

    /// <summary>A forge's answer is a stranger's text: only an address of the web becomes a link.</summary>
    private static string WebAddress(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? url : "";
}

/// <summary>One reason.</summary>
public sealed record ReasonView(string Rule, string Message, string Where)
{
    public static ReasonView Of(Finding finding) => new(finding.Rule, finding.Message, finding.Place?.ToString() ?? "");
}

/// <summary>Reasons of one weight.</summary>
public sealed record ReasonGroup(string Heading, ImmutableArray<ReasonView> Reasons);

/// <summary>How one approval rule stands.</summary>
public sealed record RequirementView(
    string Rule, string State, string Mode, string Sentence, ImmutableArray<ApprovalView> Given, ImmutableArray<string> Dismissed,
    string From)
{
    public static RequirementView Of(Requirement requirement, DateTimeOffset now) => new(
        requirement.Rule, Words.Of(requirement.State), Words.Of(requirement.Mode), requirement.Sentence,
        [.. requirement.Given.Select(ApprovalView (one) => new(
            one.By.Login, MomentView.Of(one.At, now), one.On.Short, one.Method == Candidate.ByComment))],
        [.. requirement.Dismissed.Select(dismissal => $"{dismissal.By.Login}: {dismissal.Why}")],
        string.Join(", ", requirement.From.Select(Words.OfApprover)));
}

/// <summary>An approval that counts: by whom, when, of which commit, and whether in a comment.</summary>
public sealed record ApprovalView(string By, MomentView At, string On, bool IsComment);

/// <summary>A name, its text, and where it leads.</summary>
public sealed record FactView(string Name, string Text, string? Address);

/// <summary>One ruling in the history of its change request.</summary>
public sealed record HistoryRow(string Verdict, string Summary, string Head, MomentView At, string Address, bool IsThis)
{
    public static HistoryRow Of(StoredRuling past, RulingId current, DateTimeOffset now) => new(
        Words.Of(past.Ruling.Verdict), Words.WithoutVerdict(past.Ruling), past.Ruling.Revision.Head.Short,
        MomentView.Of(past.Ruling.RuledAt, now), $"/rulings/{past.Ruling.Id}", past.Ruling.Id == current);
}

/// <summary>A status under the gate's name that somebody else wrote.</summary>
/// <param name="By">Who, or empty where the forge does not say.</param>
public sealed record ForeignRow(string Word, string By, string Url, MomentView SeenAt)
{
    public static ForeignRow Of(ForeignStatus foreign, DateTimeOffset now) =>
        new(foreign.Word, foreign.By, foreign.Url, MomentView.Of(foreign.SeenAt, now));
}
