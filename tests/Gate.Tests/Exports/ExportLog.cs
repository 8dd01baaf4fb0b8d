using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Attestations;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Exports;
using GitOpsGate.Gate.Tests.Audit;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>A log of given entries that bundles are made of; counts what it is asked for.</summary>
internal sealed class ExportLog : IAuditReader, ICheckpointStore, ISealedSections, IAttestations
{
    public const string Origin = "gate.example.org/audit/t_1";
    private static readonly Ed25519PrivateKey Private = Ed25519PrivateKey.FromSeed(new byte[Ed25519.KeyLength]);
    private static readonly AttestationSigner Attester = new(EnvelopeSigner.NewKey());
    private readonly Dictionary<string, byte[]> _signatures = [];
    private readonly byte[][] _leaves;
    private readonly Dictionary<string, (string Subject, byte[] Disclosure)> _sealed = [];
    private readonly InMemoryLog _log;

    /// <param name="entries">In the order of their times.</param>
    /// <param name="skip">A population that skips a number at its second entry.</param>
    public ExportLog(IEnumerable<(AuditDraft Draft, DateTimeOffset At)> entries, string? skip = null)
    {
        var numbers = new Dictionary<string, long>();
        _leaves = [.. entries.Select((entry, index) => Place(Sealed(entry.Draft, index), entry.At, index, numbers, skip))];
        _log = new InMemoryLog(_leaves);
    }

    public static NoteKey Key => Signer().Key;

    /// <summary>The key that lists of files are signed with (PEM).</summary>
    public static string AttestationKey => Attester.PublicKey;

    /// <summary>The envelopes that were issued, by their digests.</summary>
    public Dictionary<string, byte[]> Issued { get; } = [];

    /// <summary>The most entries that were asked for at once.</summary>
    public int LargestRead { get; private set; }

    public int Reads { get; private set; }

    public StoredCheckpoint? Kept { get; set; }

    public long Size => _leaves.Length;

    /// <summary>Whose sections open no more.</summary>
    public HashSet<string> Erased { get; } = [];

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
    public async Task<byte[]> BundleAsync(ExportQuery query, SignedNote? note = null, WitnessSettings? witnesses = null)
    {
        using var zip = new MemoryStream();
        var export = new EvidenceExport(this, new AuditProofs(this), this, this, new BundleCompany(Attestations, Witnesses: witnesses));
        await export.WriteAsync(note ?? Note(), LogKeys.Of(Key), query, zip, TestContext.Current.CancellationToken);
        return zip.ToArray();
    }

    public AttestationFiles Attestations => new(this, Attester);

    /// <summary>Signs a statement as the gate does; its digest.</summary>
    public static (string Sha256, byte[] Envelope) Attest(string statement)
    {
        var envelope = Attester.Sign(Encoding.UTF8.GetBytes(statement));
        return (Convert.ToHexStringLower(SHA256.HashData(envelope)), envelope);
    }

    public Task<IssuedAttestation?> FindAsync(string sha256, CancellationToken cancellation) => Task.FromResult(
        Issued.TryGetValue(sha256, out var envelope) ? new IssuedAttestation(sha256, null, "vsa", DateTimeOffset.UnixEpoch, envelope) : null);

    public Task<ReadOnlyMemory<byte>> KeepSignatureAsync(string keyId, string sha256, ReadOnlyMemory<byte> signature, CancellationToken cancellation)
    {
        _signatures.TryAdd($"{keyId} {sha256}", signature.ToArray());
        return Task.FromResult<ReadOnlyMemory<byte>>(_signatures[$"{keyId} {sha256}"]);
    }

    public Task AddAsync(IssuedAttestation attestation, AuditDraft entry, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> FulfilAsync(
        string promise, ImmutableArray<(IssuedAttestation Attestation, AuditDraft Entry)> attestations, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<ImmutableArray<IssuedAttestation>> OfRulingAsync(RulingId ruling, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<IssuedAttestation>> OfCommitAsync(CommitId commit, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<AuditLeaf>> ReadAsync(long from, int count, CancellationToken cancellation)
    {
        (LargestRead, Reads) = (Math.Max(LargestRead, count), Reads + 1);
        return Task.FromResult<ImmutableArray<AuditLeaf>>(
            [.. _leaves.Skip((int)from).Take(count).Select((leaf, at) => new AuditLeaf(from + at, leaf, _log.Hashes[(int)from + at]))]);
    }

    public Task<ImmutableArray<OpenedSection>> OpenAsync(ImmutableArray<AuditLeaf> leaves, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<OpenedSection>>(
        [
            .. from leaf in leaves
               from section in LeafSections.Read(leaf.Bytes).Sections
               let box = _sealed[section.Commitment]
               select Erased.Contains(box.Subject)
                   ? new OpenedSection(leaf.Index, section, null, OpenedSection.Erased)
                   : new OpenedSection(leaf.Index, section, box.Disclosure, ""),
        ]);

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

    public Task<ImmutableArray<WitnessLine>> NewestLinesAsync(int most, CancellationToken cancellation) => throw new NotSupportedException();

    private static Ed25519Signer Signer() => new(Origin, Private);

    // The salt is given, never chance: the same log has the same bytes.
    private AuditDraft Sealed(AuditDraft draft, int index)
    {
        var sections = ImmutableArray.CreateBuilder<SealedSection>();
        foreach (var one in draft.Personal)
        {
            var (salt, content) = (SHA256.HashData(Encoding.UTF8.GetBytes($"{index} {one.Name}")), Encoding.UTF8.GetBytes(one.Text));
            var commitment = Convert.ToBase64String(Commitment.Of(salt, content));
            _sealed[commitment] = (one.Subject, [.. salt, .. content]);
            sections.Add(new SealedSection(one.Name, commitment, $"k_{one.Subject}", content.Length));
        }

        return draft with { Sealed = sections.ToImmutable(), Personal = [] };
    }

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
