using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>
/// Decides whether a commit may be deployed where a forge asks. It may when a guarded branch was covered exactly up to it, when it is the
/// merge of an allowed change onto what is covered, or when it is the head of an allowed change that stands on what is covered. A commit
/// that merely lies below a covered one may not: nobody judged the branch as it was there. What is held waits. Safe to call concurrently.
/// </summary>
public sealed class DeploymentJudge(
    GateConfiguration configuration, IGateReader reader, Coverage coverage, IBranchStore branches, IGitMirror mirror)
{
    private const int MaxBranches = 20;

    /// <exception cref="ForgeTroubleException">The forge could not be asked.</exception>
    /// <exception cref="GitTroubleException">Git could not be asked.</exception>
    public async Task<DeploymentRuling> JudgeAsync(
        Reach reach, DeploymentQuestion question, DateTimeOffset now, CancellationToken cancellation)
    {
        // GitHub's environments are the same in either case of letters.
        var place = configuration.Environments.FirstOrDefault(
            one => string.Equals(one.Name, question.Environment, StringComparison.OrdinalIgnoreCase));
        if (place is not null && !IsSame(place.Repository, question.Repository))
        {
            return No($"`{place.Name}` is deployed from {place.Repository} in `gate.yaml`, not from {question.Repository}");
        }

        try
        {
            return await JudgeAsync(new Look(reach, question, place?.Branch, now), cancellation);
        }
        catch (GitTroubleException trouble) when (trouble.IsPermanent)
        {
            return No($"`{question.Commit.Short}` cannot be looked at: {Words.Plain(trouble.Message)}");
        }
    }

    private async Task<DeploymentRuling> JudgeAsync(Look look, CancellationToken cancellation)
    {
        var (repository, commit) = (look.Question.Repository, look.Question.Commit);
        if (await mirror.TreeAsync(look.Reach.Connection, repository, commit, "", cancellation) is not { } tree)
        {
            return No($"`{commit.Short}` is not known to the forge; a commit that it holds would be right");
        }

        if (await branches.CoveredAtAsync(repository, look.Branch, commit, cancellation) is { } branch)
        {
            return new DeploymentRuling(Verdict.Allowed, $"`{Words.Plain(branch)}` is covered up to `{commit.Short}`");
        }

        return await AtHeadAsync(look, cancellation)
            ?? await AheadAsync(look, cancellation)
            ?? await OfChangesAsync(look, tree, cancellation)
            ?? No($"no ruling covers `{commit.Short}`; {Right(look)}");
    }

    // Like the status of a commit with several change requests: the strictest of the open ones counts, whatever a merged one says.
    private async Task<DeploymentRuling?> AtHeadAsync(Look look, CancellationToken cancellation)
    {
        var there = await reader.ChangesAtAsync(look.Question.Repository, look.Question.Commit, cancellation);
        var strictest = there.Where(one => look.Branch is null || one.Change.TargetBranch == look.Branch)
            .OrderBy(one => one.Change.State == ChangeState.Open ? 0 : 1).ThenBy(VerdictOf).ThenBy(one => one.Change.Key.Number)
            .FirstOrDefault();
        if (strictest is null) return null;
        var (change, latest) = (strictest.Change, strictest.Latest);
        var number = $"`#{change.Key.Number}`";
        var verdict = VerdictOf(strictest);
        if (verdict == Verdict.Allowed) return await OnCoveredAsync(look, change, latest!, cancellation);
        if (verdict == Verdict.Held && change.State == ChangeState.Open)
        {
            var why = IsOfHead(strictest) ? latest!.Summary : "not judged yet at its head";
            return Of(Verdict.Held, $"waits for {number}: {why}", change.Key, latest);
        }

        return verdict == Verdict.Held
            ? Of(Verdict.Denied, $"{number} ended before it was allowed; {Right(look)}", change.Key, latest)
            : Of(Verdict.Denied, $"{number} is not allowed: {latest!.Summary}", change.Key, latest);
    }

    // What lies below the head was judged with it only down to its merge base.
    private async Task<DeploymentRuling> OnCoveredAsync(Look look, ChangeRequest change, Ruling ruling, CancellationToken cancellation)
    {
        var (connection, repository) = (look.Reach.Connection, look.Question.Repository);
        var (number, branch, below) = ($"`#{change.Key.Number}`", change.TargetBranch, ruling.MergeBase);
        // As for pushes, what a branch held when the gate first heard of it is trusted.
        var isCovered = await branches.OfAsync(repository, branch, cancellation) is null
            || await branches.CoveredAtAsync(repository, branch, below, cancellation) is not null
            || (await branches.FirstCoveredAsync(repository, branch, cancellation) is { IsNone: false } first
                && !below.IsNone && await mirror.HoldsAsync(connection, repository, first, below, cancellation));
        return isCovered
            ? Of(Verdict.Allowed, $"{number} is allowed: {ruling.Summary}", change.Key, ruling)
            : Of(
                Verdict.Denied,
                $"{number} is allowed, but stands on a commit up to which `{Words.Plain(branch)}` is not covered; "
                    + $"bring it up to date, or {Right(look)}",
                change.Key, ruling);
    }

    // Merged a moment ago: the webhook of its push may come after the question.
    private async Task<DeploymentRuling?> AheadAsync(Look look, CancellationToken cancellation)
    {
        var (repository, commit) = (look.Question.Repository, look.Question.Commit);
        foreach (var standing in await StandingsAsync(look, cancellation))
        {
            var push = new Concern.Push(repository, standing.Branch, standing.Covered, commit, IsForced: false, Pusher: "");
            var report = await coverage.CoverAsync(look.Reach, push, look.Now, cancellation);
            if (report.Kind is not (CoverageKind.Covered or CoverageKind.Restored)) continue;
            var reason = $"`{commit.Short}` is covered on top of `{Words.Plain(standing.Branch)}`";
            return report.Steps.LastOrDefault() is { } step
                ? Of(Verdict.Allowed, $"{reason} by `#{step.Change.Change.Key.Number}`", step.Change.Change.Key, step.Ruling)
                : new DeploymentRuling(Verdict.Allowed, reason);
        }

        return null;
    }

    private async Task<ImmutableArray<BranchStanding>> StandingsAsync(Look look, CancellationToken cancellation)
    {
        var repository = look.Question.Repository;
        var all = look.Branch is not { } branch ? await branches.OfRepositoryAsync(repository, MaxBranches, cancellation)
            : await branches.OfAsync(repository, branch, cancellation) is { } one ? [one] : [];
        return [.. all.Where(standing => !standing.Covered.IsNone)];
    }

    /// <summary>What the change requests say that the forge ties to the commit, which is the recorded head of none of them.</summary>
    private async Task<DeploymentRuling?> OfChangesAsync(Look look, string tree, CancellationToken cancellation)
    {
        var question = look.Question;
        ChangeKey? unknown = null;
        foreach (var key in await look.Reach.Forge.ChangesOfAsync(
            look.Reach.Connection, question.Repository, question.Commit, cancellation))
        {
            var known = await reader.ChangeAsync(key, cancellation);
            // Looked at before the question came: its head may have moved to the commit since.
            if (known is null || (known.Change.State == ChangeState.Open && known.UpdatedAt <= question.AskedAt)) unknown ??= key;
            if (known is not null && await IsFirstMergeAsync(look, known, tree, cancellation))
            {
                return Of(Verdict.Allowed, $"`{question.Commit.Short}` is the merge of `#{key.Number}`", key, known.Latest);
            }
        }

        return unknown is { } one ? Of(Verdict.Held, $"waits until `#{one.Number}` is judged at `{question.Commit.Short}`", one, null) : null;
    }

    // Of a branch to which no push was walked yet, nothing is known but where the change was judged from: it must be merged right there.
    private async Task<bool> IsFirstMergeAsync(Look look, ChangeSummary known, string tree, CancellationToken cancellation)
    {
        var (connection, repository, branch) = (look.Reach.Connection, look.Question.Repository, known.Change.TargetBranch);
        if (known.Latest is not { Verdict: Verdict.Allowed } ruling || VerdictOf(known) != Verdict.Allowed || ruling.MergeBase.IsNone) return false;
        if ((look.Branch ?? branch) != branch || await branches.OfAsync(repository, branch, cancellation) is not null) return false;
        var commits = await mirror.PushedAsync(connection, repository, branch, default, look.Question.Commit, cancellation);
        return commits is [var only] && only.FirstParent == ruling.MergeBase
            && await mirror.MergedTreeAsync(connection, repository, ruling.MergeBase, known.Change.Head, cancellation) == tree;
    }

    private static bool IsOfHead(ChangeSummary one) =>
        one.Latest is { } ruling && ruling.Revision.Head == one.Change.Head && ruling.TargetBranch == one.Change.TargetBranch;

    private static Verdict VerdictOf(ChangeSummary one) => IsOfHead(one) ? one.Latest!.Verdict : Verdict.Held;

    private static string Right(Look look) => look.Branch is { } branch
        ? $"deploy a commit up to which `{Words.Plain(branch)}` is covered"
        : "merge it by an allowed change request, or deploy a commit up to which a guarded branch is covered";

    private static bool IsSame(RepositoryKey one, RepositoryKey other) =>
        one.Connection == other.Connection && string.Equals(one.Path, other.Path, StringComparison.OrdinalIgnoreCase);

    private static DeploymentRuling No(string reason) => new(Verdict.Denied, reason);

    private static DeploymentRuling Of(Verdict verdict, string reason, ChangeKey change, Ruling? ruling) =>
        new(verdict, reason) { Change = change, Ruling = ruling };

    /// <param name="Branch">The branch of the environment of the same name in <c>gate.yaml</c>, or null when there is none.</param>
    private sealed record Look(Reach Reach, DeploymentQuestion Question, string? Branch, DateTimeOffset Now);
}
