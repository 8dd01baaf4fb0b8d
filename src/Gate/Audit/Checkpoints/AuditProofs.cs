using GitOpsGate.Audit.Tiles;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Checkpoints;

/// <summary>Proofs from the stored log. Safe to call concurrently.</summary>
public sealed class AuditProofs(IAuditReader reader)
{
    /// <summary>The root of the first entries.</summary>
    /// <exception cref="InvalidDataException">The log has not so many, or a tile of it is not whole.</exception>
    public Task<byte[]> RootAsync(long size, CancellationToken cancellation) => Subtrees(size).OfAsync(0, size, cancellation);

    /// <summary>The hashes that lead from an entry to the root of a size.</summary>
    /// <exception cref="InvalidDataException">The log has not so many, or a tile of it is not whole.</exception>
    public Task<IReadOnlyList<byte[]>> InclusionAsync(long index, long size, CancellationToken cancellation) =>
        TreeProofs.InclusionAsync(Subtrees(size), index, size, cancellation);

    /// <summary>The hashes that show that one size continues another.</summary>
    /// <exception cref="InvalidDataException">The log has not so many, or a tile of it is not whole.</exception>
    public Task<IReadOnlyList<byte[]>> ConsistencyAsync(long oldSize, long newSize, CancellationToken cancellation) =>
        TreeProofs.ConsistencyAsync(Subtrees(newSize), oldSize, newSize, cancellation);

    /// <summary>The hashes that show that selected entries are what the log holds at their places.</summary>
    /// <exception cref="InvalidDataException">The log has not so many, or a tile of it is not whole.</exception>
    public Task<IReadOnlyList<byte[]>> MultiAsync(Selection selected, long size, CancellationToken cancellation) =>
        TreeProofs.MultiAsync(Subtrees(size), selected, size, cancellation);

    private SubtreeHashes Subtrees(long size) => new(size, async (path, cancellation) =>
        await reader.TileAsync(path, cancellation) ?? throw new InvalidDataException($"the audit log has no `{path}`: verify the log"));
}
