using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Telemetry;

namespace GitOpsGate.WebhookGateway.Audit.Sinks;

/// <summary>How a sink stands, as this gateway knows it.</summary>
/// <param name="Next">The first entry that it has not acknowledged; null before it was looked at.</param>
/// <param name="Lag">How many entries it is behind the log.</param>
/// <param name="Trouble">Why the last attempt failed, or null when it did not.</param>
internal sealed record SinkState(SinkSource Source, long? Next, long Lag, DateTimeOffset? KeptAt, string? Trouble);

/// <summary>What is known of the sinks, for pages, the API and the metrics. Safe for concurrent use.</summary>
internal sealed class SinkBoard
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SinkState> _states;
    private readonly ImmutableArray<string> _order;
    private readonly Counter<long> _entries;
    private readonly Counter<long> _failures;

    public SinkBoard(GateConfiguration configuration, IMeterFactory factory)
    {
        ImmutableArray<SinkSource> sources = configuration.Audit?.Sinks ?? [];
        _order = [.. sources.Select(source => source.Name)];
        _states = sources.ToDictionary(source => source.Name, source => new SinkState(source, null, 0, null, null), StringComparer.Ordinal);
        var meter = factory.Create(GateMeters.Name + ".Sinks");
        meter.CreateObservableGauge("gate.audit.sink.lag", Lags, description: "Entries of the audit log that a sink has not acknowledged.");
        _entries = meter.CreateCounter<long>("gate.audit.sink.entries", description: "Entries that a sink has acknowledged.");
        _failures = meter.CreateCounter<long>("gate.audit.sink.failures", description: "Batches that a sink has not acknowledged.");
    }

    /// <summary>All sinks, in the order of the configuration.</summary>
    public ImmutableArray<SinkState> All
    {
        get
        {
            lock (_gate) return [.. _order.Select(name => _states[name])];
        }
    }

    public SinkState this[string sink]
    {
        get
        {
            lock (_gate) return _states[sink];
        }
    }

    /// <summary>The log has this many entries now.</summary>
    public void Grew(string sink, long size) => Change(sink, state => state with { Lag = Math.Max(0, size - (state.Next ?? 0)) });

    /// <summary>The sink stands here.</summary>
    public void Stands(string sink, SinkCursor cursor, long size) => Change(
        sink, state => state with { Next = cursor.Next, KeptAt = cursor.KeptAt ?? state.KeptAt, Lag = Math.Max(0, size - cursor.Next) });

    /// <summary>It acknowledged a batch.</summary>
    public void Kept(string sink, SinkBatch batch, DateTimeOffset now)
    {
        _entries.Add(batch.Leaves.Length, new KeyValuePair<string, object?>("sink", sink));
        Change(sink, state => state with { Next = batch.Last + 1, KeptAt = now, Trouble = null, Lag = Math.Max(0, state.Lag - batch.Leaves.Length) });
    }

    /// <summary>It did not.</summary>
    public void Failed(string sink, string why)
    {
        _failures.Add(1, new KeyValuePair<string, object?>("sink", sink));
        Change(sink, state => state with { Trouble = why });
    }

    private IEnumerable<Measurement<long>> Lags() =>
        All.Select(state => new Measurement<long>(state.Lag, new KeyValuePair<string, object?>("sink", state.Source.Name)));

    private void Change(string sink, Func<SinkState, SinkState> change)
    {
        lock (_gate) _states[sink] = change(_states[sink]);
    }
}
