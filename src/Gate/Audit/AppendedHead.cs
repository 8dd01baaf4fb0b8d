using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Audit;

/// <summary>
/// The head that a batch of entries gave the log, with the hashes that proofs of its entries need: whoever appended can show at once that what was
/// appended stands in the tree, and nothing is read for it. Never changes; safe to call concurrently.
/// </summary>
public sealed class AppendedHead
{
    private readonly TiledTree _tree;
    private readonly Dictionary<(int Level, long Index), Tile> _full;

    /// <param name="from">The index of the first entry of the batch.</param>
    /// <param name="tree">The tree with the batch; it does not grow any more.</param>
    /// <param name="full">The tiles that the batch made full.</param>
    public AppendedHead(long from, TiledTree tree, IEnumerable<Tile> full) =>
        (From, Root, _tree, _full) = (from, tree.Root(), tree, full.ToDictionary(tile => (tile.Level, tile.Index)));

    /// <summary>The index of the first entry of the batch.</summary>
    public long From { get; }

    /// <summary>How many entries the log has with the batch.</summary>
    public long Size => _tree.Size;

    /// <summary>The root over them: 32 bytes (RFC 6962 §2.1).</summary>
    public ReadOnlyMemory<byte> Root { get; }

    /// <summary>The leaf hash of an entry of the batch.</summary>
    public ReadOnlyMemory<byte> LeafHash(long index)
    {
        Check(index);
        var width = (int)Math.Min(TiledTree.Width, Size - (index / TiledTree.Width * TiledTree.Width));
        return Hashes(new TilePath(0, index / TiledTree.Width, width)).Slice((int)(index % TiledTree.Width) * MerkleTree.HashLength, MerkleTree.HashLength);
    }

    /// <summary>The hashes that lead from an entry of the batch to the root.</summary>
    public Task<IReadOnlyList<byte[]>> InclusionAsync(long index, CancellationToken cancellation)
    {
        Check(index);
        // A tile with anything at or behind the batch's first entry was either made full by the batch or is still open: the tree has it.
        return TreeProofs.InclusionAsync(new SubtreeHashes(Size, (path, _) => Task.FromResult(Hashes(path))), index, Size, cancellation);
    }

    private void Check(long index)
    {
        if (index < From || index >= Size)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"the batch holds the entries {From} to {Size - 1}");
    }

    private ReadOnlyMemory<byte> Hashes(TilePath path) =>
        _full.TryGetValue((path.Level, path.Index), out var tile) ? tile.Hashes[..(path.Width * MerkleTree.HashLength)] : _tree.Open(path.Level, path.Width);
}
