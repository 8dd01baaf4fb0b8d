using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>
/// A forge keeps one status of a name per commit, and several change requests may have the same head, each judged by the rules of its
/// own target branch. What is shown on the commit is the strictest of their rulings, so that none is let through by another's. Pure.
/// </summary>
public static class SharedCommit
{
    private const int MaxSummary = 140;

    /// <summary>The status to show.</summary>
    /// <param name="owed">What a ruling of one of them asks for.</param>
    /// <param name="there">The change requests whose head is the commit, with their latest rulings.</param>
    public static Obligation.ReportStatus Strictest(Obligation.ReportStatus owed, ImmutableArray<ChangeSummary> there)
    {
        var strictest = there
            .Where(one => one.Change.State == ChangeState.Open && one.Latest is { } ruling && ruling.Revision.Head == owed.Commit)
            .OrderBy(one => one.Latest!.Verdict).ThenBy(one => one.Change.Key.Number).FirstOrDefault();
        return strictest?.Latest is not { } latest || latest.Verdict >= owed.Verdict ? owed : owed with
        {
            Ruling = latest.Id,
            Verdict = latest.Verdict,
            Summary = Words.Plain($"#{strictest.Change.Key.Number} at this commit: {latest.Summary}", MaxSummary - 1),
            Url = owed.Url.Replace(owed.Ruling.ToString(), latest.Id.ToString(), StringComparison.Ordinal),
        };
    }
}
