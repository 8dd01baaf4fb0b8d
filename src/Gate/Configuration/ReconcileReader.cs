using System.Globalization;

namespace GitOpsGate.Configuration;

/// <summary>How often the gate compares what it has recorded with what the forges have.</summary>
public sealed record ReconcileSettings
{
    /// <summary>Every ten minutes.</summary>
    public static ReconcileSettings Usual { get; } = new();

    /// <summary>From one round of a repository to the next, more or less; never longer than a day.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether nothing is compared at all: then what a forge does not deliver is missed.</summary>
    public bool IsOff { get; init; }
}

/// <summary>Reads <c>reconcile</c> of <c>gate.yaml</c>.</summary>
internal static class ReconcileReader
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Most = TimeSpan.FromDays(1);

    public static ReconcileSettings Read(Fields root)
    {
        if (root.Inner("reconcile") is not { } fields) return ReconcileSettings.Usual;
        var settings = new ReconcileSettings { Every = Every(fields), IsOff = fields.Flag("off", false) };
        fields.Done();
        return settings;
    }

    private static TimeSpan Every(Fields fields)
    {
        if (fields.Text("every") is not { } text) return ReconcileSettings.Usual.Every;
        if (TryRead(text) is { } every && every >= Least && every <= Most) return every;
        fields.Refuse(fields.LineOf("every"), "`every` should be a time from `5s` to `24h`, for instance `10m`");
        return ReconcileSettings.Usual.Every;
    }

    /// <summary>A time such as <c>90s</c>, <c>10m</c> or <c>24h</c>; null when it is none.</summary>
    internal static TimeSpan? TryRead(string text)
    {
        if (text.Length is < 2 or > 8 || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return null;
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(count),
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            _ => null,
        };
    }
}
