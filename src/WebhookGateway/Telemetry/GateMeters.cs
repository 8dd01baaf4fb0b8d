using System.Diagnostics.Metrics;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Telemetry;

/// <summary>
/// What the gateway counts and times. Labels hold only words of ours and names from <c>gate.yaml</c>. Safe for concurrent use.
/// </summary>
public sealed class GateMeters
{
    /// <summary>The meter's name; the rooms' own meters begin with it too.</summary>
    public const string Name = "GitOpsGate";

    private readonly Counter<long> _deliveries;
    private readonly Histogram<double> _intake;
    private readonly Counter<long> _obligations;
    private readonly Counter<long> _signIns;
    private readonly Histogram<double> _work;
    private readonly Counter<long> _rulings;
    private GateCounts? _counts;

    public GateMeters(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        double[] seconds = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30];
        var buckets = new InstrumentAdvice<double> { HistogramBucketBoundaries = seconds };
        _deliveries = meter.CreateCounter<long>("gate.deliveries", description: "Webhook calls by connection and result.");
        _intake = meter.CreateHistogram("gate.intake.duration", "s", "From a webhook call's arrival to its answer.", advice: buckets);
        _obligations = meter.CreateCounter<long>("gate.obligations", description: "Attempts to discharge obligations by kind and result.");
        _signIns = meter.CreateCounter<long>("gate.sign_ins", description: "Sign-ins by result.");
        _work = meter.CreateHistogram("gate.work.duration", "s", "One piece of work of a worker, by result.", advice: buckets);
        _rulings = meter.CreateCounter<long>("gate.rulings", description: "Rulings by verdict.");
        meter.CreateObservableGauge("gate.inbox.deliveries", Inbox, description: "Stored deliveries by state.");
        meter.CreateObservableGauge("gate.outbox.obligations", Outbox, description: "Stored obligations by state.");
        meter.CreateObservableGauge("gate.audit.entries", Entries, description: "Entries in the audit log.");
    }

    public void Took(string connection, string result, TimeSpan duration)
    {
        _deliveries.Add(1, new("connection", connection), new("result", result));
        _intake.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("result", result));
    }

    public void Discharged(string kind, string result) => _obligations.Add(1, new("kind", kind), new("result", result));

    public void SignedIn(string result) => _signIns.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Worked(string worker, string result, TimeSpan duration) =>
        _work.Record(duration.TotalSeconds, new("worker", worker), new("result", result));

    public void Ruled(string verdict) => _rulings.Add(1, new KeyValuePair<string, object?>("verdict", verdict));

    /// <summary>Gives the gauges what was counted last.</summary>
    public void Show(GateCounts counts) => Volatile.Write(ref _counts, counts);

    private IEnumerable<Measurement<long>> Inbox() =>
        from state in Volatile.Read(ref _counts)?.Deliveries.AsEnumerable() ?? []
        select new Measurement<long>(state.Value, new KeyValuePair<string, object?>("state", Words.Of(state.Key)));

    private IEnumerable<Measurement<long>> Outbox() =>
        from state in Volatile.Read(ref _counts)?.Obligations.AsEnumerable() ?? []
        select new Measurement<long>(state.Value, new KeyValuePair<string, object?>("state", Words.Of(state.Key)));

    private IEnumerable<Measurement<long>> Entries() =>
        Volatile.Read(ref _counts) is { } counts ? [new Measurement<long>(counts.AuditSize)] : [];
}
