using System.Collections.Immutable;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Api;
using GitOpsGate.WebhookGateway.Telemetry;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>Takes obligations from the outbox and has them discharged; the outbox gives one of each lane at a time.</summary>
internal sealed class ObligationWork(
    IObligationOutbox outbox, IGateStore store, Discharges discharges, GateMeters meters, TimeProvider clock) : IWork<ClaimedObligation>
{
    /// <summary>Longer than any call to a forge or a target takes.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    public string Name => "obligations";

    public int Width => 16;

    public Task<ImmutableArray<ClaimedObligation>> ClaimAsync(int limit, CancellationToken cancellation) =>
        outbox.ClaimAsync(limit, Lease, clock.GetUtcNow(), cancellation);

    public async Task<string> DoAsync(ClaimedObligation piece, CancellationToken cancellation)
    {
        var attempt = await discharges.TryAsync(piece, cancellation);
        await MarkAsync(piece, attempt);
        return Words.Of(attempt.Outcome.State);
    }

    /// <summary>What was not foreseen may have happened.</summary>
    public Task TroubleAsync(ClaimedObligation piece, Exception trouble, CancellationToken cancellation)
    {
        var next = Backoff.Next(piece.Attempts, null, clock.GetUtcNow());
        var state = next is null ? ObligationState.Dead : ObligationState.Unclear;
        return MarkAsync(piece, new Attempt(new ObligationOutcome(piece.Id, state, next, trouble.Message, null), null));
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => outbox.WaitAsync(atMost, cancellation);

    private async Task MarkAsync(ClaimedObligation piece, Attempt attempt)
    {
        // It has been tried: that is written down even when the gateway stops.
        var record = new Record
        {
            Discharged = attempt.Outcome,
            Entries = attempt.Entry is { } entry ? [entry] : [],
            At = clock.GetUtcNow(),
        };
        await store.RecordAsync(record, CancellationToken.None);
        meters.Discharged(ObligationWords.KindOf(piece.Obligation), Words.Of(attempt.Outcome.State));
    }
}
