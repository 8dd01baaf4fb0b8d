using System.Globalization;

namespace GitOpsGate.Storage.Privacy;

/// <summary>A day (UTC) of webhooks, by the number under which tables know it.</summary>
/// <param name="Number">Days since 1970-01-01.</param>
internal readonly record struct WebhookDay(long Number)
{
    private const long Milliseconds = 86_400_000;

    /// <summary>When it begins, in milliseconds since 1970.</summary>
    public long From => Number * Milliseconds;

    /// <summary>When the next one begins.</summary>
    public long To => From + Milliseconds;

    public DateOnly Date => DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(Number));

    /// <summary>The subject of its key: no person's reference looks like it.</summary>
    public string Subject => $"webhooks:{this}";

    public static WebhookDay Of(long receivedMilliseconds) => new(receivedMilliseconds / Milliseconds);

    /// <summary>The first day that has not ended yet when webhooks are kept for so long.</summary>
    public static WebhookDay FirstKept(DateTimeOffset now, TimeSpan keep) => Of((now - keep).ToUnixTimeMilliseconds());

    public override string ToString() => Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
