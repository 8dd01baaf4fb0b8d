using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Audit.Mirrors;

/// <summary>
/// The tiles of one signed head, from a source that may lie: the partial ones are believed when together they give the root, each full one when
/// its root is the hash above it. Keeps what it read, so it is for the few tiles of a proof. Not safe to share between threads.
/// </summary>
internal sealed class SignedTiles(SourceTiles source, Checkpoint head)
{
    private readonly Dictionary<TilePath, ReadOnlyMemory<byte>> _believed = [];

    /// <summary>The partial tiles; asked for before any other.</summary>
    /// <exception cref="LogRefusedException">They do not give the signed root.</exception>
    public async Task<IReadOnlyList<(TilePath Path, ReadOnlyMemory<byte> Hashes)>> EdgeAsync(CancellationToken cancellation)
    {
        var edge = new List<(TilePath, ReadOnlyMemory<byte>)>();
        var hashes = new SubtreeHashes(head.Size, async (path, stopping) =>
        {
            var tile = await source.ReadAsync(path, stopping);
            edge.Add((path, tile));
            return tile;
        });
        var root = await hashes.OfAsync(0, head.Size, cancellation);
        if (!head.Root.Span.SequenceEqual(root)) throw new LogRefusedException($"the tiles do not give the root that is signed for {head.Size} entries");
        foreach (var (path, tile) in edge) _believed[path] = tile;
        return edge;
    }

    /// <summary>A tile of hashes.</summary>
    /// <exception cref="LogRefusedException">It is not what the head holds there.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(TilePath path, CancellationToken cancellation)
    {
        if (_believed.TryGetValue(path, out var known)) return known;
        var tile = await source.ReadAsync(path, cancellation);
        var above = new TilePath(path.Level + 1, path.Index / TiledTree.Width, Width(path.Level + 1, path.Index / TiledTree.Width));
        var hashes = await ReadAsync(above, cancellation);
        var expected = hashes.Slice((int)(path.Index % TiledTree.Width) * MerkleTree.HashLength, MerkleTree.HashLength);
        if (!expected.Span.SequenceEqual(TiledTree.RootOf(tile.Span))) throw new LogRefusedException($"`{path}` is not what the signed tree holds there");
        return _believed[path] = tile;
    }

    private int Width(int level, long index) => (int)Math.Min(TiledTree.Width, (head.Size >> (8 * level)) - (index * TiledTree.Width));
}
