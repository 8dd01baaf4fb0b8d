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
internal sealed class PeriodFacts(Disclosed disclosed)
{
    private readonly Dictionary<string, MergeFact> _merged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _accepted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Phase, string At)> _reported = new(StringComparer.Ordinal);

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _titles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _reasons = new(StringComparer.Ordinal);

    private readonly Dictionary<(string Repository, string Commit), string> _attested = [];

    public void Take(ReportLeaf leaf)
    {
        if (disclosed.Commitments.Count > 0)
        {
            Keep(_names, leaf.Text("actor", "ref"), leaf, Audit.PersonalText.Actor);
            Keep(_names, leaf.Attribute("author"), leaf, Audit.PersonalText.Author);
            Keep(_titles, leaf.Correlation, leaf, Audit.PersonalText.Title);
            if (leaf.Type == Audit.AuditTypes.OverrideUsed) Keep(_reasons, leaf.Correlation, leaf, Audit.PersonalText.Reason);
        }

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
            case Audit.AuditTypes.AttestationIssued when NamedAttestation.DigestOf(leaf) is { } digest && leaf.Attribute("predicate") == "vsa":
                _attested.TryAdd((leaf.Attribute("repository"), leaf.Attribute("commit")), digest);
                break;
            case Audit.AuditTypes.DeploymentReported when leaf.Subject.Length > 0:
                _reported[leaf.Subject] = (leaf.Attribute("phase"), leaf.When);
                break;
        }
    }

    /// <summary>The digest of the first verification summary of a commit that was issued in the period; empty when there is none.</summary>
    public string AttestationOf(string repository, string commit) => _attested.GetValueOrDefault((repository, commit), "");

    public MergeFact MergeOf(string change) => _merged.GetValueOrDefault(change, MergeFact.Unknown);

    /// <summary>What people are called whose references are given, where any of it is disclosed.</summary>
    public string NamesOf(string[] people) => people.Length == 0 ? ""
        : people.Any(_names.ContainsKey) ? string.Join(';', people.Select(one => _names.GetValueOrDefault(one, Disclosed.Withheld)))
        : Disclosed.Withheld;

    public string TitleOf(string change) => _titles.GetValueOrDefault(change, Disclosed.Withheld);

    /// <summary>Why a change was let through by an override.</summary>
    public string OverrideOf(string change) => _reasons.GetValueOrDefault(change, Disclosed.Withheld);

    /// <summary>The reason that an entry gives: in clear where it was written before reasons were sealed, or is nobody's.</summary>
    public string ReasonOf(ReportLeaf leaf) => leaf.Attribute("reason") is { Length: > 0 } clear ? clear
        : leaf.Section(Audit.PersonalText.Reason) is { } commitment ? disclosed.TextOf(commitment) ?? Disclosed.Withheld
        : "";

    /// <summary>What became of an order (an agent's phase, <c>accepted</c>, <c>failed</c>, or nothing yet), and when it ran.</summary>
    public (string Result, string DeployedAt) ResultOf(string order)
    {
        if (_reported.TryGetValue(order, out var report)) return (report.Phase, report.Phase == "applied" ? report.At : "");
        return (_accepted.Contains(order) ? "accepted" : _failed.Contains(order) ? "failed" : "", "");
    }

    private void Keep(Dictionary<string, string> into, string of, ReportLeaf leaf, string section)
    {
        if (of.Length > 0 && leaf.Section(section) is { } commitment && disclosed.TextOf(commitment) is { } text) into[of] = text;
    }
}
