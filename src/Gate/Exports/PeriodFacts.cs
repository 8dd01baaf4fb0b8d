namespace GitOpsGate.Exports;

/// <summary>A merge of a change, as its entry tells of it.</summary>
internal sealed record MergeFact(string Merger, string At, string Commit)
{
    public static MergeFact Unknown { get; } = new("", "", "");
}

/// <summary>
/// What entries of the period say of an order or a change whose own row stands elsewhere. Holds a few texts for each order and merge, never
/// entries.
/// </summary>
internal sealed class PeriodFacts
{
    private readonly Dictionary<string, MergeFact> _merged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _accepted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Phase, string At)> _reported = new(StringComparer.Ordinal);

    public void Take(ReportLeaf leaf)
    {
        switch (leaf.Type)
        {
            case Audit.AuditTypes.ChangeMerged:
                _merged[leaf.Correlation] = new MergeFact(leaf.Text("actor", "ref"), leaf.When, leaf.Attribute("mergeCommit"));
                break;
            case Audit.AuditTypes.DispatchAccepted:
                _accepted.Add(leaf.Subject);
                break;
            case Audit.AuditTypes.DispatchFailed:
                _failed.Add(leaf.Subject);
                break;
            case Audit.AuditTypes.DeploymentReported when leaf.Subject.Length > 0:
                _reported[leaf.Subject] = (leaf.Attribute("phase"), leaf.When);
                break;
        }
    }

    public MergeFact MergeOf(string change) => _merged.GetValueOrDefault(change, MergeFact.Unknown);

    /// <summary>What became of an order (an agent's phase, <c>accepted</c>, <c>failed</c>, or nothing yet), and when it ran.</summary>
    public (string Result, string DeployedAt) ResultOf(string order)
    {
        if (_reported.TryGetValue(order, out var report)) return (report.Phase, report.Phase == "applied" ? report.At : "");
        return (_accepted.Contains(order) ? "accepted" : _failed.Contains(order) ? "failed" : "", "");
    }
}
