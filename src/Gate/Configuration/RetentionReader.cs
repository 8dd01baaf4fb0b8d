using System.Globalization;

namespace GitOpsGate.Configuration;

/// <summary>How long the gate keeps what it does not need for ever.</summary>
public sealed record RetentionSettings
{
    /// <summary>Webhooks for 90 days.</summary>
    public static RetentionSettings Usual { get; } = new();

    /// <summary>Headers and bodies of webhooks, from the end of the day (UTC) on which they were received.</summary>
    public TimeSpan Webhooks { get; init; } = TimeSpan.FromDays(90);
}

/// <summary>Reads <c>retention</c> of <c>gate.yaml</c>.</summary>
internal static class RetentionReader
{
    // No forge sends again what is older than a week, and ten years are longer than any law that we know of asks for.
    private const int Least = 7;
    private const int Most = 3650;

    public static RetentionSettings Read(Fields root)
    {
        if (root.Inner("retention") is not { } fields) return RetentionSettings.Usual;
        var settings = new RetentionSettings { Webhooks = Days(fields, "webhooks", RetentionSettings.Usual.Webhooks) };
        fields.Done();
        return settings;
    }

    private static TimeSpan Days(Fields fields, string key, TimeSpan usual)
    {
        if (fields.Text(key) is not { } text) return usual;
        var isDays = text.Length is > 1 and < 6 && text[^1] == 'd' && text[0] != '0';
        if (isDays && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= Least and <= Most)
            return TimeSpan.FromDays(days);
        fields.Refuse(fields.LineOf(key), $"`{key}` should be a number of days from `{Least}d` to `{Most}d`, for instance `90d`");
        return usual;
    }
}
