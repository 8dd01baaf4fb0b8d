using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Telemetry;

/// <summary>Counts the rulings that were recorded, by verdict.</summary>
internal sealed class CountingStore(IGateStore store, GateMeters meters) : IGateStore
{
    public async Task<Recorded> RecordAsync(Record record, CancellationToken cancellation)
    {
        var recorded = await store.RecordAsync(record, cancellation);
        if (record.Ruling is { } ruling && recorded is { Superseded: false, IsAwaited: false }) meters.Ruled(Words.Of(ruling.Verdict));
        return recorded;
    }
}
