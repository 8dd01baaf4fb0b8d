using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Facts;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>The whole pipeline over a forge, a Git and records in memory, with a clock that is turned by hand.</summary>
internal sealed class Rig
{
    public Memory Memory { get; } = new();

    public MemoryAccess Access { get; } = new();

    public ManualTimeProvider Clock { get; } = new(SomeEvidence.Noon.AddHours(1));

    public GateConfiguration Configuration { get; init; } = SomeEvidence.Configuration with
    {
        Environments = [new EnvironmentSource("production", SomeEvidence.Shop, "main", "", ["folder"])],
    };

    /// <summary>The forge, or null for the memory.</summary>
    public IForge? Forge { get; init; }

    /// <summary>The note of the delivery that was told last.</summary>
    public string Note => Memory.Records[^1].Deliveries[0].Note;

    public static CommitId Id(int number) => CommitId.Parse(number.ToString("x40"));

    public void Approve() => Memory.World = Memory.World with { Reviews = [SomeEvidence.Review("bob", ReviewState.Approved)] };

    /// <summary>Tells the gate of deliveries at once; the clock goes on by a minute.</summary>
    public async Task TellAsync(params Reading[] readings)
    {
        var batch = readings.Select((_, index) => new ClaimedDelivery(
            new Delivery
            {
                Id = new DeliveryId(Guid.CreateVersion7(Clock.GetUtcNow())),
                Connection = SomeEvidence.Shop.Connection,
                Forge = "github",
                ForgeId = $"{index}",
                Event = "any",
                Body = new[] { (byte)index },
                ReceivedAt = Clock.GetUtcNow(),
            },
            0)).ToImmutableArray();
        Memory.Reads = delivery => readings[delivery.Body.Span[0]];
        await WalkAsync(batch);
    }

    /// <summary>Walks one delivery; the clock goes on by a minute.</summary>
    public Task WalkAsync(Delivery delivery) => WalkAsync([new ClaimedDelivery(delivery, 0)]);

    private async Task WalkAsync(ImmutableArray<ClaimedDelivery> batch)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var pipeline = Pipeline();
        foreach (var walk in await pipeline.PlanAsync(batch, cancellation)) await pipeline.WalkAsync(walk, Clock.GetUtcNow(), cancellation);
        Clock.Advance(TimeSpan.FromMinutes(1));
    }

    private DeliveryPipeline Pipeline()
    {
        var gatherer = new EvidenceGatherer(Configuration, Memory, Memory, Clock);
        var changes = new ChangeWalk(gatherer, new Judge(Configuration, new TableEngine()), Memory, new RulingEntries(Memory), Clock);
        var pushes = new PushWalk(
            Configuration, Memory, new Coverage(Memory, Memory, Memory), new PushOrders(Configuration, Memory, Memory), new OpenChanges(Memory, Memory, changes));
        var forges = new KnownForges(Configuration, [Forge ?? Memory]);
        var deployments = new DeploymentWalk(
            Configuration, forges, new DeploymentJudge(Configuration, Memory, new Coverage(Memory, Memory, Memory), Memory, Memory), Memory, Clock);
        var walks = new ConcernWalks(changes, pushes, new MergeGroupWalk(Configuration, Memory, Clock), deployments, new AccessWalk(Access, Access, Memory, new RulingEntries(Memory), Clock));
        return new DeliveryPipeline(Configuration, forges, walks, Memory, Memory);
    }
}
