namespace GitOpsGate.Audit.Tiles;

/// <summary>
/// Gives the hash of any subtree of a log from its stored tiles: whole tiles are read, what is inside one is computed. What it reads it keeps,
/// so one instance answers for one proof, or a few. Not safe to share between threads.
/// </summary>
/// <param name="size">The tree's size: nothing beyond it is asked for.</param>
/// <param name="read">Gives a tile's hashes: its width × 32 bytes.</param>
public sealed class SubtreeHashes(long size, Func<TilePath, CancellationToken, Task<ReadOnlyMemory<byte>>> read)
{
    private const int Height = 8;
    private readonly Dictionary<(int Level, long Index), ReadOnlyMemory<byte>> _tiles = [];

    /// <summary>The root of the leaves <c>[from, to)</c> of the tree (RFC 6962 §2.1: MTH).</summary>
    public async Task<byte[]> OfAsync(long from, long to, CancellationToken cancellation)
    {
        if (to == from) return MerkleTree.EmptyRoot.ToArray();
        var count = to - from;
        if (long.IsPow2(count) && from % count == 0) return await PerfectAsync(from, count, cancellation);
        var left = MerkleProof.Split(count);
        var (one, other) = (await OfAsync(from, from + left, cancellation), await OfAsync(from + left, to, cancellation));
        return MerkleTree.NodeHash(one, other);
    }

    private async Task<byte[]> PerfectAsync(long from, long count, CancellationToken cancellation)
    {
        var height = long.Log2(count);
        var (level, inside) = ((int)(height / Height), (int)(height % Height));
        var first = from >> (Height * level);
        var index = first / TiledTree.Width;
        if (!_tiles.TryGetValue((level, index), out var hashes))
        {
            var width = (int)Math.Min(TiledTree.Width, (size >> (Height * level)) - (index * TiledTree.Width));
            hashes = await read(new TilePath(level, index, width), cancellation);
            if (hashes.Length != width * MerkleTree.HashLength)
                throw new InvalidDataException($"`{new TilePath(level, index, width)}` should hold {width} hashes, and holds {hashes.Length} bytes");
            _tiles[(level, index)] = hashes;
        }

        return Fold(hashes.Span.Slice((int)(first % TiledTree.Width) * MerkleTree.HashLength, (1 << inside) * MerkleTree.HashLength));
    }

    private static byte[] Fold(ReadOnlySpan<byte> hashes)
    {
        var room = hashes.ToArray();
        for (var count = room.Length / MerkleTree.HashLength; count > 1; count /= 2)
        {
            for (var at = 0; at < count / 2; at++)
            {
                MerkleTree.NodeHash(
                    room.AsSpan(2 * at * MerkleTree.HashLength, MerkleTree.HashLength), room.AsSpan(((2 * at) + 1) * MerkleTree.HashLength, MerkleTree.HashLength),
                    room.AsSpan(at * MerkleTree.HashLength, MerkleTree.HashLength));
            }
        }

        return room[..MerkleTree.HashLength];
    }
}
