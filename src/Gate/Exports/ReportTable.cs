using System.Collections.Frozen;
using System.Collections.Immutable;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>A report in a bundle: rows that entries of the period give, each with the entry's place and leaf hash.</summary>
/// <param name="Name">Its path in the bundle.</param>
/// <param name="Types">The types of entries that give rows; no other does.</param>
/// <param name="Rows">The rows of an entry; the environment is null for all.</param>
internal sealed record ReportTable(
    string Name, ImmutableArray<string> Columns, ImmutableArray<string> Types, Func<ReportLeaf, PeriodFacts, string?, IEnumerable<string[]>> Rows)
{
    public const string PopulationName = "reports/population.csv";

    /// <summary>How the gate itself stands in columns of references.</summary>
    public const string Gate = "gate";

    private static readonly (string Column, string[] Path)[] Head = [("time", ["time"]), ("type", ["type"]), ("outcome", ["outcome"])];
    private static readonly (string Column, string[] Path) Actor = ("actor_ref", ["actor", "ref"]);
    private static readonly (string Column, string[] Path) SubjectKind = ("subject_kind", ["subject", "kind"]);
    private static readonly (string Column, string[] Path) Subject = ("subject", ["subject", "ref"]);

    public static readonly ImmutableArray<ReportTable> All =
    [
        new(PopulationName, PopulationReport.Columns, PopulationReport.Types, PopulationReport.Rows),
        new("reports/sod.csv",
            [
                "log_seq", "leaf_sha256", "population", "pop_no", "change_id", "author_refs", "approver_refs", "merger_ref", "deployer_ref",
                "author≠approver", "author≠merger", "result",
            ],
            PopulationReport.Types,
            Separation),
        List("reports/exceptions.csv",
            [AuditTypes.OverrideRequested, AuditTypes.OverrideUsed, AuditTypes.ChangeUnmanaged, AuditTypes.DispatchWithheld, AuditTypes.WebhookRejected],
            [("change_id", ["corr"]), Subject, Actor, Of("branch"), Of("count"), Of("rule"), Of("reason")]),
        List("reports/config-changes.csv",
            [AuditTypes.ConfigChanged, AuditTypes.PolicyActivated],
            [Actor, SubjectKind, Subject, ("digest", ["subject", "digest"]), Of("what"), Of("why"), Of("engine")]),
        List("reports/access-changes.csv",
            [
                AuditTypes.TokenCreated, AuditTypes.SessionStarted, AuditTypes.SessionFailed, AuditTypes.ExportCreated, AuditTypes.PrivacyOpened,
                AuditTypes.PrivacyRequested, AuditTypes.PrivacyErased,
                AuditTypes.ExportDownloaded, AuditTypes.LinkCreated, AuditTypes.LinkRevoked,
            ],
            [Actor, SubjectKind, Subject, Of("role"), Of("target"), Of("count"), Of("reason")]),
        List("reports/reconciliation.csv",
            [AuditTypes.ReconciliationCompleted],
            [("repo", ["subject", "ref"]), Of("redelivered"), Of("backfilled"), Of("deliveries")]),
    ];

    /// <summary>The types of entries that give a row to any report.</summary>
    public static readonly FrozenSet<string> Reported = All.SelectMany(table => table.Types).ToFrozenSet(StringComparer.Ordinal);

    private static (string Column, string[] Path) Of(string attribute) => (attribute, ["attrs", attribute]);

    private static ReportTable List(string name, string[] types, (string Column, string[] Path)[] members)
    {
        (string Column, string[] Path)[] cells = [.. Head, .. members];
        return new ReportTable(
            name, ["log_seq", "leaf_sha256", .. cells.Select(cell => cell.Column)], [.. types],
            (leaf, facts, _) => types.Contains(leaf.Type) ? [[leaf.Text("seq"), leaf.Hash, .. cells.Select(cell => Cell(leaf, facts, cell.Path))]] : []);
    }

    private static string Cell(ReportLeaf leaf, PeriodFacts facts, string[] path) =>
        path is ["attrs", "reason"] ? facts.ReasonOf(leaf) : leaf.Text(path);

    private static IEnumerable<string[]> Separation(ReportLeaf leaf, PeriodFacts facts, string? environment)
    {
        if (PopulationReport.NumberOf(leaf, environment) is not { } number || number.Population == PopulationReport.Unmanaged) yield break;
        var (duties, merger) = (Duties.Of(leaf), facts.MergeOf(leaf.Correlation).Merger);
        var isMergedByAnother = merger.Length == 0 || duties.Authors.Length == 0 ? "" : duties.Authors.Contains(merger) ? "false" : "true";
        yield return
        [
            leaf.Text("seq"), leaf.Hash, number.Population, number.Number, leaf.Correlation, string.Join(';', duties.Authors),
            string.Join(';', duties.Approvers), merger, Gate, duties.Apart, isMergedByAnother, duties.Result,
        ];
    }
}
