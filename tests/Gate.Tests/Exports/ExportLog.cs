using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Exports;
using GitOpsGate.Gate.Tests.Audit;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>A log of given entries that bundles are made of; counts what it is asked for.</summary>
internal sealed class ExportLog : IAuditReader, ICheckpointStore
{
    public const string Origin = "gate.example.org/audit/t_1";
    private static readonly Ed25519PrivateKey Private = Ed25519PrivateKey.FromSeed(new byte[Ed25519.KeyLength]);
    private readonly byte[][] _leaves;
    private readonly InMemoryLog _log;

    /// <param name="entries">In the order of their times.</param>
    /// <param name="skip">A population that skips a number at its second entry.</param>
    public ExportLog(IEnumerable<(AuditDraft Draft, DateTimeOffset At)> entries, string? skip = null)
    {
        var numbers = new Dictionary<string, long>();
        _leaves = [.. entries.Select((entry, index) => Place(entry.Draft, entry.At, index, numbers, skip))];
        _log = new InMemoryLog(_leaves);
    }

    public static NoteKey Key => Signer().Key;

    /// <summary>The most entries that were asked for at once.</summary>
    public int LargestRead { get; private set; }

    public int Reads { get; private set; }

    public StoredCheckpoint? Kept { get; set; }

    public long Size => _leaves.Length;

    public static NoteKey OtherKey()
    {
        using var signer = new Ed25519Signer(Origin, Ed25519PrivateKey.New());
        return signer.Key;
    }

    public SignedNote Note(long? size = null)
    {
        using var signer = Signer();
        var text = new Checkpoint(Origin, size ?? Size, _log.RootAsync(size ?? Size).GetAwaiter().GetResult()).ToString();
        return new SignedNote(text, [signer.Sign(text, DateTimeOffset.UnixEpoch)]);
    }

    /// <summary>The bundle of a query against a head.</summary>
    public async Task<byte[]> BundleAsync(ExportQuery query, SignedNote? note = null)
    {
        using var zip = new MemoryStream();
        var export = new EvidenceExport(this, new AuditProofs(this), this);
        await export.WriteAsync(note ?? Note(), LogKeys.Of(Key), query, zip, TestContext.Current.CancellationToken);
        return zip.ToArray();
    }

    public Task<ImmutableArray<AuditLeaf>> ReadAsync(long from, int count, CancellationToken cancellation)
    {
        (LargestRead, Reads) = (Math.Max(LargestRead, count), Reads + 1);
        return Task.FromResult<ImmutableArray<AuditLeaf>>(
            [.. _leaves.Skip((int)from).Take(count).Select((leaf, at) => new AuditLeaf(from + at, leaf, _log.Hashes[(int)from + at]))]);
    }

    public async Task<ReadOnlyMemory<byte>?> TileAsync(TilePath path, CancellationToken cancellation) => await _log.TileAsync(path);

    public Task<StoredCheckpoint?> AtMostAsync(long size, CancellationToken cancellation) => Task.FromResult(Kept?.Size <= size ? Kept : null);

    public Task<AuditHead> HeadAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<string?> OriginAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<AuditLeaf>> OfAsync(string correlation, int limit, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<AuditLeaf>> UnmanagedAsync(int limit, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<AuditVerification> VerifyAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<StoredCheckpoint?> NewestAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task AddAsync(StoredCheckpoint checkpoint, CancellationToken cancellation) => throw new NotSupportedException();

    public Task AddLineAsync(long size, string witness, DateTimeOffset at, string line, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<string>> LinesAsync(long size, CancellationToken cancellation) => throw new NotSupportedException();

    private static Ed25519Signer Signer() => new(Origin, Private);

    private static byte[] Place(AuditDraft draft, DateTimeOffset at, int index, Dictionary<string, long> numbers, string? skip)
    {
        var own = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var population in draft.Populations)
        {
            var step = population == skip && numbers.GetValueOrDefault(population) == 1 ? 2 : 1;
            own[population] = numbers[population] = numbers.GetValueOrDefault(population) + step;
        }

        var id = Ulid.Create(at, BitConverter.GetBytes((long)index).Concat(new byte[2]).ToArray());
        return new PlacedEntry(index, id, at, "t_1", draft, own.ToImmutable()).ToBytes().ToArray();
    }
}
