using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Configuration;
using GitOpsGate.WebhookGateway.Telemetry;

namespace GitOpsGate.WebhookGateway.Audit.Witnesses;

/// <summary>How a witness stands, as this gateway knows it.</summary>
/// <param name="Size">How many entries it has cosigned; null before that is known.</param>
/// <param name="At">When it cosigned last, as far as this gateway knows.</param>
/// <param name="Trouble">What is wrong, or null.</param>
internal sealed record WitnessState(WitnessSource Source, long? Size, DateTimeOffset? At, string? Trouble)
{
    /// <summary>Whether it has cosigned what this log does not hold.</summary>
    public bool Contradicts { get; init; }
}

/// <summary>What is known of the witnesses, for the page and the metrics. Safe for concurrent use.</summary>
internal sealed class WitnessBoard
{
    /// <summary>How long the log may grow without a quorum before somebody is told.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, WitnessState> _states;
    private readonly WitnessSettings _settings;
    private readonly TimeProvider _clock;
    private long _size;
    private long _quorum;
    private DateTimeOffset? _behindSince;

    public WitnessBoard(WitnessSettings settings, IMeterFactory factory, TimeProvider clock)
    {
        (_settings, _clock) = (settings, clock);
        _states = settings.Sources.ToDictionary(source => source.Name, source => new WitnessState(source, null, null, null), StringComparer.Ordinal);
        var meter = factory.Create(GateMeters.Name + ".Witnesses");
        if (settings.Sources.IsEmpty) return;
        meter.CreateObservableGauge("gate.audit.witness.lag", Lags, description: "Entries of the audit log that a witness has not cosigned.");
        meter.CreateObservableGauge("gate.audit.witness.contradicts", Contradictions, description: "1 where a witness has cosigned what the log does not hold.");
        meter.CreateObservableGauge("gate.audit.quorum.behind", Behind, "s", "How long the audit log has grown without a quorum of its witnesses.");
    }

    /// <summary>How many make a quorum.</summary>
    public int Needed => _settings.Quorum;

    /// <summary>All witnesses, in the order of the configuration.</summary>
    public ImmutableArray<WitnessState> All
    {
        get
        {
            lock (_gate) return [.. _settings.Sources.Select(source => _states[source.Name])];
        }
    }

    /// <summary>How many entries the newest checkpoint with a quorum has; 0 when there is none.</summary>
    public long Quorum
    {
        get
        {
            lock (_gate) return _quorum;
        }
    }

    /// <summary>Whether the log has grown for too long without a quorum.</summary>
    public bool IsLate => BehindFor > Patience;

    private TimeSpan BehindFor
    {
        get
        {
            lock (_gate) return _behindSince is { } since ? _clock.GetUtcNow() - since : TimeSpan.Zero;
        }
    }

    public WitnessState this[string witness]
    {
        get
        {
            lock (_gate) return _states[witness];
        }
    }

    /// <summary>The log has this many entries now.</summary>
    public void Grew(long size)
    {
        lock (_gate)
        {
            _size = Math.Max(_size, size);
            if (_size > _quorum) _behindSince ??= _clock.GetUtcNow();
        }
    }

    /// <summary>A quorum has cosigned this many entries.</summary>
    public void Reached(long size)
    {
        lock (_gate)
        {
            if (size <= _quorum) return;
            (_quorum, _behindSince) = (size, null);
            if (_size > _quorum) _behindSince = _clock.GetUtcNow();
        }
    }

    /// <summary>A witness was asked.</summary>
    /// <returns>Whether its trouble is another one than before.</returns>
    public bool Asked(string witness, WitnessReply reply)
    {
        lock (_gate)
        {
            var before = _states[witness];
            var isGiven = reply.Standing == WitnessStanding.Cosigned;
            _states[witness] = before with
            {
                Size = isGiven || reply.Size > 0 ? reply.Size : before.Size,
                At = isGiven ? _clock.GetUtcNow() : before.At,
                Trouble = isGiven ? null : reply.Why,
                Contradicts = reply.Standing is WitnessStanding.Ahead or WitnessStanding.Forked || (before.Contradicts && !isGiven),
            };
            return before.Trouble != _states[witness].Trouble;
        }
    }

    private IEnumerable<Measurement<long>> Lags()
    {
        lock (_gate) return [.. All.Select(state => new Measurement<long>(Math.Max(0, _size - (state.Size ?? 0)), Tag(state)))];
    }

    private IEnumerable<Measurement<int>> Contradictions() => All.Select(state => new Measurement<int>(state.Contradicts ? 1 : 0, Tag(state)));

    private double Behind() => BehindFor.TotalSeconds;

    private static KeyValuePair<string, object?> Tag(WitnessState state) => new("witness", state.Source.Name);
}
