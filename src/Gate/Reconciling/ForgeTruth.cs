using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Reconciling;

/// <summary>What a forge had at one moment.</summary>
/// <param name="AskedAt">The moment before the first question: what was recorded later may be newer than this.</param>
/// <param name="Open">The open change requests, by number.</param>
/// <param name="Tips">The tips of the branches that matter; none for a branch that is not there.</param>
public sealed record ForgeTruth(DateTimeOffset AskedAt, ImmutableArray<OpenChange> Open, ImmutableArray<(string Branch, CommitId Tip)> Tips);

/// <summary>Asks a forge for what a round compares. Safe to call concurrently.</summary>
public sealed class ForgeSurvey(GateConfiguration configuration, IReconcileStore store, TimeProvider clock)
{
    /// <summary>How many branches of one repository are asked for in one round.</summary>
    public const int MostBranches = 200;

    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    public async Task<ForgeTruth> AskAsync(Reach reach, RepositoryKey repository, CancellationToken cancellation)
    {
        var at = clock.GetUtcNow();
        var (forge, connection) = reach;
        var open = await forge.OpenChangesAsync(connection, repository, cancellation);
        var tips = ImmutableArray.CreateBuilder<(string, CommitId)>();
        foreach (var branch in await BranchesAsync(repository, open, cancellation))
        {
            tips.Add((branch, await forge.TipAsync(connection, repository, branch, cancellation)));
        }

        return new ForgeTruth(at, open, tips.ToImmutable());
    }

    // Those that something is deployed from, those that are guarded, and those that somebody asks to merge into: their rules may change.
    private async Task<IEnumerable<string>> BranchesAsync(
        RepositoryKey repository, ImmutableArray<OpenChange> open, CancellationToken cancellation)
    {
        var known = await store.TipsAsync(repository, cancellation);
        return Deployed(configuration, repository)
            .Concat(known.Where(tip => tip.IsGuarded).Select(tip => tip.Branch))
            .Concat(open.Select(change => change.TargetBranch))
            .Where(branch => branch.Length > 0).Distinct(StringComparer.Ordinal).Take(MostBranches);
    }

    // Forges take a repository's name in either case of letters.
    private static IEnumerable<string> Deployed(GateConfiguration configuration, RepositoryKey repository) =>
        from environment in configuration.Environments
        where environment.Repository.Connection == repository.Connection
            && string.Equals(environment.Repository.Path, repository.Path, StringComparison.OrdinalIgnoreCase)
        select environment.Branch;
}
