using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>How each kind of concern is walked.</summary>
public sealed record ConcernWalks(ChangeWalk Changes, PushWalk Pushes, MergeGroupWalk MergeGroups);

/// <summary>
/// From a delivery to its record: read, gather, judge, record. Trouble with forges and Git passes up to the worker, which postpones the
/// walk's deliveries; walking again is harmless. Safe to call concurrently.
/// </summary>
public sealed class DeliveryPipeline(
    GateConfiguration configuration, KnownForges forges, ConcernWalks walks, IGateReader reader, IGateStore store)
{
    /// <summary>Reads a batch and sorts it into walks that can go side by side. Pure but for looking up what was recorded.</summary>
    public Task<ImmutableArray<DeliveryWalk>> PlanAsync(ImmutableArray<ClaimedDelivery> batch, CancellationToken cancellation) =>
        new DeliveryPlan(forges, reader).OfAsync(batch, cancellation);

    /// <summary>Walks one of them to its end: on return its deliveries are done and all that they led to is recorded.</summary>
    /// <exception cref="ForgeTroubleException">The deliveries are not done; try the walk again later.</exception>
    /// <exception cref="GitTroubleException">The deliveries are not done; try the walk again later, unless it is permanent.</exception>
    public async Task WalkAsync(DeliveryWalk walk, DateTimeOffset now, CancellationToken cancellation)
    {
        // The last record is kept back until all went well: it is the one that says that the deliveries are done.
        Walked? last = null;
        var notes = new List<string>();
        await foreach (var walked in AllAsync(walk, now, cancellation))
        {
            if (last is not null) await store.RecordAsync(last.Record, cancellation);
            last = walked;
            if (notes.Count < 5) notes.Add(walked.Note);
        }

        var note = string.Join("; ", notes);
        var outcomes = walk.Outcomes.IsEmpty
            ? walk.Deliveries.Select(claimed => new DeliveryOutcome(claimed.Delivery.Id, DeliveryState.Done, note)).ToImmutableArray()
            : walk.Outcomes;
        var record = last?.Record ?? new Record { At = now };
        var correlation = record.Ruling?.Revision.Change.ToString() ?? record.Change?.Key.ToString();
        var received = walk.Deliveries.Zip(outcomes, (claimed, outcome) => RulingEntries.Received(claimed.Delivery, outcome.State, correlation));
        await store.RecordAsync(record with { Deliveries = outcomes, Entries = [.. received, .. record.Entries] }, cancellation);
    }

    private async IAsyncEnumerable<Walked> AllAsync(DeliveryWalk walk, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var concern in walk.Concerns)
        {
            var reach = forges.Find(concern.Repository.Connection)
                ?? throw new UnreachableException($"a walk was planned for connection `{concern.Repository.Connection}`, which is not known");
            switch (concern)
            {
                case Concern.Change change:
                    yield return await walks.Changes.WalkAsync(reach, change, configuration.PublicUrl, cancellation);
                    break;
                case Concern.Push push:
                    await foreach (var walked in walks.Pushes.WalkAsync(reach, push, now, cancellation)) yield return walked;
                    break;
                case Concern.MergeGroup group:
                    yield return await walks.MergeGroups.WalkAsync(reach, group, cancellation);
                    break;
            }
        }
    }
}
