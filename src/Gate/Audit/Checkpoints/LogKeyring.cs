using System.Collections.Immutable;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Checkpoints;

/// <summary>
/// The log's keys as the log itself tells of them: which there are, for which sizes each is valid, and those that sign. A key that was announced
/// (<c>key.created</c>) signs from the next size on, beside the others; one that was revoked (<c>key.revoked</c>) signs no more. Safe to call
/// concurrently.
/// </summary>
public sealed class LogKeyring(IAuditReader reader, ILogMilestones milestones, ILogKeyFiles files, IGateStore store, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private Ring? _ring;

    /// <summary>All keys there ever were, in the order in which they came; null as long as the log has no entry.</summary>
    /// <exception cref="InvalidDataException">The key file is not this log's.</exception>
    public async Task<LogKeys?> KeysAsync(CancellationToken cancellation) => (await RingAsync(cancellation))?.Keys;

    /// <summary>Those that sign a checkpoint of a size, the oldest Ed25519 one first; none as long as the log has no entry.</summary>
    /// <exception cref="FileNotFoundException">No valid key's private half is at hand.</exception>
    public async Task<IReadOnlyList<NoteSigner>> SignersAsync(long size, CancellationToken cancellation)
    {
        if (await RingAsync(cancellation) is not { } ring) return [];
        NoteSigner[] signing = [.. ring.Signers.Where(one => one.Key.Covers(size)).Select(one => one.Signer).OrderBy(one => one.Key.Algorithm)];
        // Witnesses and public logs ask for Ed25519 (C2SP tlog-tiles); without such a line the checkpoint would be nobody's.
        return signing.Any(one => one.Key.Algorithm == NoteAlgorithm.Ed25519)
            ? signing
            : throw new FileNotFoundException("no valid key of the audit log is at hand: put its file back beside the one that `audit.key` names");
    }

    /// <summary>Whether a key's private half is at hand and signs.</summary>
    public async Task<bool> SignsAsync(LogKey key, CancellationToken cancellation) =>
        await RingAsync(cancellation) is { } ring && ring.Signers.Any(one => one.Signer.Key.Id == key.Key.Id);

    /// <summary>
    /// All keys that are ours, for our own memory: those that the log tells of, and those whose private half lies here, since a log that was put
    /// back does not tell of its last ones.
    /// </summary>
    /// <param name="origin">The name that they get: the log's, or one that it had.</param>
    public async Task<LogKeys> OursAsync(string origin, CancellationToken cancellation)
    {
        using var second = files.OpenSecond();
        var all = (await RingAsync(cancellation))?.Keys.Keys.Select(one => one.Key) ?? [];
        var named = all.Select(key => NoteKey.Of(origin, key.Algorithm, key.Material.Span))
            .Concat(files.Kept.Prepend(files.Primary).Select(key => NoteKey.Of(origin, NoteAlgorithm.Ed25519, key.PublicKey.Span)));
        if (second is not null) named = named.Append(NoteKey.Of(origin, NoteAlgorithm.EcdsaP256, second.ExportSubjectPublicKeyInfo()));
        return new LogKeys(origin, [.. named.DistinctBy(key => key.Id).Select(key => new LogKey(key))]);
    }

    /// <summary>Announces the second key when the log does not know it yet; asked for at each start.</summary>
    public async Task AnnounceAsync(CancellationToken cancellation)
    {
        using var second = files.OpenSecond();
        if (second is null || await RingAsync(cancellation) is not { } ring) return;
        var key = NoteKey.Of(ring.Keys.Origin, NoteAlgorithm.EcdsaP256, second.ExportSubjectPublicKeyInfo());
        if (ring.Keys.Keys.All(one => one.Key.Id != key.Id)) await AddAsync(ring, key, null, cancellation);
    }

    /// <summary>Makes a new key, which signs beside the others from now on.</summary>
    /// <returns>The key; null as long as the log has no entry.</returns>
    public async Task<LogKey?> RotateAsync(AuditActor actor, CancellationToken cancellation)
    {
        if (await RingAsync(cancellation) is not { } ring) return null;
        var fresh = Ed25519PrivateKey.New();
        // On the disk before the log promises it: a promised key that is lost could never sign.
        files.Keep(fresh);
        var key = NoteKey.Of(ring.Keys.Origin, NoteAlgorithm.Ed25519, fresh.PublicKey.Span);
        await AddAsync(ring, key, actor, cancellation);
        return (await RingAsync(cancellation))?.Keys.Keys.Single(one => one.Key.Id == key.Id);
    }

    /// <summary>Why a key cannot be ended; null when it can.</summary>
    /// <param name="last">The largest size that its signature counts for.</param>
    public async Task<string?> WhyNotAsync(LogKey key, long last, CancellationToken cancellation)
    {
        if (key.To is not null) return $"key `{key.Key.Id:x8}` has ended already, at {key.To} entries";
        var size = (await reader.HeadAsync(cancellation)).Size;
        if (last < 0 || last > size) return $"the log has {size} entries; the last good size is 0 to {size}";
        var ring = await RingAsync(cancellation);
        var isLast = ring is null || !ring.Signers.Any(one => one.Signer.Key.Algorithm == NoteAlgorithm.Ed25519 && one.Key.Key.Id != key.Key.Id);
        return isLast ? "no other Ed25519 key would be left to sign: `gate audit key rotate` makes one first" : null;
    }

    /// <summary>Ends a key; asked after <see cref="WhyNotAsync"/>.</summary>
    public async Task<LogKey> EndAsync(LogKey key, long last, string reason, AuditActor actor, CancellationToken cancellation)
    {
        var attributes = AuditDraft.NoAttributes.Add("vkey", key.Key.ToString()).Add("size", last).Add("reason", reason);
        await RecordAsync([Entry(AuditTypes.KeyRevoked, key.Key, attributes, actor)], cancellation);
        return key with { To = last, Ended = reason };
    }

    /// <summary>Has the keys read anew. Signers that somebody still holds go on.</summary>
    public void Reload() => _ring = null;

    public void Dispose()
    {
        if (_ring is { } ring)
        {
            foreach (var (_, signer) in ring.Signers) signer.Dispose();
        }

        _gate.Dispose();
    }

    private async Task AddAsync(Ring ring, NoteKey key, AuditActor? actor, CancellationToken cancellation)
    {
        var entries = new List<AuditDraft>();
        // The first key needs no entry as long as it is the only one. From the second one on the log names them all.
        if (!ring.HasFirst)
        {
            var first = ring.Keys.Keys[0].Key;
            entries.Add(Entry(AuditTypes.KeyCreated, first, AuditDraft.NoAttributes.Add("vkey", first.ToString()).Add("size", 0L), null));
        }

        entries.Add(Entry(AuditTypes.KeyCreated, key, AuditDraft.NoAttributes.Add("vkey", key.ToString()), actor));
        await RecordAsync([.. entries], cancellation);
    }

    private async Task RecordAsync(ImmutableArray<AuditDraft> entries, CancellationToken cancellation)
    {
        await store.RecordAsync(new Record { Entries = entries, At = clock.GetUtcNow() }, cancellation);
        Reload();
    }

    private static AuditDraft Entry(string type, NoteKey key, ImmutableSortedDictionary<string, AuditValue> attributes, AuditActor? actor) => new()
    {
        Type = type,
        Outcome = AuditOutcome.Success,
        Actor = actor,
        Subject = new AuditSubject("key", $"{key.Id:x8}"),
        Attributes = attributes,
    };

    private async Task<Ring?> RingAsync(CancellationToken cancellation)
    {
        if (_ring is { } ring) return ring;
        await _gate.WaitAsync(cancellation);
        try
        {
            return _ring ??= await LoadAsync(cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Ring?> LoadAsync(CancellationToken cancellation)
    {
        if (await reader.OriginAsync(cancellation) is not { } origin) return null;
        var told = (await milestones.MilestonesAsync(cancellation)).Select(LogMilestone.Read).Where(one => one.Key is not null).ToArray();
        var keys = new List<LogKey>();
        foreach (var one in told) Take(one, origin, keys);
        var primary = NoteKey.Of(origin, NoteAlgorithm.Ed25519, files.Primary.PublicKey.Span);
        var hasFirst = told.Length > 0;
        if (!hasFirst) keys.Add(new LogKey(primary));
        else if (keys.All(one => one.Key.Id != primary.Id)) throw new InvalidDataException($"the key that `audit.key` names, {primary.Id:x8}, is not one of this log's: put the right file back");
        var signers = ImmutableArray.CreateBuilder<(LogKey, NoteSigner)>();
        foreach (var one in keys)
        {
            if (one.To is null && Signer(one) is { } signer) signers.Add((one, signer));
        }

        return new Ring(new LogKeys(origin, [.. keys]), hasFirst, signers.ToImmutable());
    }

    // A key keeps its material when the log goes on under a new name, and gets that name.
    private static void Take(LogMilestone told, string origin, List<LogKey> keys)
    {
        var named = NoteKey.Parse(told.Key!);
        var key = NoteKey.Of(origin, named.Algorithm, named.Material.Span);
        var at = keys.FindIndex(one => one.Key.Id == key.Id);
        if (told.Type == AuditTypes.KeyCreated && at < 0) keys.Add(new LogKey(key, told.At ?? told.Index + 1));
        if (told.Type == AuditTypes.KeyRevoked && at >= 0) keys[at] = keys[at] with { To = told.At ?? told.Index, Ended = told.Reason };
    }

    private NoteSigner? Signer(LogKey one)
    {
        var key = one.Key;
        if (key.Algorithm == NoteAlgorithm.EcdsaP256) return Second(key);
        var secret = files.Kept.Prepend(files.Primary).FirstOrDefault(kept => kept.PublicKey.Span.SequenceEqual(key.Material.Span));
        return secret is null ? null : new Ed25519Signer(key.Name, secret);
    }

    private EcdsaSigner? Second(NoteKey key)
    {
        if (files.OpenSecond() is not { } second) return null;
        var signer = new EcdsaSigner(key.Name, second);
        if (signer.Key.Id == key.Id) return signer;
        signer.Dispose();
        return null;
    }

    /// <param name="HasFirst">Whether the log names its first key, and therefore all of them.</param>
    private sealed record Ring(LogKeys Keys, bool HasFirst, ImmutableArray<(LogKey Key, NoteSigner Signer)> Signers);
}
