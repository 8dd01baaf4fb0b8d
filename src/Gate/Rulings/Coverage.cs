using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>Which rulings stand behind a push.</summary>
/// <param name="Steps">The merges that were recognised, oldest first.</param>
/// <param name="Unmanaged">The commits that no ruling covers, oldest first.</param>
public sealed record CoverageReport(ImmutableArray<CoveredStep> Steps, ImmutableArray<PushedCommit> Unmanaged)
{
    /// <summary>Whether every commit of the push is covered, and there is at least one.</summary>
    public bool IsWhole => Unmanaged.IsEmpty && !Steps.IsEmpty;
}

/// <summary>One merge inside a push.</summary>
/// <param name="Last">The last commit on the branch that belongs to it.</param>
public sealed record CoveredStep(ChangeSummary Change, Ruling Ruling, CommitId Last);

/// <summary>
/// Decides which ruling covers a push: the one that allowed a head whose merge gives exactly the pushed tree. Trees are compared, not
/// commits, so merge, squash and rebase merges are recognised alike, and a merge that adds something of its own is not. A ruling that
/// did not allow the merged head, or that was made for another target branch, never covers. Trouble with the forge or with Git is
/// thrown. Safe to call concurrently.
/// </summary>
public sealed class Coverage(IGateReader reader, IGitMirror mirror)
{
    private const int MaxCandidates = 50;

    public async Task<CoverageReport> CoverAsync(Reach reach, Concern.Push push, CancellationToken cancellation)
    {
        var commits = await mirror.PushedAsync(reach.Connection, push.Repository, push.Branch, push.Before, push.After, cancellation);
        var candidates = await CandidatesAsync(reach, push, cancellation);
        var steps = ImmutableArray.CreateBuilder<CoveredStep>();
        var unmanaged = ImmutableArray.CreateBuilder<PushedCommit>();
        for (var at = 0; at < commits.Length; at++)
        {
            if (await FindAsync(reach, push, commits, at, candidates, cancellation) is var (candidate, last) && candidate is not null)
            {
                steps.Add(new CoveredStep(candidate, candidate.Latest!, commits[last].Id));
                candidates.Remove(candidate);
                at = last;
            }
            else
            {
                unmanaged.Add(commits[at]);
            }
        }

        return new CoverageReport(steps.ToImmutable(), unmanaged.ToImmutable());
    }

    // Those that the forge itself ties to the pushed commit come first: usually the first one tried is the one.
    private async Task<List<ChangeSummary>> CandidatesAsync(Reach reach, Concern.Push push, CancellationToken cancellation)
    {
        var candidates = new List<ChangeSummary>();
        foreach (var key in await reach.Forge.ChangesOfAsync(reach.Connection, push.Repository, push.After, cancellation))
        {
            if (await reader.ChangeAsync(key, cancellation) is { } change) candidates.Add(change);
        }

        candidates.AddRange(await reader.AllowedIntoAsync(push.Repository, push.Branch, MaxCandidates, cancellation));
        return
        [
            .. candidates.DistinctBy(candidate => candidate.Change.Key).Where(candidate =>
                candidate.Change.Key.Repository == push.Repository
                && candidate.Change.TargetBranch == push.Branch
                && candidate.Change.State is ChangeState.Open or ChangeState.Merged
                && candidate.Latest is { Verdict: Verdict.Allowed } ruling
                && ruling.Revision.Head == candidate.Change.Head
                && ruling.TargetBranch == push.Branch),
        ];
    }

    // The tree that the merge must have given may stand at the first commit (merge, squash) or some commits later (rebase).
    private async Task<(ChangeSummary? Candidate, int Last)> FindAsync(
        Reach reach, Concern.Push push, ImmutableArray<PushedCommit> commits, int at, List<ChangeSummary> candidates,
        CancellationToken cancellation)
    {
        // The first merge must have been onto what the branch held: a forced push may build on older or on other content, and what a
        // new branch builds on is not known.
        var onto = at == 0 ? push.Before : commits[at].FirstParent;
        if (onto.IsNone) return default;
        foreach (var candidate in candidates)
        {
            var tree = await mirror.MergedTreeAsync(reach.Connection, push.Repository, onto, candidate.Change.Head, cancellation);
            if (tree is null) continue;
            for (var last = at; last < commits.Length; last++)
            {
                if (commits[last].Tree == tree) return (candidate, last);
            }
        }

        return default;
    }
}
