namespace GitOpsGate.Audit;

/// <summary>A full tile: 256 hashes of one level (C2SP tlog-tiles, height 8).</summary>
/// <param name="Level">0 for leaf hashes; one level up, each hash is the root of a tile below.</param>
/// <param name="Index">Which tile of its level, from 0.</param>
/// <param name="Hashes">256 × 32 bytes.</param>
/// <param name="Root">The root of the subtree over these hashes.</param>
public sealed record Tile(int Level, long Index, ReadOnlyMemory<byte> Hashes, ReadOnlyMemory<byte> Root);

/// <summary>
/// A tree that grows leaf by leaf, knows its root, and gives out each tile in the moment it becomes full; partial tiles are never given
/// out, so what is stored is never changed. Not safe to share between threads.
/// </summary>
public sealed class TiledTree
{
    /// <summary>Hashes in a tile.</summary>
    public const int Width = 256;

    private const int Height = 8;
    private readonly List<byte[]> _open;
    private readonly Frontier _frontier;

    public TiledTree()
        : this(new Frontier(), [])
    {
    }

    private TiledTree(Frontier frontier, List<byte[]> open) => (_frontier, _open) = (frontier, open);

    /// <summary>How many leaves the tree has.</summary>
    public long Size => _frontier.Size;

    /// <summary>How many levels of tiles a tree of this size has hashes for.</summary>
    public static int Levels(long size)
    {
        var levels = 0;
        for (var count = size; count > 0; count >>= Height) levels++;
        return levels;
    }

    /// <summary>The hashes of a level that stand in no full tile yet: from which one on, and how many.</summary>
    public static (long From, int Count) OpenHashes(long size, int level)
    {
        var all = size >> (Height * level);
        return (all - (all % Width), (int)(all % Width));
    }

    /// <summary>Builds the tree of a size anew.</summary>
    /// <param name="open">Gives the hashes of a level that stand in no full tile: level, from which one, how many → count × 32 bytes.</param>
    public static TiledTree Restore(long size, Func<int, long, int, byte[]> open)
    {
        var levels = new List<byte[]>();
        for (var level = 0; level < Levels(size); level++)
        {
            var (from, count) = OpenHashes(size, level);
            var hashes = count == 0 ? [] : open(level, from, count);
            if (hashes.Length != count * MerkleTree.HashLength)
                throw new InvalidDataException($"level {level} of the tree should hold {count} open hashes from {from} on");
            var room = new byte[Width * MerkleTree.HashLength];
            hashes.CopyTo(room, 0);
            levels.Add(room);
        }

        var frontier = new Frontier();
        for (var level = levels.Count - 1; level >= 0; level--)
        {
            var (_, count) = OpenHashes(size, level);
            for (var at = 0; at < count; at++) frontier.AppendSubtree(Hash(levels[level], at), 1L << (Height * level));
        }

        return new TiledTree(frontier, levels);
    }

    public byte[] Root() => _frontier.Root();

    /// <summary>Adds a leaf.</summary>
    /// <param name="full">Takes the tiles that this leaf made full, the lowest first.</param>
    public void Append(ReadOnlySpan<byte> leafHash, ICollection<Tile> full)
    {
        var count = Size;
        _frontier.Append(leafHash);
        var hash = leafHash;
        for (var level = 0; ; level++, count >>= Height)
        {
            if (level == _open.Count) _open.Add(new byte[Width * MerkleTree.HashLength]);
            var at = (int)(count % Width);
            hash.CopyTo(Hash(_open[level], at));
            if (at != Width - 1) return;
            var tile = new Tile(level, count / Width, _open[level].ToArray(), RootOf(_open[level]));
            full.Add(tile);
            hash = tile.Root.Span;
        }
    }

    /// <summary>The first hashes of a level's tile that is not full.</summary>
    public ReadOnlyMemory<byte> Open(int level, int width) => _open[level].AsMemory(0, width * MerkleTree.HashLength);

    /// <summary>A tree that may grow without this one.</summary>
    public TiledTree Copy() => new(_frontier.Copy(), [.. _open.Select(level => level.ToArray())]);

    /// <summary>The root over the 256 hashes of a full tile.</summary>
    public static byte[] RootOf(ReadOnlySpan<byte> hashes)
    {
        var room = hashes.ToArray();
        for (var count = Width; count > 1; count /= 2)
        {
            for (var at = 0; at < count / 2; at++) MerkleTree.NodeHash(Hash(room, 2 * at), Hash(room, (2 * at) + 1), Hash(room, at));
        }

        return room[..MerkleTree.HashLength];
    }

    private static Span<byte> Hash(byte[] hashes, int at) => hashes.AsSpan(at * MerkleTree.HashLength, MerkleTree.HashLength);
}
