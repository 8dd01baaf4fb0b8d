using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Gate.Tests.Reconciling;

/// <summary>A reconciler over a forge, an inbox and records in memory, with a clock that is turned by hand.</summary>
internal sealed class ReconcileRig
{
    private readonly Dictionary<RepositoryKey, MissedDeliveries> _rooms = [];
    private readonly HookKeeper _hooks;
    private readonly MissedDeliveries _missed;

    public ReconcileRig()
    {
        _hooks = new HookKeeper(Configuration, Records, Records, Clock);
        _missed = new MissedDeliveries(Configuration, Records);
    }

    public static RepositoryKey Shop => SomeEvidence.Shop;

    public ManualTimeProvider Clock { get; } = new(SomeEvidence.Noon);

    public ScriptedForge Forge { get; } = new();

    public ReconcileRecords Records { get; } = new();

    public GateConfiguration Configuration { get; } = SomeEvidence.Configuration with
    {
        Environments = [new EnvironmentSource("production", SomeEvidence.Shop with { Path = "Acme/Shop" }, "main", "", ["folder"])],
    };

    public Reach Reach => new(Forge, Configuration.Connections[0]);

    public ImmutableArray<AuditDraft> Entries => [.. Records.Written.SelectMany(record => record.Entries)];

    public static CommitId Id(int number) => CommitId.Parse(number.ToString("x40"));

    public static OpenChange Listed(long number, int head = 1, string target = "main", int updated = -60) =>
        new(new ChangeKey(Shop, number), Id(head).Value, target, SomeEvidence.Noon.AddMinutes(updated));

    /// <summary>A change request as it was recorded, ruled at its head, some minutes from noon.</summary>
    public void Record(long number, int head = 1, ChangeState state = ChangeState.Open, int at = -30, bool isRuled = true)
    {
        var change = SomeEvidence.Change with { Key = new ChangeKey(Shop, number), Head = Id(head), State = state };
        var when = SomeEvidence.Noon.AddMinutes(at);
        Records.Changes[number] = new ChangeSummary(change, isRuled ? RulingOf(change, when) : null, 0, when, null);
    }

    /// <summary>Goes a whole round; the clock is turned on while it waits.</summary>
    /// <param name="meanwhile">What happens while the round waits for webhooks that are on their way.</param>
    public async Task<RoundReport> RoundAsync(Action? meanwhile = null, DateTimeOffset doubt = default)
    {
        var reconciler = new Reconciler(
            new RoundRooms(_hooks, _missed, new ForgeSurvey(Configuration, Records, Clock), new Comparison(Records, Records, Clock)),
            Records, Records, Records, Clock);
        var round = reconciler.RoundAsync(Reach, Shop, doubt, TestContext.Current.CancellationToken);
        if (!round.IsCompleted) meanwhile?.Invoke();
        while (!round.IsCompleted) Clock.Advance(Reconciler.Patience);
        return await round;
    }

    /// <summary>The clock goes on to the next round.</summary>
    public void Later() => Clock.Advance(TimeSpan.FromMinutes(10));

    private static Ruling RulingOf(ChangeRequest change, DateTimeOffset at) => new()
    {
        Id = new RulingId(Guid.CreateVersion7(at)),
        Revision = change.Revision,
        Verdict = Verdict.Held,
        Summary = "",
        EvidenceDigest = "",
        RulesDigest = "",
        RuledAt = at,
    };
}

/// <summary>The stores of a reconciler in memory; every call completes at once.</summary>
internal sealed class ReconcileRecords : IDeliveryInbox, IGateStore, IReconcileStore, IGateReader
{
    private Reconciled? _last;

    public List<Record> Written { get; } = [];

    public List<Delivery> Inbox { get; } = [];

    public HashSet<string> Dead { get; } = new(StringComparer.Ordinal);

    public List<DeliveryId> Revived { get; } = [];

    public Dictionary<long, ChangeSummary> Changes { get; } = [];

    public Dictionary<string, KnownTip> Tips { get; } = new(StringComparer.Ordinal);

    public bool HasHook { get; set; }

    public bool IsFull { get; set; }

    public Task<Acceptance> AcceptAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (IsFull) return Task.FromResult(Acceptance.Full);
        if (Inbox.Any(known => known.ForgeId == delivery.ForgeId)) return Task.FromResult(Acceptance.Duplicate);
        Inbox.Add(delivery);
        return Task.FromResult(Acceptance.Accepted);
    }

    public Task<bool> ReplayAsync(DeliveryId id, DateTimeOffset now, CancellationToken cancellation)
    {
        Revived.Add(id);
        return Task.FromResult(true);
    }

    public Task<Recorded> RecordAsync(Record record, CancellationToken cancellation)
    {
        Written.Add(record);
        return Task.FromResult(new Recorded(0, false));
    }

    public Task<Reconciled> LastAsync(RepositoryKey repository, CancellationToken cancellation) =>
        Task.FromResult((_last ?? Reconciled.Never(repository)) with { HasHook = HasHook });

    public Task KeepAsync(Reconciled round, CancellationToken cancellation)
    {
        _last = round;
        return Task.CompletedTask;
    }

    public Task KnowHookAsync(RepositoryKey repository, bool isOurs, CancellationToken cancellation)
    {
        HasHook = isOurs;
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<KnownTip>> TipsAsync(RepositoryKey repository, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<KnownTip>>([.. Tips.Values]);

    public Task SeeTipAsync(RepositoryKey repository, string branch, CommitId tip, DateTimeOffset at, CancellationToken cancellation)
    {
        // A walk's word stands above it.
        if (!Tips.TryGetValue(branch, out var known) || !known.IsGuarded) Tips[branch] = new KnownTip(branch, tip, false, at);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<string>> UnknownAsync(
        ConnectionName connection, ImmutableArray<string> forgeIds, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<string>>([.. forgeIds.Where(id => Inbox.All(known => known.ForgeId != id))]);

    public Task<DeliveryId?> DeadAsync(ConnectionName connection, string forgeId, CancellationToken cancellation) =>
        Task.FromResult(Dead.Contains(forgeId) ? Inbox.Single(known => known.ForgeId == forgeId).Id : default(DeliveryId?));

    public Task<PageOf<ChangeSummary>> ChangesAsync(ChangeFilter filter, CancellationToken cancellation) =>
        Task.FromResult(new PageOf<ChangeSummary>([.. Changes.Values.Where(one => one.Change.State == filter.State)], null));

    public Task<ChangeSummary?> ChangeAsync(ChangeKey key, CancellationToken cancellation) =>
        Task.FromResult(Changes.GetValueOrDefault(key.Number));

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<Reconciled>> OfConnectionAsync(ConnectionName connection, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<ImmutableArray<ClaimedDelivery>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task PostponeAsync(DeliveryId id, string why, DateTimeOffset? dueAt, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<ChangeSummary>> ChangesAtAsync(RepositoryKey repository, CommitId head, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<ImmutableArray<ChangeSummary>> AllowedIntoAsync(
        RepositoryKey repository, string branch, int limit, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<StoredRuling?> RulingAsync(RulingId id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<StoredRuling>> RulingsOfAsync(ChangeKey key, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReadOnlyMemory<byte>?> EvidenceAsync(RulingId id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<PageOf<DeliverySummary>> DeliveriesAsync(DeliveryFilter filter, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<StoredDelivery?> DeliveryAsync(DeliveryId id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<PageOf<StoredObligation>> ObligationsAsync(ObligationFilter filter, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<GateCounts> CountsAsync(CancellationToken cancellation) => throw new NotSupportedException();
}
