using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>
/// Decides what a push is: covered by rulings, unmanaged, or held back by what lies below it. A branch is looked at from the commit up to
/// which it was covered, not from what the webhook says it held before: a commit that went past the gate is not forgotten with the next
/// push. The first push that is told of a branch is trusted for what the branch held before it. Trouble with the forge or with Git is
/// thrown. Safe to call concurrently.
/// </summary>
public sealed class Coverage(IGateReader reader, IGitMirror mirror, IBranchStore branches)
{
    private const int MaxCandidates = 50;

    public async Task<CoverageReport> CoverAsync(Reach reach, Concern.Push push, DateTimeOffset now, CancellationToken cancellation)
    {
        var was = await branches.OfAsync(push.Repository, push.Branch, cancellation);
        var standing = was ?? new BranchStanding
        {
            Repository = push.Repository,
            Branch = push.Branch,
            Covered = push.Before,
            Ordered = push.Before,
        };
        var look = new Look(reach, push, was, standing, now);
        try
        {
            return await CoverAsync(look, cancellation);
        }
        catch (GitTroubleException trouble) when (trouble.IsPermanent)
        {
            // What the branch held is gone, or the push is too large or broken: what cannot be looked at is covered by nothing.
            return look.Open(CoverageKind.Unmanaged, [], [], []);
        }
    }

    private async Task<CoverageReport> CoverAsync(Look look, CancellationToken cancellation)
    {
        var (push, covered) = (look.Push, look.Standing.Covered);
        var from = covered.IsNone ? push.Before : covered;
        var commits = await mirror.PushedAsync(look.Reach.Connection, push.Repository, push.Branch, from, push.After, cancellation);
        if (commits.IsEmpty) return await WithoutNewsAsync(look, cancellation);

        var found = await ScanAsync(look, commits, cancellation);
        var isWhole = !covered.IsNone && commits[0].FirstParent == covered && found.Open.IsEmpty;
        if (isWhole) return look.Whole(found.Steps.IsEmpty ? CoverageKind.Restored : CoverageKind.Covered, found.Steps);
        if (!covered.IsNone && await TreeAsync(look, covered, cancellation) == commits[^1].Tree) return look.Whole(CoverageKind.Restored, []);

        // What the push itself brought begins behind what the branch held before. One that dropped that has brought everything anew.
        var before = commits.Select(commit => commit.Id).ToList().IndexOf(push.Before);
        if (push.Before.IsNone || (before < 0 && push.Before != commits[0].FirstParent))
        {
            return look.Open(CoverageKind.Unmanaged, found.Steps, commits, []);
        }

        var own = commits.Skip(before + 1).Select(commit => commit.Id).ToHashSet();
        var mine = found.Open.Where(commit => own.Contains(commit.Id)).ToImmutableArray();
        return look.Open(mine.IsEmpty ? CoverageKind.Held : CoverageKind.Unmanaged, found.Steps, mine, [.. found.Open.Except(mine)]);
    }

    // The tip is part of what is covered: a push that is told late, or a branch that was moved.
    private async Task<CoverageReport> WithoutNewsAsync(Look look, CancellationToken cancellation)
    {
        var (push, covered) = (look.Push, look.Standing.Covered);
        if (push.After == covered) return look.Whole(CoverageKind.Restored, []);
        var isKnown = look.Was is { HeldSince: null } && !push.IsForced && !push.Before.IsNone
            && await IsForwardAsync(look, cancellation)
            && (await mirror.PushedAsync(look.Reach.Connection, push.Repository, push.Branch, push.After, covered, cancellation))
                is [{ FirstParent: var parent }, ..] && parent == push.After;
        return isKnown
            ? new CoverageReport(CoverageKind.Known, [], [], [], new BranchMove(look.Was, look.Standing))
            : look.Open(CoverageKind.Unmanaged, [], [], []);
    }

    private async Task<bool> IsForwardAsync(Look look, CancellationToken cancellation)
    {
        try
        {
            return await mirror.HoldsAsync(look.Reach.Connection, look.Push.Repository, look.Push.After, look.Push.Before, cancellation);
        }
        catch (GitTroubleException trouble) when (trouble.IsPermanent)
        {
            // What the branch held before is gone from the forge: then it was dropped.
            return false;
        }
    }

    /// <summary>Goes along the commits; what is open at the end is covered by nothing.</summary>
    private async Task<(ImmutableArray<CoveredStep> Steps, ImmutableArray<PushedCommit> Open)> ScanAsync(
        Look look, ImmutableArray<PushedCommit> commits, CancellationToken cancellation)
    {
        var match = new MergeMatch(mirror, look.Reach, look.Push, await CandidatesAsync(look, cancellation));
        var steps = ImmutableArray.CreateBuilder<CoveredStep>();
        var open = ImmutableArray.CreateBuilder<PushedCommit>();
        // The tree of the last commit that was certainly covered: commits that lead back to it have brought nothing.
        var (tree, isTreeKnown) = ((string?)null, false);
        for (var at = 0; at < commits.Length; at++)
        {
            if (await match.FindAsync(commits, at, commits[at].FirstParent, cancellation) is { } step)
            {
                steps.Add(step);
                at = commits.IndexOf(step.Last);
                if (open.Count == 0) (tree, isTreeKnown) = (step.Last.Tree, true);
                continue;
            }

            if (!isTreeKnown)
            {
                tree = look.Standing.Covered.IsNone ? null : await TreeAsync(look, look.Standing.Covered, cancellation);
                isTreeKnown = true;
            }

            var back = open.Count > 0 ? -1 : IndexOfTree(commits, at, tree);
            if (back >= 0) at = back;
            else open.Add(commits[at]);
        }

        return (steps.ToImmutable(), open.ToImmutable());
    }

    private static int IndexOfTree(ImmutableArray<PushedCommit> commits, int from, string? tree)
    {
        for (var at = commits.Length - 1; tree is not null && at >= from; at--)
        {
            if (commits[at].Tree == tree) return at;
        }

        return -1;
    }

    private Task<string?> TreeAsync(Look look, CommitId commit, CancellationToken cancellation) =>
        mirror.TreeAsync(look.Reach.Connection, look.Push.Repository, commit, "", cancellation);

    // Those that the forge itself ties to the pushed commit come first.
    private async Task<IEnumerable<ChangeSummary>> CandidatesAsync(Look look, CancellationToken cancellation)
    {
        var (reach, push) = (look.Reach, look.Push);
        var candidates = new List<ChangeSummary>();
        foreach (var key in await reach.Forge.ChangesOfAsync(reach.Connection, push.Repository, push.After, cancellation))
        {
            if (await reader.ChangeAsync(key, cancellation) is { } change) candidates.Add(change);
        }

        candidates.AddRange(await reader.AllowedIntoAsync(push.Repository, push.Branch, MaxCandidates, cancellation));
        return candidates.DistinctBy(candidate => candidate.Change.Key).Where(candidate =>
            candidate.Change.Key.Repository == push.Repository
            && candidate.Change.TargetBranch == push.Branch
            && candidate.Change.State is ChangeState.Open or ChangeState.Merged
            && candidate.Latest is { Verdict: Verdict.Allowed } ruling
            && ruling.Revision.Head == candidate.Change.Head
            && ruling.TargetBranch == push.Branch);
    }

    /// <summary>One push that is looked at, and what was known of its branch.</summary>
    private sealed record Look(Reach Reach, Concern.Push Push, BranchStanding? Was, BranchStanding Standing, DateTimeOffset Now)
    {
        public CoverageReport Whole(CoverageKind kind, ImmutableArray<CoveredStep> steps) => new(
            kind, steps, [], [], new BranchMove(Was, Standing with
            {
                Covered = Push.After,
                Ordered = kind == CoverageKind.Covered ? Push.After : Standing.Ordered,
                Seen = Push.After,
                HeldSince = null,
                Controls = ControlsAfter(steps),
            }));

        public CoverageReport Open(
            CoverageKind kind, ImmutableArray<CoveredStep> steps, ImmutableArray<PushedCommit> own, ImmutableArray<PushedCommit> below) =>
            new(kind, steps, own, below, new BranchMove(Was, Standing with
            {
                Seen = Push.After,
                HeldSince = Standing.HeldSince ?? Now,
                // What went past the gate met no control: each begins anew with the next merge.
                Controls = BranchControls.None,
            }));

        private BranchControls ControlsAfter(ImmutableArray<CoveredStep> steps) => steps
            .Select((step, at) => (step.Ruling, Commit: at == steps.Length - 1 ? Push.After : step.Last.Id))
            .Aggregate(Standing.Controls, (controls, merge) => controls.After(merge.Ruling, merge.Commit, Now));
    }
}
