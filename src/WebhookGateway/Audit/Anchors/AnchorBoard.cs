using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Telemetry;

namespace GitOpsGate.WebhookGateway.Audit.Anchors;

/// <summary>How anchoring of one kind stands, as this gateway knows it.</summary>
/// <param name="Where">The repository or the authority.</param>
/// <param name="Newest">The anchor that was made last, or null.</param>
/// <param name="Trouble">What is not right, or null.</param>
internal sealed record AnchorState(AnchorKind Kind, string Where, Anchor? Newest, string? Trouble);

/// <summary>What is known of the anchors that are configured, for pages, the API and the metrics. Safe for concurrent use.</summary>
internal sealed class AnchorBoard
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<AnchorKind, AnchorState> _states = [];
    private readonly TimeProvider _clock;
    private readonly Counter<long> _failures;

    public AnchorBoard(AnchorSettings settings, TimeProvider clock, IMeterFactory factory)
    {
        _clock = clock;
        if (settings.Git is { } git) _states[AnchorKind.Git] = new AnchorState(AnchorKind.Git, git.Url, null, null);
        if (settings.Timestamp is { } stamp)
            _states[AnchorKind.Timestamp] = new AnchorState(AnchorKind.Timestamp, stamp.Address.GetLeftPart(UriPartial.Path), null, null);
        var meter = factory.Create(GateMeters.Name + ".Anchors");
        meter.CreateObservableGauge("gate.audit.anchor.age", Ages, "s", "Since the audit log's head was anchored last.");
        meter.CreateObservableGauge("gate.audit.anchor.size", Sizes, description: "Entries of the audit log that the newest anchor covers.");
        _failures = meter.CreateCounter<long>(
            "gate.audit.anchor.failures", description: "Turns that anchored nothing: the other side failed, or what it holds contradicts the log.");
    }

    /// <summary>Those that are configured.</summary>
    public ImmutableArray<AnchorState> All
    {
        get
        {
            lock (_gate) return [.. _states.Values];
        }
    }

    /// <summary>This is the newest one.</summary>
    /// <param name="warning">What is not right all the same, or null.</param>
    public void Stands(AnchorKind kind, Anchor? newest, string? warning) =>
        Change(kind, state => state with { Newest = newest ?? state.Newest, Trouble = warning });

    /// <summary>Nothing was anchored.</summary>
    public void Failed(AnchorKind kind, Exception trouble)
    {
        _failures.Add(
            1, new("kind", Anchor.WordOf(kind)), new("reason", trouble is LogRolledBackException ? "contradiction" : "failure"));
        Change(kind, state => state with { Trouble = trouble.Message });
    }

    private IEnumerable<Measurement<double>> Ages() => Each(anchor => Math.Max(0, (_clock.GetUtcNow() - anchor.At).TotalSeconds));

    private IEnumerable<Measurement<long>> Sizes() => Each(anchor => anchor.Size);

    private IEnumerable<Measurement<T>> Each<T>(Func<Anchor, T> measure)
        where T : struct => All.Select(state => state.Newest).OfType<Anchor>()
        .Select(anchor => new Measurement<T>(measure(anchor), new KeyValuePair<string, object?>("kind", Anchor.WordOf(anchor.Kind))));

    private void Change(AnchorKind kind, Func<AnchorState, AnchorState> change)
    {
        lock (_gate) _states[kind] = change(_states[kind]);
    }
}
