using System.Diagnostics.Metrics;
using GitOpsGate.Changes;
using GitOpsGate.Reconciling;
using GitOpsGate.WebhookGateway.Telemetry;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>What the reconciler counts, by connection. Safe for concurrent use.</summary>
internal sealed class ReconcileMeters
{
    private readonly Counter<long> _rounds;
    private readonly Counter<long> _missed;
    private readonly Counter<long> _redelivered;
    private readonly Counter<long> _backfilled;
    private readonly Counter<long> _hooks;

    public ReconcileMeters(IMeterFactory factory)
    {
        var meter = factory.Create(GateMeters.Name + ".Reconciling");
        _rounds = meter.CreateCounter<long>("gate.reconcile.rounds", description: "Comparisons of a repository with its forge, by result.");
        _missed = meter.CreateCounter<long>("gate.reconcile.missed", description: "What a forge had and no webhook had told of.");
        _redelivered = meter.CreateCounter<long>("gate.reconcile.redelivered", description: "Deliveries that a forge was asked to send again.");
        _backfilled = meter.CreateCounter<long>("gate.reconcile.backfilled", description: "Deliveries that the gate made for itself.");
        _hooks = meter.CreateCounter<long>("gate.reconcile.hooks_repaired", description: "Webhooks that were registered anew.");
    }

    public void Count(ConnectionName connection, RoundReport report, bool isWhole)
    {
        var place = new KeyValuePair<string, object?>("connection", connection.Value);
        if (report.Round.IsHookRepaired) _hooks.Add(1, place);
        if (!isWhole) return;
        _rounds.Add(1, place, new("result", report.Trouble is not null ? "trouble" : report.Misses > 0 ? "differs" : "same"));
        _missed.Add(report.Misses, place);
        _redelivered.Add(report.Round.Redelivered, place);
        _backfilled.Add(report.Round.Backfilled, place);
    }
}
