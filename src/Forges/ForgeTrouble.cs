using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GitOpsGate.Forges.Budget;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges;

/// <summary>
/// Tells what a bad answer, or none, means. What matters is whether something may have changed: reading again costs nothing, but
/// a call that changes something and was sent may have done its work even though no answer came.
/// </summary>
internal static class ForgeTrouble
{
    private const int LongestComplaint = 200;

    /// <summary>No answer came because of the network.</summary>
    public static ForgeTroubleException Of(HttpRequestException trouble, HttpMethod method, string call)
    {
        var notSent = trouble.HttpRequestError
            is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
        var kind = notSent || IsRead(method) ? TroubleKind.Unavailable : TroubleKind.Unclear;
        var what = notSent ? "could not be sent" : "got no whole answer";
        return new ForgeTroubleException($"{call} {what}: {trouble.Message}", kind, inner: trouble);
    }

    /// <summary>No answer came in time. <paramref name="connecting"/>: the connection itself was never made.</summary>
    public static ForgeTroubleException TimedOut(Exception trouble, HttpMethod method, string call, bool connecting) =>
        new(
            $"{call} {(connecting ? "could not be sent: no connection" : "got no answer")} in time",
            connecting || IsRead(method) ? TroubleKind.Unavailable : TroubleKind.Unclear,
            inner: trouble);

    /// <summary>An answer came that cannot be used, for instance one that is too large or not JSON.</summary>
    public static ForgeTroubleException Useless(HttpMethod method, string call, string why) =>
        new($"{call} got an answer that cannot be used: {why}", IsRead(method) ? TroubleKind.Unavailable : TroubleKind.Unclear);

    /// <summary>The forge answered, and not with success.</summary>
    /// <param name="rest">How long the forge asks to wait, or null when it does not.</param>
    public static ForgeTroubleException Of(int status, JsonElement body, HttpMethod method, string call, RestAsked? rest)
    {
        var kind = status switch
        {
            _ when rest is not null => TroubleKind.Unavailable,
            401 or 403 => TroubleKind.Forbidden,
            404 or 410 => TroubleKind.Missing,
            408 or 429 or 503 => TroubleKind.Unavailable,
            >= 500 => IsRead(method) ? TroubleKind.Unavailable : TroubleKind.Unclear,
            _ => TroubleKind.Refused,
        };
        var complaint = Complaint(body);
        var why = complaint.Length > 0 ? $": {complaint}" : "";
        return new ForgeTroubleException($"{call} was answered with {status}{why}", kind, rest?.Wait);
    }

    /// <summary>
    /// How long a forge asks to wait: Retry-After (RFC 9110 §10.2.3), an exhausted rate limit with the moment of its reset
    /// (GitHub, GitLab, Bitbucket), or GitHub's secondary limit, which comes as 403 without either. Null when it asks for
    /// nothing.
    /// </summary>
    public static RestAsked? RestAskedFor(int status, HttpResponseHeaders headers, JsonElement body, DateTimeOffset now)
    {
        if (status is not (403 or 429 or 503)) return null;
        var isSpent = First(headers, "x-ratelimit-remaining", "ratelimit-remaining") == 0;
        var wait = headers.RetryAfter is { } after ? after.Delta ?? after.Date - now : null;
        if (wait is null && isSpent)
        {
            var reset = First(headers, "x-ratelimit-reset", "ratelimit-reset");
            if (reset is > 0 and < 253_402_300_799) wait = DateTimeOffset.FromUnixTimeSeconds(reset.Value) - now;
        }

        var isGuess = wait is null && (status == 429 || Complaint(body).Contains("rate limit", StringComparison.OrdinalIgnoreCase));
        if (isGuess) wait = TimeSpan.FromSeconds(60);
        return wait is { } asked
            ? new RestAsked(TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(asked.TotalSeconds))), isGuess, status != 503 && !isSpent)
            : null;
    }

    /// <summary>Whether a call can change nothing.</summary>
    public static bool IsRead(HttpMethod method) => method == HttpMethod.Get || method == HttpMethod.Head;

    /// <summary>Whether a status says that the thing is elsewhere.</summary>
    public static bool IsRedirect(int status) =>
        (HttpStatusCode)status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.TemporaryRedirect
            or HttpStatusCode.PermanentRedirect;

    /// <summary>What the forge says went wrong, in one short line; empty when it says nothing.</summary>
    private static string Complaint(JsonElement body)
    {
        var error = body.Child("error");
        var text = body.TextOrNull("message") ?? error.TextOrNull("message") ?? error.AsText()
            ?? body.Items("errors").FirstOrDefault().TextOrNull("message") ?? Raw(body.Child("message")) ?? "";
        return OneLine.Of(text, LongestComplaint);
    }

    private static string? Raw(JsonElement element) =>
        element.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? element.GetRawText() : null;

    private static long? First(HttpResponseHeaders headers, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (headers.TryGetValues(name, out var values)
                && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        }

        return null;
    }
}
