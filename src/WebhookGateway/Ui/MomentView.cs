using System.Globalization;

namespace GitOpsGate.WebhookGateway.Ui;

/// <summary>A moment for people: how long ago, and exactly.</summary>
/// <param name="Relative">For instance <c>3 h 20 min ago</c>.</param>
/// <param name="Exact">RFC 3339 in UTC, to the second.</param>
/// <param name="Readable">The same with a space and without the zone, which every page names at its foot.</param>
public sealed record MomentView(string Relative, string Exact, string Readable)
{
    public static MomentView Of(DateTimeOffset moment, DateTimeOffset now) => new(
        now < moment ? $"in {Length(moment - now)}" : $"{Length(now - moment)} ago",
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));

    /// <summary>A length of time in its two largest units.</summary>
    public static string Length(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} s",
        { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min",
        { TotalHours: < 24 } => $"{(int)span.TotalHours} h {span.Minutes} min",
        { TotalDays: < 14 } => $"{(int)span.TotalDays} d {span.Hours} h",
        _ => $"{(int)span.TotalDays} d",
    };
}
