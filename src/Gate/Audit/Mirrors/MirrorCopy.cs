using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Audit.Mirrors;

/// <summary>What a run of <see cref="MirrorCopy"/> did.</summary>
/// <param name="Head">What the copy holds now.</param>
/// <param name="Before">How many entries it held before.</param>
/// <param name="Files">How many files were written.</param>
/// <param name="Bytes">What they hold together.</param>
public sealed record MirrorReport(Checkpoint Head, long Before, long Files, long Bytes);

/// <summary>
/// Brings a folder up to a log's head. The signed checkpoint must continue what the folder holds; from its root downwards every tile is held
/// against the hash above it, and every bundle of entries against its tile, before it is written. So a run that is broken off leaves nothing
/// false behind, and the next one goes on where it stopped. Not for two runs at a time.
/// </summary>
public sealed class MirrorCopy
{
    /// <summary>How many new entries are taken in one run when nothing else is said: a signed size is still somebody's word.</summary>
    public const long UsualMost = 100_000_000;

    private const int AtOnce = 4;
    private readonly ILogSource _source;
    private readonly SourceTiles _tiles;
    private readonly MirrorFolder _folder;
    private readonly LogKeys _keys;
    private long _files;
    private long _bytes;

    /// <param name="source">The log; the folder itself, to check it.</param>
    /// <param name="keys">What the log is known by, from elsewhere than the source.</param>
    public MirrorCopy(ILogSource source, MirrorFolder folder, LogKeys keys) =>
        (_source, _tiles, _folder, _keys) = (source, new SourceTiles(source), folder, keys);

    /// <summary>How many new entries are taken at most.</summary>
    public long Most { get; init; } = UsualMost;

    /// <summary>Whether what earlier runs have verified is verified again, and asked for again where it is damaged.</summary>
    public bool IsAgain { get; init; }

    /// <summary>Copies what is missing.</summary>
    /// <exception cref="LogRefusedException">The log is not what its checkpoint says, or not the one that was copied before. The head of the copy
    /// stays what it was.</exception>
    /// <exception cref="IOException">The source cannot be asked, or the folder not be written.</exception>
    public async Task<MirrorReport> RunAsync(CancellationToken cancellation)
    {
        var kept = Kept();
        var bytes = await _source.ReadAsync(MirrorFolder.CheckpointName, SignedNote.MaxLength, cancellation)
            ?? throw new LogRefusedException("there is no checkpoint: the log is empty, or this is not its address");
        var (note, head) = Read(bytes);
        var before = kept?.Size ?? 0;
        if (head.Size < before) throw await ShrankAsync(kept!, head, cancellation);
        if (head.Size - before > Most) throw new LogRefusedException($"the log has {head.Size - before} new entries, at most {Most} are taken in one run");
        var signed = new SignedTiles(_tiles, head);
        var edge = await signed.EdgeAsync(cancellation);
        if (before > 0 && !await ContinuesAsync(kept!, head, signed, cancellation)) throw Forked(before);
        foreach (var (path, tile) in edge)
        {
            if (await KeptAsync(path, cancellation) is { } there && there.AsSpan().SequenceEqual(tile.Span)) continue;
            await WriteAsync(path, tile, cancellation);
        }

        var verified = IsAgain ? 0 : before;
        for (var level = TiledTree.Levels(head.Size) - 1; level >= TilePath.Entries; level--) await LevelAsync(level, head.Size, verified, cancellation);
        if (_folder.Newest()?.ToString() != note.ToString()) _folder.Write(note);
        if (before < head.Size) Tidy(before, head.Size);
        return new MirrorReport(head, before, _files, _bytes);
    }

    private Checkpoint? Kept()
    {
        try
        {
            return _folder.Newest() is { } note ? _keys.Verify(note) : null;
        }
        catch (FormatException trouble)
        {
            throw new LogRefusedException($"the copy's own checkpoint, `{_folder.Path}`: {trouble.Message}", trouble);
        }
    }

    private (SignedNote Note, Checkpoint Head) Read(byte[] bytes)
    {
        try
        {
            var note = SignedNote.Parse(bytes);
            return (note, _keys.Verify(note));
        }
        catch (FormatException trouble)
        {
            throw new LogRefusedException($"the log's checkpoint: {trouble.Message}", trouble);
        }
    }

    private static async Task<bool> ContinuesAsync(Checkpoint kept, Checkpoint head, SignedTiles tiles, CancellationToken cancellation)
    {
        var proof = await TreeProofs.ConsistencyAsync(new SubtreeHashes(head.Size, tiles.ReadAsync), kept.Size, head.Size, cancellation);
        return MerkleProof.VerifyConsistency(kept.Size, head.Size, kept.Root.Span, head.Root.Span, proof);
    }

    private async Task<LogRefusedException> ShrankAsync(Checkpoint kept, Checkpoint head, CancellationToken cancellation)
    {
        var mine = await new SubtreeHashes(kept.Size, new SourceTiles(_folder).ReadAsync).OfAsync(0, head.Size, cancellation);
        return head.Root.Span.SequenceEqual(mine)
            ? new LogRefusedException($"the log shrank: it gives {head.Size} entries, and {kept.Size} were copied already; it was put back, or answers with an older state")
            : Forked(head.Size);
    }

    /// <summary>The full tiles of a level below the hashes above them; or the bundles of entries below their tiles.</summary>
    private Task LevelAsync(int level, long size, long verified, CancellationToken cancellation) => Parallel.ForEachAsync(
        Paths(level, size, verified), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
        async (path, stopping) =>
        {
            var expected = await AboveAsync(path, size, stopping);
            if (await KeptAsync(path, stopping) is { } there && IsRight(path, there, expected.Span)) return;
            var given = await _tiles.ReadAsync(path, stopping);
            if (!IsRight(path, given, expected.Span)) throw new LogRefusedException($"`{path}` is not what the signed tree holds there");
            await WriteAsync(path, given, stopping);
        });

    /// <summary>What there is on a level, but for what earlier runs have verified, and for partial tiles.</summary>
    private static IEnumerable<TilePath> Paths(int level, long size, long verified)
    {
        var isBundle = level == TilePath.Entries;
        var height = 8 * (isBundle ? 0 : level);
        var count = size >> height;
        for (var index = (verified >> height) / TiledTree.Width; index * TiledTree.Width < count; index++)
        {
            var width = (int)Math.Min(TiledTree.Width, count - (index * TiledTree.Width));
            if (isBundle || width == TiledTree.Width) yield return new TilePath(level, index, width);
        }
    }

    /// <summary>What a bundle's leaves, or a tile's root, must be: it was verified and written before.</summary>
    private async Task<ReadOnlyMemory<byte>> AboveAsync(TilePath path, long size, CancellationToken cancellation)
    {
        var level = path.Level + 1;
        var index = level == 0 ? path.Index : path.Index / TiledTree.Width;
        var width = (int)Math.Min(TiledTree.Width, (size >> (8 * level)) - (index * TiledTree.Width));
        var above = await new SourceTiles(_folder).ReadAsync(new TilePath(level, index, width), cancellation);
        return level == 0 ? above : above.Slice((int)(path.Index % TiledTree.Width) * MerkleTree.HashLength, MerkleTree.HashLength);
    }

    private static bool IsRight(TilePath path, ReadOnlyMemory<byte> bytes, ReadOnlySpan<byte> expected)
    {
        if (path.Level != TilePath.Entries) return bytes.Length == SourceTiles.Most(path) && expected.SequenceEqual(TiledTree.RootOf(bytes.Span));
        try
        {
            return expected.SequenceEqual(SourceTiles.LeafHashes(bytes).ToArray());
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private async Task<byte[]?> KeptAsync(TilePath path, CancellationToken cancellation)
    {
        try
        {
            return await _folder.ReadAsync(path.ToString(), SourceTiles.Most(path), cancellation);
        }
        catch (LogRefusedException)
        {
            // Too long for what it is: damaged, and asked for again.
            return null;
        }
    }

    private async Task WriteAsync(TilePath path, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await _folder.WriteAsync(path, bytes, cancellation);
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, bytes.Length);
    }

    // The earlier head's partial files are the beginnings of wider ones now.
    private void Tidy(long before, long size)
    {
        for (var level = TilePath.Entries; level < TiledTree.Levels(before); level++)
        {
            var height = 8 * Math.Max(level, 0);
            var count = before >> height;
            if (count % TiledTree.Width == 0 || count == size >> height) continue;
            _folder.Remove(new TilePath(level, count / TiledTree.Width, (int)(count % TiledTree.Width)));
        }
    }

    private static LogRefusedException Forked(long size) =>
        new($"the log forked: its first {size} entries are not those that were copied before");
}
