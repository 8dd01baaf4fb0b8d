using System.Globalization;
using GitOpsGate.Deliveries;
using Microsoft.Net.Http.Headers;

namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>
/// What a refused caller is told: a problem document (RFC 9457) that was written once, and says nothing that helps a stranger.
/// </summary>
internal static class RefusalAnswer
{
    private static readonly byte[] BadSignature = Problem(401, "the signature is missing or wrong",
        "sign the raw body with this connection's webhook secret");

    private static readonly byte[] UnknownConnection = Problem(404, "no such connection",
        "the address ends in the name of a connection in gate.yaml");

    private static readonly byte[] TooLarge = Problem(413, "the body is too large", "send at most 25 MiB");

    private static readonly byte[] Malformed = Problem(400, "this is not a forge's webhook call",
        "the event and delivery headers of the connection's forge are expected, and a whole body");

    private static readonly byte[] Form = Problem(400, "form-encoded webhooks are not read",
        "set the webhook's content type to application/json");

    private static readonly byte[] Overloaded = Problem(503, "no room at the moment", "send it again later");

    /// <summary>The status of a refusal.</summary>
    public static int StatusOf(Refusal refusal) => refusal switch
    {
        Refusal.Malformed => StatusCodes.Status400BadRequest,
        Refusal.BadSignature => StatusCodes.Status401Unauthorized,
        Refusal.UnknownConnection => StatusCodes.Status404NotFound,
        Refusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
        Refusal.Overloaded => StatusCodes.Status503ServiceUnavailable,
    };

    /// <summary>The word of a refusal in metrics and in the audit log.</summary>
    public static string WordOf(Refusal refusal) => refusal switch
    {
        Refusal.Malformed => "malformed",
        Refusal.BadSignature => "bad_signature",
        Refusal.UnknownConnection => "unknown_connection",
        Refusal.TooLarge => "too_large",
        Refusal.Overloaded => "overloaded",
    };

    public static Task WriteAsync(HttpResponse response, Refusal refusal, bool isForm, TimeSpan retryAfter)
    {
        response.StatusCode = StatusOf(refusal);
        if (refusal == Refusal.Overloaded)
        {
            response.Headers[HeaderNames.RetryAfter] = ((int)retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        var body = isForm ? Form : BodyOf(refusal);
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body).AsTask();
    }

    private static byte[] BodyOf(Refusal refusal) => refusal switch
    {
        Refusal.Malformed => Malformed,
        Refusal.BadSignature => BadSignature,
        Refusal.UnknownConnection => UnknownConnection,
        Refusal.TooLarge => TooLarge,
        Refusal.Overloaded => Overloaded,
    };

    private static byte[] Problem(int status, string title, string detail) => System.Text.Encoding.UTF8.GetBytes(
        $$"""{"type":"about:blank","title":"{{title}}","status":{{status}},"detail":"{{detail}}"}""");
}
