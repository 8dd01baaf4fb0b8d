using System.Collections.Immutable;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Checkpoints;

/// <summary>The log is not what it was when its checkpoint was given out. Nothing may be appended to it.</summary>
public sealed class LogRolledBackException(string message) : Exception(message)
{
    /// <summary>How many entries somebody outside knows to be there; null when that is not what is wrong.</summary>
    public long? Size { get; init; }
}

/// <summary>What the log is held to outside of the database.</summary>
/// <param name="Keys">Sign its checkpoints.</param>
/// <param name="Anchor">Remembers the newest one.</param>
public sealed record LogSeal(LogKeyring Keys, AnchorFile Anchor);

/// <summary>
/// Signs the log's head and gives it out. What leaves was remembered outside the database before (<see cref="AnchorFile"/>), and only sizes that
/// are committed are ever signed. Safe to call concurrently.
/// </summary>
public sealed class CheckpointDesk(
    IAuditReader reader, ICheckpointStore store, AuditProofs proofs, LogSeal seal, TimeProvider clock) : IDisposable
{
    /// <summary>How often the head is signed at most.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    /// <summary>How often a checkpoint is kept in the database at most.</summary>
    private static readonly TimeSpan KeepPace = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1);
    private Signed? _newest;
    private DateTimeOffset _keptAt;

    /// <summary>The keys that our checkpoints verify with, or null as long as the log has no entry.</summary>
    public Task<LogKeys?> KeysAsync(CancellationToken cancellation) => seal.Keys.KeysAsync(cancellation);

    /// <summary>All keys that are ours, whatever the log tells of them, under one of its names.</summary>
    public Task<LogKeys> OursAsync(string origin, CancellationToken cancellation) => seal.Keys.OursAsync(origin, cancellation);

    /// <summary>
    /// The log's head, signed; null as long as it has no entry. At most <see cref="Pace"/> old. The witnesses' lines of that very size stand below
    /// ours when there are any.
    /// </summary>
    /// <exception cref="InvalidDataException">The head's root is not what the tiles give.</exception>
    public async Task<SignedNote?> CurrentAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (_newest is { } fresh && now - fresh.At < Pace) return fresh.Note;
        await _gate.WaitAsync(cancellation);
        try
        {
            return await RenewAsync(now, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Everything that shows that an entry stands in the log, as a file; null when there is no such entry yet.</summary>
    public async Task<ProofFile?> ProofAsync(long index, CancellationToken cancellation)
    {
        if (await CurrentAsync(cancellation) is not { } note) return null;
        var checkpoint = Checkpoint.Parse(note.Text);
        if (index < 0 || index >= checkpoint.Size || await reader.ReadAsync(index, 1, cancellation) is not [var leaf]) return null;
        return new ProofFile(index, await proofs.InclusionAsync(index, checkpoint.Size, cancellation), note.ToString(), leaf.Bytes);
    }

    /// <summary>
    /// Looks whether the log still holds all that ever left it: what the anchor file and the database's own checkpoints say must be its beginning.
    /// Asked before anything is appended.
    /// </summary>
    /// <exception cref="LogRolledBackException">It does not.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        var head = await reader.HeadAsync(cancellation);
        if (!await IsRootAsync(head.Size, head.Root, cancellation))
            throw new LogRolledBackException($"the audit log's head of {head.Size} entries is not the root of its tiles: run `gate audit verify`");
        foreach (var (where, note) in await KnownAsync(cancellation)) await CompareAsync(where, note, head, cancellation);
    }

    /// <summary>Looks whether the log still holds what somebody else remembers of it.</summary>
    /// <param name="where">Who that is, in words for the message.</param>
    /// <exception cref="LogRolledBackException">It does not, or the checkpoint is not ours.</exception>
    public async Task CheckAsync(string where, SignedNote note, CancellationToken cancellation) =>
        await CompareAsync(where, note, await reader.HeadAsync(cancellation), cancellation);

    /// <summary>The newest checkpoint that is remembered anywhere, and is ours; null when there is none.</summary>
    /// <exception cref="LogRolledBackException">What is remembered is another log's, or cannot be read.</exception>
    public async Task<SignedNote?> RememberedAsync(CancellationToken cancellation)
    {
        var known = await KnownAsync(cancellation);
        foreach (var (where, note) in known) await VerifyOursAsync(where, note, cancellation);
        return known.Select(one => one.Note).MaxBy(note => Checkpoint.Parse(note.Text).Size);
    }

    /// <summary>Remembers a checkpoint that was given out, in the anchor's place.</summary>
    /// <param name="note">Ours, and newer than what is remembered.</param>
    public void Remember(SignedNote note) => seal.Anchor.Write(note);

    /// <summary>Forgets what was read of the log: somebody else than the gateway has written to it.</summary>
    public void Reload()
    {
        _newest = null;
        seal.Keys.Reload();
    }

    public void Dispose() => _gate.Dispose();

    private async Task<List<(string Where, SignedNote Note)>> KnownAsync(CancellationToken cancellation)
    {
        var known = new List<(string Where, SignedNote Note)>();
        try
        {
            if (seal.Anchor.Read() is { } anchored) known.Add(($"`{seal.Anchor.Path}`", anchored));
        }
        catch (FormatException trouble)
        {
            throw new LogRolledBackException($"`{seal.Anchor.Path}` cannot be read ({trouble.Message}): what it remembered must be put back from a copy");
        }

        if (await store.NewestAsync(cancellation) is { } stored) known.Add(("the database", SignedNote.Parse(stored.Note)));
        return known;
    }

    private async Task CompareAsync(string where, SignedNote note, AuditHead head, CancellationToken cancellation)
    {
        var checkpoint = await VerifyOursAsync(where, note, cancellation);
        if (checkpoint.Size > head.Size)
        {
            throw new LogRolledBackException(
                $"log rolled back: local {head.Size} < {checkpoint.Size} that {where} remembers. The database is an older copy: put the newer one back, "
                + "or give it the lost entries from a mirror (`gate audit recover --from-mirror`)");
        }

        if (!await IsRootAsync(checkpoint.Size, checkpoint.Root, cancellation))
            throw new LogRolledBackException($"log rewritten: its first {checkpoint.Size} entries are not those that {where} remembers");
    }

    private async Task<bool> IsRootAsync(long size, ReadOnlyMemory<byte> root, CancellationToken cancellation)
    {
        var derived = await proofs.RootAsync(size, cancellation);
        return root.Span.SequenceEqual(derived);
    }

    // What a key signed before it was replaced or revoked is still what this log gave out: its own memory knows all of them, whatever the size.
    private async Task<Checkpoint> VerifyOursAsync(string where, SignedNote note, CancellationToken cancellation)
    {
        var checkpoint = Checkpoint.Parse(note.Text);
        var origin = await reader.OriginAsync(cancellation);
        if (origin is null)
        {
            throw new LogRolledBackException(
                $"{where} knows the log `{checkpoint.Origin}`, but the database holds none: put the database back, or give it the entries from a mirror "
                + "(`gate audit recover --from-mirror`)");
        }

        if (!LogOrigin.IsBefore(checkpoint.Origin, origin))
            throw new LogRolledBackException($"{where} knows the log `{checkpoint.Origin}`, but the database holds `{origin}`: is it another gate's?");
        try
        {
            return (await seal.Keys.OursAsync(checkpoint.Origin, cancellation)).Verify(note);
        }
        catch (FormatException trouble)
        {
            throw new LogRolledBackException($"the checkpoint that {where} holds is not signed with this gate's key ({trouble.Message}): was the key replaced?");
        }
    }

    private async Task<SignedNote?> RenewAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        if (_newest is { } other && now - other.At < Pace) return other.Note;
        var head = await reader.HeadAsync(cancellation);
        if (head.Size == 0 || await seal.Keys.SignersAsync(head.Size, cancellation) is not { Count: > 0 } signers) return null;
        if (_newest is { } same && same.Size == head.Size)
        {
            _newest = same with { At = now, Note = await WithWitnessesAsync(same.Own, same.Size, cancellation) };
            return _newest.Note;
        }

        var text = new Checkpoint(signers[0].Key.Name, head.Size, head.Root).ToString();
        var own = new SignedNote(text, [.. signers.Select(signer => signer.Sign(text, now))]);
        seal.Anchor.Write(own);
        if (now - _keptAt >= KeepPace)
        {
            await store.AddAsync(new StoredCheckpoint(head.Size, now, own.ToString()), cancellation);
            _keptAt = now;
        }

        _newest = new Signed(head.Size, now, own, await WithWitnessesAsync(own, head.Size, cancellation));
        return _newest.Note;
    }

    private async Task<SignedNote> WithWitnessesAsync(SignedNote own, long size, CancellationToken cancellation)
    {
        ImmutableArray<string> lines = await store.LinesAsync(size, cancellation);
        return own.With([.. lines.Select(SignedNote.ParseLine)]);
    }

    private sealed record Signed(long Size, DateTimeOffset At, SignedNote Own, SignedNote Note);
}
