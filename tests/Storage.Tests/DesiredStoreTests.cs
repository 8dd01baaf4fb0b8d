using GitOpsGate.Audit;
using GitOpsGate.Dispatch;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>What agents' targets should run, and what agents say, on both databases.</summary>
public class DesiredStoreTests
{
    private static readonly WarrantSigner Signer = new(WarrantSigner.NewKey());
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_document_is_found_again_whole_and_only_the_next_version_is_published(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var desired = new DesiredStore(database);
        var state = new DesiredState(Order("o-1"), 1, 1, Samples.Noon.AddHours(1), TimeSpan.FromHours(1), "one"u8.ToArray());

        Assert.Null(await desired.NewestAsync("cluster", Cancel));
        Assert.False(await desired.PublishAsync(state with { Version = 2 }, Cancel));
        Assert.True(await desired.PublishAsync(state, Cancel));
        Assert.False(await desired.PublishAsync(state with { Order = Order("o-2") }, Cancel));
        Assert.True(await desired.PublishAsync(state with { Order = Order("o-2"), Version = 2, Published = 2 }, Cancel));

        var newest = await desired.NewestAsync("cluster", Cancel);
        Assert.Equal(("o-2", 2), (newest!.Order.Id, newest.Version));
        var first = await desired.OfOrderAsync("cluster", "o-1", Cancel);
        Assert.Equal(StoredJson.Write(state.Order), StoredJson.Write(first!.Order));
        Assert.Equal(state with { Order = first.Order, Envelope = first.Envelope }, first);
        Assert.Equal(state.Envelope.ToArray(), first.Envelope.ToArray());
        Assert.Null(await desired.OfOrderAsync("elsewhere", "o-1", Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_document_is_issued_again_before_it_expires_and_its_order_keeps_its_reference(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var desk = new DesiredDesk(new DesiredStore(database), Signer, _clock);
        var order = Order("o-1");
        var first = await desk.PublishAsync(order, Signer.Sign(order, Samples.Noon), TimeSpan.FromHours(1), Cancel);
        _clock.Advance(TimeSpan.FromMinutes(29));
        var same = await desk.NewestAsync("cluster", Cancel);
        _clock.Advance(TimeSpan.FromMinutes(1));

        var renewed = await desk.NewestAsync("cluster", Cancel);

        Assert.Equal(first!.Envelope.ToArray(), same!.Envelope.ToArray());
        Assert.Equal((2, 1, Samples.Noon.AddMinutes(90)), (renewed!.Version, renewed.Published, renewed.Expires));
        Assert.IsType<DesiredCheck.Good>(DesiredVerifier.Check(
            renewed.Envelope, Signer.PublicKey, "cluster", new KnownDocument(1, "", Samples.Noon), _clock.GetUtcNow()));
        Assert.Equal(renewed.Version, (await desk.PublishAsync(order, Signer.Sign(order, Samples.Noon), TimeSpan.FromHours(1), Cancel))!.Version);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Of_many_who_publish_at_once_each_gets_a_version_of_its_own(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var desk = new DesiredDesk(new DesiredStore(database), Signer, _clock);
        var orders = Enumerable.Range(0, 4).Select(number => Order($"o-{number}")).ToArray();

        var states = await Task.WhenAll(orders.Select(
            order => Task.Run(() => desk.PublishAsync(order, Signer.Sign(order, Samples.Noon), TimeSpan.FromHours(1), Cancel), Cancel)));

        Assert.Equal([1, 2, 3, 4], states.Select(state => state!.Version).Order());
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_report_is_recorded_once_and_shown_beside_its_obligation_whoever_is_faster(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, desired, outbox) = (new GateStore(database), new DesiredStore(database), new ObligationOutbox(database));
        var order = await OweAsync(gate, "o-1");
        var claimed = Assert.Single(await outbox.ClaimAsync(10, TimeSpan.FromMinutes(5), Samples.Noon, Cancel));
        await desired.PublishAsync(new DesiredState(order, 1, 1, Samples.Noon.AddHours(1), TimeSpan.FromHours(1), "one"u8.ToArray()), Cancel);
        var failed = Report(order, 1, ReportPhase.Failed) with { Reason = "the disk is full" };

        Assert.True(await desired.ReportAsync(failed, Entry(), Cancel));
        Assert.False(await desired.ReportAsync(failed, Entry(), Cancel));
        await gate.RecordAsync(Sent(claimed), Cancel);

        Assert.Equal((ObligationState.Dead, failed.Sentence), await ShownAsync(database));
        Assert.True(await outbox.RetryAsync(claimed.Id, Samples.Noon, Cancel));
        Assert.True(await desired.ReportAsync(Report(order, 2, ReportPhase.Applied) with { Release = "r" }, Entry(), Cancel));
        await gate.RecordAsync(Sent(claimed), Cancel);
        Assert.Equal((ObligationState.Discharged, "the agent applied version 1: r is served"), await ShownAsync(database));
        Assert.Equal(2, (await new AuditReader(database).ReadAsync(0, 100, Cancel))
            .Count(leaf => LeafFields.Read(leaf.Bytes).Type == AuditTypes.DeploymentReported));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task An_order_that_a_newer_one_overtakes_is_shown_as_superseded(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, desired, outbox) = (new GateStore(database), new DesiredStore(database), new ObligationOutbox(database));
        var order = await OweAsync(gate, "o-1");
        var claimed = Assert.Single(await outbox.ClaimAsync(10, TimeSpan.FromMinutes(5), Samples.Noon, Cancel));
        var state = new DesiredState(order, 1, 1, Samples.Noon.AddHours(1), TimeSpan.FromHours(1), "one"u8.ToArray());
        await desired.PublishAsync(state, Cancel);
        await gate.RecordAsync(Sent(claimed), Cancel);
        await desired.PublishAsync(state with { Version = 2 }, Cancel);
        Assert.Equal(ObligationState.Discharged, (await ShownAsync(database)).State);

        await desired.PublishAsync(state with { Order = Order("o-2"), Version = 3, Published = 3 }, Cancel);

        Assert.Equal((ObligationState.Superseded, "a newer order took its place before the agent came for it"), await ShownAsync(database));
    }

    private static DispatchOrder Order(string id) =>
        Samples.Send(Samples.Change(7), Samples.Ruling(Samples.Change(7), Verdict.Allowed, Samples.Noon), id).Order;

    private static async Task<DispatchOrder> OweAsync(GateStore gate, string id)
    {
        var order = Order(id);
        await gate.RecordAsync(
            new Record { Entries = [Samples.Entry(AuditTypes.DispatchRequested)], Obligations = [new Obligation.Send(order)], At = Samples.Noon }, Cancel);
        return order;
    }

    private static Record Sent(ClaimedObligation claimed) => new()
    {
        Discharged = new ObligationOutcome(claimed.Id, ObligationState.Discharged, null, "accepted as version 1, which waits for the agent", "version 1"),
        At = Samples.Noon,
    };

    private static AgentReport Report(DispatchOrder order, int number, ReportPhase phase) => new()
    {
        Id = Guid.CreateVersion7(Samples.Noon.AddSeconds(number)),
        Target = order.Target,
        Version = 1,
        OrderId = order.Id,
        Phase = phase,
        At = Samples.Noon,
    };

    private static AuditDraft Entry() => Samples.Entry(AuditTypes.DeploymentReported);

    private static async Task<(ObligationState State, string Note)> ShownAsync(Database database)
    {
        var page = await new GateReader(database).ObligationsAsync(new ObligationFilter(null, null, null, 10), Cancel);
        var shown = Assert.Single(page.Items);
        return (shown.State, shown.Note);
    }
}
