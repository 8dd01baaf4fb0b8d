using GitOpsGate.Audit;
using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>A log that keeps its leaves, and its tiles as a database would: full ones of what the tree gave out, and computed from them.</summary>
internal sealed class InMemoryLog
{
    private readonly IReadOnlyList<byte[]> _entries;
    private readonly List<Tile> _full = [];

    public InMemoryLog(IReadOnlyList<byte[]> entries)
    {
        _entries = entries;
        Hashes = [.. entries.Select(entry => MerkleTree.LeafHash(entry))];
        var tree = new TiledTree();
        foreach (var hash in Hashes) tree.Append(hash, _full);
        Root = tree.Root();
    }

    public byte[][] Hashes { get; }

    public byte[] Root { get; }

    public SubtreeHashes Subtrees(long size) => new(size, (path, _) => TileAsync(path));

    public Task<byte[]> RootAsync(long size) => Subtrees(size).OfAsync(0, size, CancellationToken.None);

    public (long, byte[])[] Leaves(long from, long to) => [.. Enumerable.Range((int)from, (int)(to - from)).Select(index => ((long)index, Hashes[index]))];

    public ReadOnlyMemory<byte> Bundle(TilePath path) =>
        EntryBundle.Write(_entries.Skip((int)path.Index * TiledTree.Width).Take(path.Width).Select(entry => (ReadOnlyMemory<byte>)entry));

    /// <summary>A tile of any width: leaf hashes, or the roots of the full tiles below.</summary>
    public Task<ReadOnlyMemory<byte>> TileAsync(TilePath path)
    {
        var first = (int)path.Index * TiledTree.Width;
        var hashes = path.Level == 0
            ? Hashes.Skip(first).Take(path.Width)
            : _full.Where(tile => tile.Level == path.Level - 1).Skip(first).Take(path.Width).Select(tile => tile.Root.ToArray());
        return Task.FromResult<ReadOnlyMemory<byte>>(hashes.SelectMany(hash => hash).ToArray());
    }
}
