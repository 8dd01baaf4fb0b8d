using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Audit.Mirrors;

/// <summary>Asks a source for tiles and bundles of entries, of the width that is asked for and no other. Safe to call concurrently.</summary>
internal sealed class SourceTiles(ILogSource source)
{
    // Entries have at most 65,535 bytes each, and two for their length.
    private const int MostOfBundle = TiledTree.Width * (ushort.MaxValue + 2);

    /// <summary>How many bytes a file has at most.</summary>
    public static int Most(TilePath path) => path.Level == TilePath.Entries ? MostOfBundle : path.Width * MerkleTree.HashLength;

    /// <summary>The bytes of a tile or a bundle.</summary>
    /// <exception cref="LogRefusedException">It is not there, or has another width.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(TilePath path, CancellationToken cancellation)
    {
        if (await source.ReadAsync(path.ToString(), Most(path), cancellation) is { } found) return Of(path, found);
        // A log may take a partial file away as soon as the full one is there.
        var whole = path with { Width = TiledTree.Width };
        if (!path.IsFull && await source.ReadAsync(whole.ToString(), Most(whole), cancellation) is { } full) return Beginning(path, Of(whole, full));
        throw new LogRefusedException($"`{path}` is missing");
    }

    /// <summary>The hashes of the leaves in a bundle.</summary>
    /// <exception cref="FormatException">It is no bundle.</exception>
    public static IEnumerable<byte> LeafHashes(ReadOnlyMemory<byte> bundle) =>
        EntryBundle.Read(bundle).SelectMany(entry => MerkleTree.LeafHash(entry.Span));

    private static ReadOnlyMemory<byte> Of(TilePath path, byte[] bytes)
    {
        var count = path.Level == TilePath.Entries ? Count(path, bytes) : bytes.Length / MerkleTree.HashLength;
        var isWhole = path.Level == TilePath.Entries || bytes.Length % MerkleTree.HashLength == 0;
        return count == path.Width && isWhole ? bytes : throw new LogRefusedException($"`{path}` should hold {path.Width}, and holds {count} ({bytes.Length} bytes)");
    }

    private static int Count(TilePath path, byte[] bundle)
    {
        try
        {
            return EntryBundle.Read(bundle).Count;
        }
        catch (FormatException trouble)
        {
            throw new LogRefusedException($"`{path}`: {trouble.Message}", trouble);
        }
    }

    private static ReadOnlyMemory<byte> Beginning(TilePath path, ReadOnlyMemory<byte> full) => path.Level == TilePath.Entries
        ? EntryBundle.Write(EntryBundle.Read(full).Take(path.Width))
        : full[..(path.Width * MerkleTree.HashLength)];
}
