using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.WebhookGateway.Ui.Obligations;

namespace GitOpsGate.WebhookGateway.Ui.Rulings;

/// <summary>What the page of one ruling shows.</summary>
public sealed record RulingView
{
    public required ChangeLine Change { get; init; }

    public required string Verdict { get; init; }

    /// <summary>The verdict in one line, without its own word.</summary>
    public required string Summary { get; init; }

    public required string Head { get; init; }

    public required MomentView RuledAt { get; init; }

    /// <summary>The page of the latest ruling of the same change request, or null when this is the one.</summary>
    public string? NewerAddress { get; init; }

    public ImmutableArray<string> WayToGreen { get; init; } = [];

    /// <summary>The reasons that made the verdict, the determining one first.</summary>
    public ImmutableArray<ReasonView> Deciding { get; init; } = [];

    public ImmutableArray<ReasonGroup> Others { get; init; } = [];

    public ImmutableArray<RequirementView> Requirements { get; init; } = [];

    /// <summary>What the gate owes because of this ruling, and how that went.</summary>
    public ImmutableArray<ObligationRow> Owed { get; init; } = [];

    /// <summary>Statuses under the gate's name that others wrote.</summary>
    public ImmutableArray<ForeignRow> Foreign { get; init; } = [];

    public ImmutableArray<FactView> Proof { get; init; } = [];

    public ImmutableArray<HistoryRow> History { get; init; } = [];

    public static RulingView Of(
        StoredRuling stored, ChangeSummary? change, ImmutableArray<StoredRuling> history, ImmutableArray<StoredObligation> owed,
        DateTimeOffset now)
    {
        var ruling = stored.Ruling;
        var deciding = ruling.Findings.Where(finding => finding.Decides && finding.Weight == ruling.Verdict).ToArray();
        var approvals = ruling.Requirements.Select(one => $"approval/{one.Rule}").ToHashSet(StringComparer.Ordinal);
        var isLatest = history.IsEmpty || history[0].Ruling.Id == ruling.Id;
        return new RulingView
        {
            Change = ChangeLine.Of(ruling.Revision.Change, change, isLatest, now),
            Verdict = Words.Of(ruling.Verdict),
            Summary = Words.WithoutVerdict(ruling),
            Head = ruling.Revision.Head.Value,
            RuledAt = MomentView.Of(ruling.RuledAt, now),
            NewerAddress = isLatest ? null : $"/rulings/{history[0].Ruling.Id}",
            WayToGreen = ruling.WayToGreen,
            Deciding = [.. deciding.Select(ReasonView.Of)],
            // The table of approvals says what these findings say, and more; not that one was overridden.
            Others = Group(ruling.Findings.Except(deciding).Where(
                finding => finding.OverriddenBy is not null || !approvals.Contains(finding.Rule))),
            Requirements = [.. ruling.Requirements.Select(requirement => RequirementView.Of(requirement, now))],
            Owed =
            [
                .. owed.Select(one => ObligationRow.Of(one, now)).Where(row => row.RulingAddress == $"/rulings/{ruling.Id}"),
            ],
            Foreign = [.. (ruling.Foreign ?? []).Select(one => ForeignRow.Of(one, now))],
            Proof = ProofOf(stored),
            History = [.. history.Select(past => HistoryRow.Of(past, ruling.Id, now))],
        };
    }

    private static ImmutableArray<ReasonGroup> Group(IEnumerable<Finding> findings) =>
    [
        .. findings.GroupBy(finding => (finding.Mode, IsOverridden: finding.OverriddenBy is not null, finding.Weight))
            .OrderBy(group => group.Key.Mode).ThenByDescending(group => group.Key.IsOverridden).ThenBy(group => group.Key.Weight)
            .Select(group => new ReasonGroup(
                group.Key.IsOverridden ? $"Overridden: would be {Words.Of(group.Key.Weight)}" : Heading(group.Key.Mode, group.Key.Weight),
                [.. group.Select(ReasonView.Of)])),
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
        RuleMode.Warn => $"Warnings, which decide nothing: would be {Words.Of(weight)}",
        RuleMode.Shadow => $"Rules on trial, which decide nothing: would be {Words.Of(weight)}",
    };

    private static ImmutableArray<FactView> ProofOf(StoredRuling stored)
    {
        var ruling = stored.Ruling;
        return
        [
            .. ruling.Bundles.Select(
                bundle => new FactView($"Bundle {bundle.Name} ({bundle.Engine}), revision", bundle.Revision, null)),
            new FactView("Rules in force", $"sha256:{ruling.RulesDigest}", null),
            new FactView("Evidence", $"sha256:{ruling.EvidenceDigest}", $"/rulings/{ruling.Id}/evidence"),
            new FactView(
                "Audit entry", stored.AuditIndex.ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"/audit?at={stored.AuditIndex}#entry-{stored.AuditIndex}")),
            new FactView(
                "Proof of the entry", string.Create(CultureInfo.InvariantCulture, $"entry-{stored.AuditIndex}.tlog-proof"),
                string.Create(CultureInfo.InvariantCulture, $"/audit/v1/proof/{stored.AuditIndex}")),
            new FactView("Ruling", ruling.Id.ToString(), null),
        ];
    }
}
