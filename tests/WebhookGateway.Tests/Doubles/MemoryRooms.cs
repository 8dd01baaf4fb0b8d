using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>All stores of a gateway in memory; the body of a delivery is copied, as a disk would.</summary>
internal sealed class MemoryRooms : IDeliveryInbox, IGateStore, IGateReader, IAuditReader, ITokenStore, IObligationOutbox, IBranchStore,
    ICheckpointStore, ILogMilestones, ILogCounters
{
    private readonly Lock _gate = new();
    private readonly List<(AccessToken Token, byte[] Digest)> _tokens = [];

    public List<Delivery> Deliveries { get; } = [];

    public List<DeliveryId> Replayed { get; } = [];

    public List<AuditDraft> Entries { get; } = [];

    public List<ObligationOutcome> Outcomes { get; } = [];

    public Queue<ClaimedObligation> Owed { get; } = new();

    /// <summary>The change requests at every commit.</summary>
    public ImmutableArray<ChangeSummary> AtCommit { get; set; } = [];

    public Dictionary<ChangeKey, ChangeSummary> Changes { get; } = [];

    public List<BranchStanding> Held { get; } = [];

    public HashSet<long> DeadObligations { get; } = [];

    public string? KnownReference { get; set; }

    public bool IsFull { get; set; }

    public Exception? Fails { get; set; }

    public Task<Acceptance> AcceptAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (Fails is not null) return Task.FromException<Acceptance>(Fails);
        lock (_gate)
        {
            if (IsFull) return Task.FromResult(Acceptance.Full);
            if (Deliveries.Any(known => known.Connection == delivery.Connection && known.ForgeId == delivery.ForgeId))
            {
                return Task.FromResult(Acceptance.Duplicate);
            }

            Deliveries.Add(delivery with { Body = delivery.Body.ToArray() });
            return Task.FromResult(Acceptance.Accepted);
        }
    }

    public Task<Recorded> RecordAsync(Record record, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var first = Entries.Count;
            Entries.AddRange(record.Entries);
            if (record.Discharged is { } outcome) Outcomes.Add(outcome);
            return Task.FromResult(new Recorded(record.Entries.IsEmpty ? -1 : first, false));
        }
    }

    public ImmutableArray<AuditDraft> EntriesOf(string type)
    {
        lock (_gate) return [.. Entries.Where(entry => entry.Type == type)];
    }

    public string AddToken(Role role)
    {
        var text = TokenText.New();
        _tokens.Add((new AccessToken(TokenText.NewReference(), "somebody", role, DateTimeOffset.UnixEpoch), TokenText.Digest(text)!));
        return text;
    }

    public void Revoke(string text) => _tokens.RemoveAll(token => token.Digest.SequenceEqual(TokenText.Digest(text)!));

    public Task<bool> AnyAsync(CancellationToken cancellation) => Task.FromResult(_tokens.Count > 0);

    public Task AddAsync(AccessToken token, ReadOnlyMemory<byte> sha256, CancellationToken cancellation)
    {
        _tokens.Add((token, sha256.ToArray()));
        return Task.CompletedTask;
    }

    public Task<AccessToken?> FindAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellation) =>
        Task.FromResult(_tokens.Where(token => token.Digest.AsSpan().SequenceEqual(sha256.Span)).Select(token => token.Token).FirstOrDefault());

    public Task<ImmutableArray<ClaimedDelivery>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<ClaimedDelivery>.Empty);

    public Task PostponeAsync(DeliveryId id, string why, DateTimeOffset? dueAt, CancellationToken cancellation) => Task.CompletedTask;

    public Task<bool> ReplayAsync(DeliveryId id, DateTimeOffset now, CancellationToken cancellation)
    {
        var isKnown = Deliveries.Any(delivery => delivery.Id == id);
        if (isKnown) Replayed.Add(id);
        return Task.FromResult(isKnown);
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => Task.Delay(20, cancellation);

    Task<ImmutableArray<ClaimedObligation>> IObligationOutbox.ClaimAsync(
        int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult<ImmutableArray<ClaimedObligation>>(Owed.TryDequeue(out var owed) ? [owed] : []);
    }

    public Task<string?> ReferenceAsync(string lane, CancellationToken cancellation) => Task.FromResult(KnownReference);

    public Task<bool> RetryAsync(long id, DateTimeOffset now, CancellationToken cancellation) => Task.FromResult(DeadObligations.Remove(id));

    public Task<PageOf<ChangeSummary>> ChangesAsync(ChangeFilter filter, CancellationToken cancellation) => Task.FromResult(
        new PageOf<ChangeSummary>([.. Changes.Values.Where(change => filter.State is null || change.Change.State == filter.State)], null));

    public Task<ChangeSummary?> ChangeAsync(ChangeKey key, CancellationToken cancellation) => Task.FromResult(Changes.GetValueOrDefault(key));

    public Task<ImmutableArray<ChangeSummary>> ChangesAtAsync(RepositoryKey repository, CommitId head, CancellationToken cancellation) =>
        Task.FromResult(AtCommit);

    public Task<ImmutableArray<ChangeSummary>> AllowedIntoAsync(
        RepositoryKey repository, string branch, int limit, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<ChangeSummary>.Empty);

    public Task<StoredRuling?> RulingAsync(RulingId id, CancellationToken cancellation) => Task.FromResult(
        Changes.Values.Where(change => change.Latest?.Id == id).Select(change => new StoredRuling(change.Latest!, change.AuditIndex)).FirstOrDefault());

    public Task<ImmutableArray<StoredRuling>> RulingsOfAsync(ChangeKey key, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<StoredRuling>.Empty);

    public Task<ReadOnlyMemory<byte>?> EvidenceAsync(RulingId id, CancellationToken cancellation) =>
        Task.FromResult<ReadOnlyMemory<byte>?>(Changes.Values.Any(change => change.Latest?.Id == id) ? "{}"u8.ToArray() : null);

    public Task<PageOf<DeliverySummary>> DeliveriesAsync(DeliveryFilter filter, CancellationToken cancellation) =>
        Task.FromResult(new PageOf<DeliverySummary>([.. Deliveries.Select(Summary)], null));

    public Task<StoredDelivery?> DeliveryAsync(DeliveryId id, CancellationToken cancellation) =>
        Task.FromResult(Deliveries.Where(one => one.Id == id).Select(one => new StoredDelivery(Summary(one), one)).FirstOrDefault());

    public Task<PageOf<StoredObligation>> ObligationsAsync(ObligationFilter filter, CancellationToken cancellation) =>
        Task.FromResult(new PageOf<StoredObligation>([], null));

    public Task<GateCounts> CountsAsync(CancellationToken cancellation) => Fails is not null
        ? Task.FromException<GateCounts>(Fails)
        : Task.FromResult(new GateCounts(
            ImmutableSortedDictionary.CreateRange([KeyValuePair.Create(DeliveryState.Waiting, (long)Deliveries.Count)]),
            ImmutableSortedDictionary.CreateRange([KeyValuePair.Create(ObligationState.Dead, (long)DeadObligations.Count)]),
            Entries.Count));

    public Task<AuditHead> HeadAsync(CancellationToken cancellation) =>
        Task.FromResult(new AuditHead(Entries.Count, new byte[32], DateTimeOffset.UnixEpoch));

    public Task<ImmutableArray<AuditLeaf>> ReadAsync(long from, int count, CancellationToken cancellation) => Task.FromResult<ImmutableArray<AuditLeaf>>(
        [.. Entries.Skip((int)from).Take(count).Select((entry, i) => Leaf(from + i, entry))]);

    public Task<ImmutableArray<AuditLeaf>> OfAsync(string correlation, int limit, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<AuditLeaf>.Empty);

    public Task<ImmutableArray<AuditLeaf>> UnmanagedAsync(int limit, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<AuditLeaf>.Empty);

    public Task<BranchStanding?> OfAsync(RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Task.FromResult(Held.FirstOrDefault(held => held.Repository == repository && held.Branch == branch));

    public Task<ImmutableArray<BranchStanding>> OfRepositoryAsync(RepositoryKey repository, int limit, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<string?> CoveredAtAsync(RepositoryKey repository, string? branch, CommitId commit, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<CommitId> FirstCoveredAsync(RepositoryKey repository, string branch, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<ImmutableArray<BranchStanding>> HeldAsync(int limit, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<BranchStanding>>([.. Held]);

    public Task<bool> AdoptAsync(RepositoryKey repository, string branch, CommitId tip, DateTimeOffset now, CancellationToken cancellation) =>
        Task.FromResult(Held.RemoveAll(held => held.Repository == repository && held.Branch == branch && held.Seen == tip) == 1);

    // This log has no tree: what proves it is tested on a real database.
    public Task<string?> OriginAsync(CancellationToken cancellation) => Task.FromResult<string?>(null);

    public Task<LogCounters> CountersAsync(CancellationToken cancellation) =>
        Task.FromResult(new LogCounters(0, ImmutableSortedDictionary<string, long>.Empty, null));

    public Task<AuditLeaf?> NewestCloseAsync(CancellationToken cancellation) => Task.FromResult<AuditLeaf?>(null);

    public Task<ImmutableArray<ReadOnlyMemory<byte>>> ReconciliationsAsync(long from, long to, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<ReadOnlyMemory<byte>>.Empty);

    public Task<ImmutableArray<AuditLeaf>> MilestonesAsync(CancellationToken cancellation) => Task.FromResult(ImmutableArray<AuditLeaf>.Empty);

    public Task<ReadOnlyMemory<byte>?> TileAsync(TilePath path, CancellationToken cancellation) => Task.FromResult<ReadOnlyMemory<byte>?>(null);

    public Task<StoredCheckpoint?> NewestAsync(CancellationToken cancellation) => Task.FromResult<StoredCheckpoint?>(null);

    public Task<StoredCheckpoint?> AtMostAsync(long size, CancellationToken cancellation) => Task.FromResult<StoredCheckpoint?>(null);

    public Task AddAsync(StoredCheckpoint checkpoint, CancellationToken cancellation) => Task.CompletedTask;

    public Task AddLineAsync(long size, string witness, DateTimeOffset at, string line, CancellationToken cancellation) => Task.CompletedTask;

    public Task<ImmutableArray<string>> LinesAsync(long size, CancellationToken cancellation) => Task.FromResult(ImmutableArray<string>.Empty);

    public Task<ImmutableArray<WitnessLine>> NewestLinesAsync(int most, CancellationToken cancellation) => Task.FromResult(ImmutableArray<WitnessLine>.Empty);

    public Task<AuditVerification> VerifyAsync(CancellationToken cancellation) =>
        Task.FromResult(new AuditVerification(Entries.Count, new byte[32], []));

    private static AuditLeaf Leaf(long index, AuditDraft entry)
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"type":"{{entry.Type}}"}""");
        return new AuditLeaf(index, bytes, SHA256.HashData([0, .. bytes]));
    }

    private static DeliverySummary Summary(Delivery delivery) => new(
        delivery.Id, delivery.Connection, delivery.Forge, delivery.ForgeId, delivery.Event, delivery.ReceivedAt, DeliveryState.Waiting, "", 0);
}
