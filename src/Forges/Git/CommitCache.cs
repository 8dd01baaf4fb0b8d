using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.Git;

/// <summary>What the history's shape is made of.</summary>
internal sealed record CommitNode(CommitId Id, string Tree, ImmutableArray<CommitId> Parents, DateTimeOffset CommittedAt);

/// <summary>The nodes that were read before, a bounded number. Safe to call concurrently.</summary>
internal sealed class CommitCache
{
    private const int Most = 20_000;
    private const int LargestCommit = 1024 * 1024;

    private readonly ConcurrentDictionary<CommitId, CommitNode> _known = new();

    /// <summary>The node, or null when there is no such commit or it is too large to be read.</summary>
    public async Task<CommitNode?> FindAsync(GitObjects objects, CommitId id, CancellationToken cancellation)
    {
        if (_known.TryGetValue(id, out var known)) return known;
        if (await RawAsync(objects, id, cancellation) is not { } bytes) return null;
        var (commit, tree, _) = CommitList.Raw(id, bytes);
        var node = new CommitNode(id, tree, commit.Parents, commit.CommittedAt);
        if (_known.Count >= Most) _known.Clear();
        return _known[id] = node;
    }

    /// <summary>The bytes of a commit, or null when there is no such commit or it is too large to be read.</summary>
    public static Task<byte[]?> RawAsync(GitObjects objects, CommitId id, CancellationToken cancellation) =>
        objects.FindAsync(id.Value, "commit", LargestCommit, cancellation);
}
