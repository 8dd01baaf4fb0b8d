using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Ports;

/// <summary>
/// Where the gate's credentials reach no more, as forges have said it: an app that was suspended, a repository that was taken out of its
/// installation, or that has another name now. Durable on return. Safe to call concurrently.
/// </summary>
public interface IAccessStore
{
    /// <summary>All of them, by place.</summary>
    Task<ImmutableArray<LostAccess>> LostAsync(CancellationToken cancellation);

    /// <summary>Keeps one; what was kept of the same place is replaced.</summary>
    Task LoseAsync(LostAccess lost, CancellationToken cancellation);

    /// <summary>Forgets what is kept of this place, and of nothing beside it; harmless when there is nothing.</summary>
    Task RegainAsync(RepositoryKey place, CancellationToken cancellation);
}

/// <summary>A place that the gate's credentials do not reach.</summary>
/// <param name="Place">A repository; or all of an owner, whose name then stands for the path.</param>
/// <param name="Why">In a sentence without a full stop.</param>
/// <param name="MovedTo">The path that the repository has now, or null.</param>
public sealed record LostAccess(RepositoryKey Place, string Why, DateTimeOffset Since, string? MovedTo)
{
    /// <summary>Whether this is about a repository, by itself or by its owner. Forges take names in either case of letters.</summary>
    public bool Covers(RepositoryKey repository)
    {
        if (repository.Connection != Place.Connection) return false;
        if (string.Equals(repository.Path, Place.Path, StringComparison.OrdinalIgnoreCase)) return true;
        var isOwner = !Place.Path.Contains('/', StringComparison.Ordinal);
        return isOwner && repository.Path.StartsWith($"{Place.Path}/", StringComparison.OrdinalIgnoreCase);
    }
}
