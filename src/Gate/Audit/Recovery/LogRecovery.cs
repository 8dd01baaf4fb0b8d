using System.Collections.Immutable;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Recovery;

/// <summary>What a recovery did.</summary>
/// <param name="Before">How many entries there were.</param>
/// <param name="After">How many there are now, with the one that says so.</param>
/// <param name="Restored">How many came from the mirror.</param>
/// <param name="Origin">The log's name from now on.</param>
public sealed record LogRecovered(long Before, long After, long Restored, string Origin);

/// <summary>There is nothing to recover, or it cannot be done like this; the message says what would be right. Nothing was changed.</summary>
public sealed class RecoveryRefusedException : Exception
{
    public RecoveryRefusedException(string message)
        : base(message)
    {
    }

    public RecoveryRefusedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>
/// Brings a log that was put back to an older copy on again: with the lost entries from a mirror, or, when there is no mirror, under a new name
/// whose first entry says what was lost. For a gateway that is stopped; one at a time. A run that is broken off may be repeated.
/// </summary>
public sealed class LogRecovery(IAuditReader reader, ILogRecovery log, IGateStore store, CheckpointDesk desk, TimeProvider clock)
{
    /// <summary>How long a reason is at most.</summary>
    public const int LongestReason = 500;

    /// <summary>
    /// Asks others than the gate's own memory whether the log is whole, and throws as the boot check does when it is not; null to ask nobody.
    /// </summary>
    public Func<CancellationToken, Task>? Others { get; init; }

    private AuditProofs Proofs => new(reader);

    /// <summary>Appends the entries that the log has lost, up to the mirror's head, each verified against it, and the head against what is remembered.</summary>
    /// <exception cref="RecoveryRefusedException">Nothing is lost, or this mirror does not hold it.</exception>
    public async Task<LogRecovered> FromMirrorAsync(MirrorFolder mirror, CancellationToken cancellation)
    {
        var note = Newest(mirror);
        if (await reader.OriginAsync(cancellation) is null) await OpenAsync(mirror, note, cancellation);
        var (head, remembered, least) = await LostAsync(cancellation);
        var whole = await VerifiedAsync(mirror, note, (await reader.OriginAsync(cancellation))!, cancellation);
        if (whole.Size < least)
            throw new RecoveryRefusedException($"the mirror holds {whole.Size} entries, but {least} were given out: a newer mirror would be right");
        var tiles = new SubtreeHashes(whole.Size, new SourceTiles(mirror).ReadAsync);
        var (given, begun) = (await tiles.OfAsync(0, remembered.Size, cancellation), await tiles.OfAsync(0, head.Size, cancellation));
        if (!remembered.Root.Span.SequenceEqual(given))
            throw new RecoveryRefusedException($"the mirror's first {remembered.Size} entries are not those that were given out: it is a copy of another history");
        if (!head.Root.Span.SequenceEqual(begun))
            throw new RecoveryRefusedException($"the database's {head.Size} entries are not the beginning of the mirror: it was rewritten, not put back; take an older copy of it");
        // A run that is broken off must not leave a log that would start without its end.
        if (whole.Size > remembered.Size) desk.Remember(note);
        var attributes = AuditDraft.NoAttributes.Add("from", head.Size).Add("to", whole.Size).Add("checkpoint", note.ToString());
        await RestoreAsync(mirror, (head.Size, whole.Size), Entry(AuditTypes.LogRecovered, whole.Origin, attributes), cancellation);
        var restored = await Proofs.RootAsync(whole.Size, cancellation);
        if (!whole.Root.Span.SequenceEqual(restored))
            throw new InvalidDataException($"the restored log of {whole.Size} entries has not the root that its mirror has: verify the log, and do not start the gateway");
        return await DoneAsync(head.Size, whole.Size - head.Size, cancellation);
    }

    /// <summary>Goes on without the lost entries, under the log's next name; the first entry under it embeds the checkpoint that cannot be kept.</summary>
    /// <param name="reason">In a person's words; they stand in the log.</param>
    /// <exception cref="RecoveryRefusedException">Nothing is lost, the reason is none, or what is there is not whole.</exception>
    public async Task<LogRecovered> NewEpochAsync(string reason, CancellationToken cancellation)
    {
        if (reason.Length is 0 or > LongestReason || reason.Any(char.IsControl))
            throw new RecoveryRefusedException($"a reason is one line of 1 to {LongestReason} characters: it stands in the log for ever");
        var (head, _, least) = await LostAsync(cancellation);
        var origin = LogOrigin.Next((await reader.OriginAsync(cancellation))!);
        var note = (await desk.RememberedAsync(cancellation))!;
        var attributes = AuditDraft.NoAttributes
            .Add("origin", origin).Add("epoch", (long)LogOrigin.Split(origin).Epoch).Add("kept", head.Size).Add("lost", Math.Max(0, least - head.Size))
            .Add("checkpoint", note.ToString()).Add("reason", reason);
        await store.RecordAsync(new Record { Entries = [Entry(AuditTypes.LogOpened, origin, attributes)], At = clock.GetUtcNow() }, cancellation);
        return await DoneAsync(head.Size, 0, cancellation);
    }

    /// <summary>What is there, what is remembered of it, and how many entries there must be. Only a log that the boot check refuses is ever touched.</summary>
    private async Task<(AuditHead Head, Checkpoint Remembered, long Least)> LostAsync(CancellationToken cancellation)
    {
        var head = await reader.HeadAsync(cancellation);
        try
        {
            var derived = await Proofs.RootAsync(head.Size, cancellation);
            if (!head.Root.Span.SequenceEqual(derived)) throw new InvalidDataException("its head is not the root of its tiles");
        }
        catch (InvalidDataException trouble)
        {
            throw new RecoveryRefusedException($"the database's own log is damaged ({trouble.Message}): take another copy of the database first", trouble);
        }

        // Asked first: who is asked outside is shown the head, which is then remembered as what is there.
        var refused = await RefusalAsync(cancellation);
        SignedNote? note;
        try
        {
            note = await desk.RememberedAsync(cancellation);
        }
        catch (LogRolledBackException trouble)
        {
            throw new RecoveryRefusedException(trouble.Message, trouble);
        }

        if (note is null) throw new RecoveryRefusedException("no checkpoint is remembered: there is nothing that the log could have lost");
        if (refused is null) throw new RecoveryRefusedException($"the log is whole: its {head.Size} entries hold all that was given out");
        var remembered = Checkpoint.Parse(note.Text);
        return (head, remembered, Math.Max(remembered.Size, refused.Size ?? 0));
    }

    private async Task<LogRolledBackException?> RefusalAsync(CancellationToken cancellation)
    {
        try
        {
            await desk.CheckAsync(cancellation);
            if (Others is { } others) await others(cancellation);
            return null;
        }
        catch (LogRolledBackException refused)
        {
            return refused;
        }
    }

    private static SignedNote Newest(MirrorFolder mirror)
    {
        try
        {
            return mirror.Newest() ?? throw new RecoveryRefusedException($"`{mirror.Path}` is no mirror: `gate audit mirror` makes one");
        }
        catch (FormatException trouble)
        {
            throw new RecoveryRefusedException($"`{mirror.Path}`: {trouble.Message}", trouble);
        }
    }

    // A database that was lost as a whole gets its log's name from the mirror, which our own keys have signed.
    private async Task OpenAsync(MirrorFolder mirror, SignedNote note, CancellationToken cancellation)
    {
        var whole = await VerifiedAsync(mirror, note, Checkpoint.Parse(note.Text).Origin, cancellation);
        if (whole.Size == 0) throw new RecoveryRefusedException($"the mirror `{mirror.Path}` holds no entry");
        var path = new TilePath(TilePath.Entries, 0, (int)Math.Min(TiledTree.Width, whole.Size));
        var first = EntryBundle.Read(await new SourceTiles(mirror).ReadAsync(path, cancellation))[0];
        await log.OpenAsync(LogOrigin.Split(whole.Origin).Name, LeafFields.Read(first).Tenant, cancellation);
    }

    private async Task<Checkpoint> VerifiedAsync(MirrorFolder mirror, SignedNote note, string origin, CancellationToken cancellation)
    {
        try
        {
            var keys = await desk.OursAsync(origin, cancellation);
            await new MirrorCopy(mirror, mirror, keys) { IsAgain = true, Most = long.MaxValue }.RunAsync(cancellation);
            return keys.Verify(note);
        }
        catch (Exception trouble) when (trouble is LogRefusedException or FormatException)
        {
            throw new RecoveryRefusedException($"the mirror `{mirror.Path}`: {trouble.Message}", trouble);
        }
    }

    // The entry that says so comes with the last of them, in one transaction: a log that starts again has both.
    private async Task RestoreAsync(MirrorFolder mirror, (long From, long To) lost, AuditDraft entry, CancellationToken cancellation)
    {
        var bundles = new SourceTiles(mirror);
        for (var next = lost.From; next < lost.To;)
        {
            var index = next / TiledTree.Width;
            var width = (int)Math.Min(TiledTree.Width, lost.To - (index * TiledTree.Width));
            var entries = EntryBundle.Read(await bundles.ReadAsync(new TilePath(TilePath.Entries, index, width), cancellation));
            ImmutableArray<ReadOnlyMemory<byte>> missing = [.. entries.Skip((int)(next % TiledTree.Width))];
            next += missing.Length;
            await log.RestoreAsync(missing, next == lost.To ? entry : null, cancellation);
        }
    }

    private static AuditDraft Entry(string type, string origin, ImmutableSortedDictionary<string, AuditValue> attributes) =>
        new() { Type = type, Outcome = AuditOutcome.Success, Subject = new AuditSubject("log", origin), Attributes = attributes };

    // The new head is signed and remembered before anybody starts on it.
    private async Task<LogRecovered> DoneAsync(long before, long restored, CancellationToken cancellation)
    {
        desk.Reload();
        await desk.CurrentAsync(cancellation);
        await desk.CheckAsync(cancellation);
        var origin = await reader.OriginAsync(cancellation);
        return new LogRecovered(before, (await reader.HeadAsync(cancellation)).Size, restored, origin!);
    }
}
