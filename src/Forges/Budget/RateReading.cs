using System.Globalization;
using System.Net.Http.Headers;

namespace GitOpsGate.Forges.Budget;

/// <summary>What a forge says of the budget that a call drew from.</summary>
/// <param name="Resource">The forge's name for it; empty where it has only one.</param>
/// <param name="Left">How many calls are left, or null when only the limit is told.</param>
/// <param name="ResetsAt">When the budget is whole again.</param>
internal sealed record RateReading(string Resource, long Limit, long? Left, DateTimeOffset ResetsAt)
{
    // Seconds below this are a time from now (as in draft-ietf-httpapi-ratelimit-headers), above it a moment since 1970.
    private const long LongestDelta = 1_000_000_000;
    private const int LongestName = 64;

    private static readonly TimeSpan Usual = TimeSpan.FromHours(1);

    /// <summary>
    /// Reads <c>X-RateLimit-*</c> (GitHub, Azure DevOps; Bitbucket Data Center, which tells how fast its bucket fills instead of when it is
    /// full; Bitbucket Cloud, which tells the limit alone) or <c>RateLimit-*</c> (GitLab). Null when nothing that makes sense is there.
    /// </summary>
    public static RateReading? Of(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (Number(headers, "Limit") is not (> 0 and var limit)) return null;
        var left = Number(headers, "Remaining") is { } remaining ? Math.Min(remaining, limit) : (long?)null;
        var resource = Text(headers, "Resource") ?? Text(headers, "Name") ?? "";
        if (resource.Length > LongestName) resource = resource[..LongestName];
        return new RateReading(resource, limit, left, ResetOf(headers, limit, left, now));
    }

    private static DateTimeOffset ResetOf(HttpResponseHeaders headers, long limit, long? left, DateTimeOffset now)
    {
        var wait = Usual;
        if (Number(headers, "Reset") is > 0 and < 253_402_300_799 and var reset)
        {
            wait = reset < LongestDelta ? TimeSpan.FromSeconds(reset) : DateTimeOffset.FromUnixTimeSeconds(reset) - now;
        }
        else if (Number(headers, "Interval-Seconds") is > 0 and < 86_400 and var interval && Number(headers, "FillRate") is > 0 and var rate)
        {
            wait = TimeSpan.FromSeconds(Math.Min(86_400, (limit - (left ?? 0)) * (double)interval / rate));
        }

        return now + TimeSpan.FromSeconds(Math.Clamp(wait.TotalSeconds, 1, 2 * 86_400));
    }

    private static long? Number(HttpResponseHeaders headers, string name) =>
        long.TryParse(Text(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Text(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues("X-RateLimit-" + name, out var values) || headers.TryGetValues("RateLimit-" + name, out values)
            ? values.First()
            : null;
}
