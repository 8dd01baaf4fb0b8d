using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>Alone, since it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(ExportMemoryTests), DisableParallelization = true)]
public sealed class Alone;

/// <summary>However many entries a period has, an export holds a page of them.</summary>
[Collection(nameof(ExportMemoryTests))]
public class ExportMemoryTests
{
    [Fact]
    public async Task The_memory_of_an_export_does_not_grow_with_its_entries()
    {
        const int Size = 20_000;
        var log = new EndlessLog(Size);
        var export = new EvidenceExport(log, new AuditProofs(log), log, log);
        using var signer = new Ed25519Signer(ExportLog.Origin, Ed25519PrivateKey.New());
        var text = new Checkpoint(ExportLog.Origin, Size, new byte[MerkleTree.HashLength]).ToString();
        var note = new SignedNote(text, [signer.Sign(text, DateTimeOffset.UnixEpoch)]);

        var query = new ExportQuery(EndlessLog.Begin, EndlessLog.Begin.AddYears(1));
        var bundle = await export.WriteAsync(note, LogKeys.Of(signer.Key), query, Stream.Null, TestContext.Current.CancellationToken);

        Assert.Equal(Size, bundle.Entries);
        var (early, late) = (log.Held[4], log.Held[^1]);
        Assert.Equal(Size / EvidenceExport.PageSize, log.Held.Count);
        // All the entries between the two are several megabytes.
        Assert.True(late - early < 1 << 20, $"{early} bytes were held at the fifth page, {late} at the last one");
    }

    /// <summary>Makes its entries when they are asked for, and keeps none.</summary>
    private sealed class EndlessLog(int size) : IAuditReader, ICheckpointStore, ISealedSections
    {
        public static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        /// <summary>Bytes that the process held when a page was asked for.</summary>
        public List<long> Held { get; } = [];

        public Task<ImmutableArray<AuditLeaf>> ReadAsync(long from, int count, CancellationToken cancellation)
        {
            if (count == EvidenceExport.PageSize) Held.Add(GC.GetTotalMemory(forceFullCollection: true));
            var indices = Enumerable.Range((int)from, (int)Math.Min(count, size - from));
            return Task.FromResult<ImmutableArray<AuditLeaf>>([.. indices.Select(Leaf)]);
        }

        public Task<ReadOnlyMemory<byte>?> TileAsync(TilePath path, CancellationToken cancellation) =>
            throw new NotSupportedException("the whole log needs no hash beside its entries");

        public Task<ImmutableArray<OpenedSection>> OpenAsync(ImmutableArray<AuditLeaf> leaves, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<StoredCheckpoint?> AtMostAsync(long size, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<AuditHead> HeadAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task<string?> OriginAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<AuditLeaf>> OfAsync(string correlation, int limit, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<AuditLeaf>> UnmanagedAsync(int limit, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<AuditVerification> VerifyAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task<StoredCheckpoint?> NewestAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task AddAsync(StoredCheckpoint checkpoint, CancellationToken cancellation) => throw new NotSupportedException();

        public Task AddLineAsync(long size, string witness, DateTimeOffset at, string line, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<WitnessLine>> NewestLinesAsync(int most, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<string>> LinesAsync(long size, CancellationToken cancellation) => throw new NotSupportedException();

        private static AuditLeaf Leaf(int index)
        {
            var draft = ExportStory.Draft(AuditTypes.WebhookReceived, "delivery", index.ToString("D20", CultureInfo.InvariantCulture)) with
            {
                Correlation = $"github:acme/shop#{index % 100}",
            };
            var id = Ulid.Create(Begin.AddSeconds(index), BitConverter.GetBytes((long)index).Concat(new byte[2]).ToArray());
            var bytes = new PlacedEntry(index, id, Begin.AddSeconds(index), "t_1", draft, PlacedEntry.NoNumbers).ToBytes();
            return new AuditLeaf(index, bytes, MerkleTree.LeafHash(bytes.Span));
        }
    }
}
