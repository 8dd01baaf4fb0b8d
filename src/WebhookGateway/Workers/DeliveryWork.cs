using System.Collections.Immutable;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>
/// Takes deliveries from the inbox and walks them through the house. Walks that concern the same thing go one after the other,
/// in the
/// order in which they were claimed; others go side by side.
/// </summary>
internal sealed class DeliveryWork(DeliveryPipeline pipeline, IDeliveryInbox inbox, TimeProvider clock) : IWork<DeliveryWalk>
{
    /// <summary>Longer than a first fetch of a large repository and all questions to its forge take.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);

    /// <summary>Deliveries that are claimed for one free hand: many of one change request become one walk.</summary>
    private const int Together = 4;

    private readonly Lanes _lanes = new();

    public string Name => "deliveries";

    public int Width => 24;

    public async Task<ImmutableArray<DeliveryWalk>> ClaimAsync(int limit, CancellationToken cancellation)
    {
        var claimed = await inbox.ClaimAsync(limit * Together, Lease, clock.GetUtcNow(), cancellation);
        if (claimed.IsEmpty) return [];
        var walks = await pipeline.PlanAsync(claimed, cancellation);
        // Here, by one thread, so that the order of claiming is the order of waiting.
        foreach (var walk in walks) _lanes.Queue(walk, LanesOf(walk));
        return walks;
    }

    public async Task<string> DoAsync(DeliveryWalk piece, CancellationToken cancellation)
    {
        await _lanes.TurnAsync(piece).WaitAsync(cancellation);
        await pipeline.WalkAsync(piece, clock.GetUtcNow(), cancellation);
        _lanes.Leave(piece);
        return piece.Outcomes.IsEmpty ? "walked" : "set_aside";
    }

    public async Task TroubleAsync(DeliveryWalk piece, Exception trouble, CancellationToken cancellation)
    {
        _lanes.Leave(piece);
        var now = clock.GetUtcNow();
        var isHopeless = trouble is GitTroubleException { IsPermanent: true };
        var asked = (trouble as ForgeTroubleException)?.RetryAfter;
        foreach (var claimed in piece.Deliveries)
        {
            var next = isHopeless ? null : Backoff.Next(claimed.Attempts, asked, now);
            await inbox.PostponeAsync(claimed.Delivery.Id, trouble.Message, next, cancellation);
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => inbox.WaitAsync(atMost, cancellation);

    private static IEnumerable<string> LanesOf(DeliveryWalk walk) => walk.Concerns.Select(concern => concern switch
    {
        Concern.Change change => change.Key.ToString(),
        Concern.Push push => $"{push.Repository}:{push.Branch}",
        _ => concern.Repository.ToString(),
    });
}

/// <summary>
/// Queues of walks by what they concern: a walk's turn comes when all that were queued before it on any of its lanes have left.
/// </summary>
internal sealed class Lanes
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);
    private readonly Dictionary<DeliveryWalk, (Task Turn, TaskCompletionSource Left, string[] Lanes)> _walks =
        new(ReferenceEqualityComparer.Instance);

    public void Queue(DeliveryWalk walk, IEnumerable<string> lanes)
    {
        lock (_gate)
        {
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            string[] names = [.. lanes.Distinct(StringComparer.Ordinal)];
            var before = names.Select(name => _last.GetValueOrDefault(name, Task.CompletedTask)).ToArray();
            foreach (var name in names) _last[name] = left.Task;
            _walks[walk] = (Task.WhenAll(before), left, names);
        }
    }

    public Task TurnAsync(DeliveryWalk walk)
    {
        lock (_gate) return _walks[walk].Turn;
    }

    public void Leave(DeliveryWalk walk)
    {
        lock (_gate)
        {
            if (!_walks.Remove(walk, out var known)) return;
            foreach (var name in known.Lanes.Where(name => _last.GetValueOrDefault(name) == known.Left.Task)) _last.Remove(name);
            known.Left.SetResult();
        }
    }
}
