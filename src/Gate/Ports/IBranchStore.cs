using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Rulings;

namespace GitOpsGate.Ports;

/// <summary>
/// How far the guarded branches are covered. A walk moves a branch with its record (<see cref="Record.Branch"/>); an adoption moves it
/// here. Safe to call concurrently.
/// </summary>
public interface IBranchStore
{
    /// <summary>How a branch stands, or null when no push to it was walked yet.</summary>
    Task<BranchStanding?> OfAsync(RepositoryKey repository, string branch, CancellationToken cancellation);

    /// <summary>The guarded branches of a repository, those that moved last first.</summary>
    Task<ImmutableArray<BranchStanding>> OfRepositoryAsync(RepositoryKey repository, int limit, CancellationToken cancellation);

    /// <summary>
    /// The name of a branch that was once covered exactly up to this commit, or null when there is none. What merely lies below such a
    /// commit is not meant.
    /// </summary>
    /// <param name="branch">The only branch to look at, or null for every one of the repository.</param>
    Task<string?> CoveredAtAsync(RepositoryKey repository, string? branch, CommitId commit, CancellationToken cancellation);

    /// <summary>The first commit up to which a branch is known to have been covered; none when there is none.</summary>
    Task<CommitId> FirstCoveredAsync(RepositoryKey repository, string branch, CancellationToken cancellation);

    /// <summary>The branches from which nothing is dispatched, those held longest first.</summary>
    Task<ImmutableArray<BranchStanding>> HeldAsync(int limit, CancellationToken cancellation);

    /// <summary>
    /// Takes a held branch as covered up to the tip that was last told. Durable on return. False when the branch is not held, or when its
    /// tip is not <paramref name="tip"/> any more: nobody adopts what they have not seen. Nothing is dispatched by it.
    /// </summary>
    Task<bool> AdoptAsync(RepositoryKey repository, string branch, CommitId tip, DateTimeOffset now, CancellationToken cancellation);
}

/// <summary>A branch was moved by somebody else while a walk looked at it; nothing was recorded, and the walk is to be tried again.</summary>
public sealed class BranchMovedException(string branch) : Exception($"`{branch}` was moved by somebody else in the meantime");
