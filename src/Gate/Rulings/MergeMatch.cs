using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>
/// Finds the ruling behind commits on a branch: the one that allowed a head whose merge gives exactly the tree that is there. Trees are
/// compared, not commits, so merge, squash and rebase merges are recognised alike, and a merge that adds something of its own is not. A
/// ruling that did not allow the merged head, or that was made for another target branch, never covers. Nor does one whose merge base
/// the branch does not hold: what lies between the two was never judged. Each change covers once. For one push; not thread-safe.
/// </summary>
internal sealed class MergeMatch(IGitMirror mirror, Reach reach, Concern.Push push, IEnumerable<ChangeSummary> candidates)
{
    private readonly List<ChangeSummary> _left = [.. candidates];

    /// <summary>
    /// The candidate whose merge onto <paramref name="onto"/> gives the tree of a commit from <paramref name="at"/> on: the first one
    /// (merge, squash) or some commits later (rebase).
    /// </summary>
    public async Task<CoveredStep?> FindAsync(
        ImmutableArray<PushedCommit> commits, int at, CommitId onto, CancellationToken cancellation)
    {
        if (onto.IsNone) return null;
        // The forge usually says which change made the commit; then the first one tried is the one.
        foreach (var candidate in _left.OrderByDescending(candidate => candidate.Change.MergeCommit == commits[at].Id).ToList())
        {
            var tree = await mirror.MergedTreeAsync(reach.Connection, push.Repository, onto, candidate.Change.Head, cancellation);
            if (tree is null || commits.Skip(at).FirstOrDefault(commit => commit.Tree == tree) is not { } last) continue;
            var judgedFrom = candidate.Latest!.MergeBase;
            if (judgedFrom.IsNone || !await mirror.HoldsAsync(reach.Connection, push.Repository, onto, judgedFrom, cancellation)) continue;
            _left.Remove(candidate);
            return new CoveredStep(candidate, candidate.Latest, last);
        }

        return null;
    }
}
