using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Ui.Rulings;

/// <summary>What the page of one ruling shows.</summary>
/// <param name="IsLatest">Whether no newer ruling of the same change request stands.</param>
public sealed record RulingView(
    string Title, string Key, string ChangeAddress, string Verdict, string Summary, string Head, MomentView RuledAt, bool IsLatest,
    ImmutableArray<string> WayToGreen, ImmutableArray<ReasonView> Deciding, ImmutableArray<ReasonGroup> Others,
    ImmutableArray<RequirementView> Requirements, ImmutableArray<FactView> Proof, ImmutableArray<HistoryRow> History)
{
    public static RulingView Of(StoredRuling stored, ChangeSummary? change, ImmutableArray<StoredRuling> history, DateTimeOffset now)
    {
        var ruling = stored.Ruling;
        var deciding = ruling.Findings.Where(finding => finding.Decides && finding.Weight == ruling.Verdict).ToArray();
        return new RulingView(
            change?.Change.Title ?? ruling.Revision.Change.ToString(),
            $"{ruling.Revision.Change.Repository.Path}#{ruling.Revision.Change.Number}",
            change?.Change.Url ?? "", Words.Of(ruling.Verdict), ruling.Summary, ruling.Revision.Head.Value,
            MomentView.Of(ruling.RuledAt, now), history.IsEmpty || history[0].Ruling.Id == ruling.Id,
            ruling.WayToGreen, [.. deciding.Select(ReasonView.Of)], Group(ruling.Findings.Except(deciding)),
            [.. ruling.Requirements.Select(requirement => RequirementView.Of(requirement, now))], ProofOf(stored),
            [.. history.Select(past => HistoryRow.Of(past, ruling.Id, now))]);
    }

    private static ImmutableArray<ReasonGroup> Group(IEnumerable<Finding> findings) =>
    [
        .. findings.GroupBy(finding => (finding.Mode, finding.Weight)).OrderBy(group => group.Key.Mode).ThenBy(group => group.Key.Weight)
            .Select(group => new ReasonGroup(Heading(group.Key.Mode, group.Key.Weight), [.. group.Select(ReasonView.Of)])),
    ];

    private static string Heading(RuleMode mode, Verdict weight) => mode switch
    {
        RuleMode.Enforce => weight switch
        {
            GitOpsGate.Rulings.Verdict.Denied => "Also denied by",
            GitOpsGate.Rulings.Verdict.Errored => "Could not be judged",
            GitOpsGate.Rulings.Verdict.Held => "Also waits for",
            GitOpsGate.Rulings.Verdict.Allowed => "In order",
        },
        RuleMode.Warn => "Warnings, which decide nothing",
        RuleMode.Shadow => "Rules on trial, which decide nothing",
    };

    private static ImmutableArray<FactView> ProofOf(StoredRuling stored)
    {
        var ruling = stored.Ruling;
        return
        [
            .. ruling.Bundles.Select(bundle => new FactView($"Bundle {bundle.Name} ({bundle.Engine})", bundle.Revision, null)),
            new FactView("Rules in force", $"sha256:{ruling.RulesDigest}", null),
            new FactView("Evidence", $"sha256:{ruling.EvidenceDigest}", $"/rulings/{ruling.Id}/evidence"),
            new FactView(
                "Audit entry", stored.AuditIndex.ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"/audit?at={stored.AuditIndex}")),
            new FactView("Ruling", ruling.Id.ToString(), null),
        ];
    }
}

/// <summary>One reason.</summary>
public sealed record ReasonView(string Rule, string Message, string Where)
{
    public static ReasonView Of(Finding finding) => new(finding.Rule, finding.Message, finding.Place?.ToString() ?? "");
}

public sealed record ReasonGroup(string Heading, ImmutableArray<ReasonView> Reasons);

/// <summary>How one approval rule stands.</summary>
public sealed record RequirementView(
    string Rule, string State, string Mode, string Sentence, ImmutableArray<string> Given, ImmutableArray<string> Dismissed, string From)
{
    public static RequirementView Of(Requirement requirement, DateTimeOffset now) => new(
        requirement.Rule, Words.Of(requirement.State), Words.Of(requirement.Mode), requirement.Sentence,
        [.. requirement.Given.Select(approval => $"{approval.By.Login}, {MomentView.Of(approval.At, now).Relative}")],
        [.. requirement.Dismissed.Select(dismissal => $"{dismissal.By.Login}: {dismissal.Why}")],
        string.Join(", ", requirement.From));
}

/// <summary>A name, its text, and where it leads.</summary>
public sealed record FactView(string Name, string Text, string? Address);

public sealed record HistoryRow(string Verdict, string Summary, string Head, MomentView At, string Address, bool IsThis)
{
    public static HistoryRow Of(StoredRuling past, RulingId current, DateTimeOffset now) => new(
        Words.Of(past.Ruling.Verdict), past.Ruling.Summary, past.Ruling.Revision.Head.Short, MomentView.Of(past.Ruling.RuledAt, now),
        $"/rulings/{past.Ruling.Id}", past.Ruling.Id == current);
}
