using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>How each kind of concern is walked.</summary>
public sealed record ConcernWalks(
    ChangeWalk Changes, PushWalk Pushes, MergeGroupWalk MergeGroups, DeploymentWalk Deployments, AccessWalk Access);

/// <summary>
/// From a delivery to its record: read, gather, judge, record. Trouble with forges and Git passes up to the worker, which postpones the
/// walk's deliveries; walking again is harmless. Safe to call concurrently.
/// </summary>
public sealed class DeliveryPipeline(
    GateConfiguration configuration, KnownForges forges, ConcernWalks walks, IGateReader reader, IGateStore store)
{
    private const int MaxNotes = 5;

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
        var lookedAt = walk.Concerns.OfType<Concern.Change>().Select(change => change.Key).ToHashSet();
        await foreach (var walked in AllAsync(walk, now, cancellation))
        {
            if (last is not null) await store.RecordAsync(last.Record, cancellation);
            last = walked;
            notes.Add(walked.Note);
            if (walked.Record.Change is { } change) lookedAt.Add(change.Key);
        }

        var record = last?.Record ?? new Record { At = now };
        string[] asked = [.. walk.Concerns.OfType<Concern.Deployment>().Select(KeyOf)];
        if (asked.Length == 0)
        {
            var end = record with { LookedAt = [.. lookedAt] };
            if (!(await store.RecordAsync(Ended(walk, end, notes), cancellation)).IsAwaited) return;
        }

        // Deployments are judged by what is in the store, so what was found goes there first; then they have their answers, and only then
        // are the deliveries done.
        await store.RecordAsync(record, cancellation);
        await AnswerAsync(asked, lookedAt, notes, cancellation);
        await store.RecordAsync(Ended(walk, new Record { At = record.At }, notes, record), cancellation);
    }

    private async Task AnswerAsync(string[] asked, IEnumerable<ChangeKey> lookedAt, List<string> notes, CancellationToken cancellation)
    {
        // What is told of a question says more than that it was asked.
        foreach (var key in asked) notes.InsertRange(0, await AnswerAsync(key, cancellation));
        foreach (var change in lookedAt)
        {
            foreach (var key in await walks.Deployments.WaitingAsync(change, cancellation)) notes.AddRange(await AnswerAsync(key, cancellation));
        }
    }

    private async Task<ImmutableArray<string>> AnswerAsync(string key, CancellationToken cancellation)
    {
        // Twice: what was ruled before it was known that a deployment waits for it has woken nobody.
        var note = ImmutableArray<string>.Empty;
        for (var time = 0; time < 2 && await walks.Deployments.AnswerAsync(key, cancellation) is { } walked; time++)
        {
            note = [walked.Note];
            if (walked.Record.Question is null) break;
            await store.RecordAsync(walked.Record, cancellation);
        }

        return note;
    }

    private static string KeyOf(Concern.Deployment deployment) =>
        DeploymentQuestion.Of(deployment.Repository, deployment.Gate!, default).Key;

    private static Record Ended(DeliveryWalk walk, Record record, List<string> notes, Record? about = null)
    {
        var note = string.Join("; ", notes.Take(MaxNotes));
        var outcomes = walk.Outcomes.IsEmpty
            ? walk.Deliveries.Select(claimed => new DeliveryOutcome(claimed.Delivery.Id, DeliveryState.Done, note)).ToImmutableArray()
            : walk.Outcomes;
        about ??= record;
        var correlation = about.Ruling?.Revision.Change.ToString() ?? about.Change?.Key.ToString();
        var received = walk.Deliveries.Zip(outcomes, (claimed, outcome) => RulingEntries.Received(claimed.Delivery, outcome.State, correlation));
        return record with { Deliveries = outcomes, Entries = [.. received, .. record.Entries] };
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
                case Concern.Access access:
                    yield return await walks.Access.WalkAsync(access, cancellation);
                    break;
                case Concern.Moved moved:
                    await foreach (var walked in walks.Access.WalkAsync(reach, moved, cancellation)) yield return walked;
                    break;
                case Concern.Deployment { Gate: { } gate } deployment:
                    yield return await walks.Deployments.AskAsync(deployment.Repository, gate, cancellation);
                    break;
            }
        }
    }
}
