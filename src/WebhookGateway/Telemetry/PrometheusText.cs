using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace GitOpsGate.WebhookGateway.Telemetry;

/// <summary>
/// Listens to meters and writes them in Prometheus' text format 0.0.4. A metric's name is the instrument's with underscores,
/// its unit
/// and, for counters, <c>_total</c>. Safe for concurrent use.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    /// <param name="isKept">Which meters are written.</param>
    public PrometheusText(Func<Meter, bool> isKept)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (isKept(instrument.Meter)) listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.Start();
    }

    /// <summary>All metrics as of now, in the order of their names.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var (_, family) in _families.OrderBy(family => family.Key, StringComparer.Ordinal)) family.WriteTo(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((Family)state!).Record(value, tags);

    private Family FamilyOf(Instrument instrument)
    {
        var generic = instrument.GetType().GetGenericTypeDefinition();
        var kind = generic == typeof(Histogram<>) ? MetricKind.Histogram
            : generic == typeof(Counter<>) ? MetricKind.Sum
            : generic == typeof(ObservableCounter<>) ? MetricKind.Total
            : generic == typeof(UpDownCounter<>) ? MetricKind.Level
            : MetricKind.Gauge;
        var isCounter = kind is MetricKind.Sum or MetricKind.Total;
        var name = Family.Clean(instrument.Name) + Unit(instrument.Unit);
        if (isCounter && !name.EndsWith("_total", StringComparison.Ordinal)) name += "_total";
        return _families.GetOrAdd(name, _ => new Family(name, instrument.Description ?? instrument.Name, kind, BoundsOf(instrument)));
    }

    private static double[] BoundsOf(Instrument instrument) =>
        instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } advised }
            ? [.. advised]
            : [.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10];

    private static string Unit(string? unit) => unit switch
    {
        "s" => "_seconds",
        "ms" => "_milliseconds",
        "By" => "_bytes",
        _ => "",
    };
}

/// <summary>How measurements become a metric.</summary>
internal enum MetricKind
{
    /// <summary>The last value stands.</summary>
    Gauge,

    /// <summary>A level that goes up and down by what is measured.</summary>
    Level,

    /// <summary>A counter to which each measurement adds.</summary>
    Sum,

    /// <summary>A counter that is read as a whole.</summary>
    Total,
    Histogram,
}

/// <summary>One metric with all its label sets.</summary>
internal sealed class Family(string name, string help, MetricKind kind, double[] bounds)
{
    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

    // Labels are put into words once: the door records two measurements for each call.
    private readonly ConcurrentDictionary<(string?, object?, string?, object?), Series> _known = new();

    /// <summary>A name with only the characters that Prometheus allows.</summary>
    public static string Clean(string name) =>
        string.Create(name.Length, name, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
        });

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Find(tags);
        lock (series)
        {
            if (kind == MetricKind.Histogram) series.Buckets[BucketOf(value)]++;
            series.Count++;
            series.Value = kind is MetricKind.Gauge or MetricKind.Total ? value : series.Value + value;
        }
    }

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length > 2) return Named(Labels(tags));
        var (first, second) = (tags.Length > 0 ? tags[0] : default, tags.Length > 1 ? tags[1] : default);
        var key = (first.Key, first.Value, second.Key, second.Value);
        return _known.TryGetValue(key, out var known) ? known : _known.GetOrAdd(key, Named(Labels(tags)));
    }

    private Series Named(string labels) => _series.GetOrAdd(labels, static (_, size) => new Series(new long[size]), bounds.Length + 1);

    public void WriteTo(StringBuilder text)
    {
        if (_series.IsEmpty) return;
        text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(TypeWord()).Append('\n');
        foreach (var (labels, series) in _series.OrderBy(series => series.Key, StringComparer.Ordinal))
        {
            lock (series)
            {
                if (kind == MetricKind.Histogram) WriteHistogram(text, labels, series);
                else Line(text, "", labels, Number(series.Value));
            }
        }
    }

    private void WriteHistogram(StringBuilder text, string labels, Series series)
    {
        long below = 0;
        for (var i = 0; i <= bounds.Length; i++)
        {
            below += series.Buckets[i];
            var bound = $"le=\"{(i < bounds.Length ? Number(bounds[i]) : "+Inf")}\"";
            Line(text, "_bucket", labels.Length == 0 ? bound : $"{labels},{bound}", below.ToString(CultureInfo.InvariantCulture));
        }

        Line(text, "_sum", labels, Number(series.Value));
        Line(text, "_count", labels, series.Count.ToString(CultureInfo.InvariantCulture));
    }

    private void Line(StringBuilder text, string suffix, string labels, string value)
    {
        text.Append(name).Append(suffix);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private string TypeWord() => kind switch
    {
        MetricKind.Gauge => "gauge",
        MetricKind.Level => "gauge",
        MetricKind.Sum => "counter",
        MetricKind.Total => "counter",
        MetricKind.Histogram => "histogram",
    };

    private int BucketOf(double value)
    {
        // A bucket holds what is at most its bound; the last one holds the rest.
        var at = Array.BinarySearch(bounds, value);
        return at >= 0 ? at : ~at;
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0) return "";
        var labels = new string[tags.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            var value = Convert.ToString(tags[i].Value, CultureInfo.InvariantCulture) ?? "";
            labels[i] = $"{Clean(tags[i].Key)}=\"{value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
        }

        Array.Sort(labels, StringComparer.Ordinal);
        return string.Join(',', labels);
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private sealed class Series(long[] buckets)
    {
        public double Value { get; set; }

        public long Count { get; set; }

        public long[] Buckets { get; } = buckets;
    }
}
