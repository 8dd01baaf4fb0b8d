using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Targets.Sinks;

/// <summary>A request as AWS's Signature Version 4 sees it.</summary>
/// <param name="Path">The path as it is meant, not encoded.</param>
/// <param name="Query">Names and values, not encoded.</param>
/// <param name="Headers">The headers that are signed; <c>host</c>, <c>x-amz-date</c> and <c>x-amz-content-sha256</c> are among them.</param>
/// <param name="PayloadHash">SHA-256 of the body, lower-case hex.</param>
internal sealed record SigV4Request(
    string Method, string Path, IReadOnlyList<(string Name, string Value)> Query, IReadOnlyList<(string Name, string Value)> Headers, string PayloadHash);

/// <summary>Whose signature it is, and for what part of AWS.</summary>
internal sealed record SigV4Key(string Id, string Secret, string Region, string Product)
{
    public override string ToString() => $"{Id} (secret)";
}

/// <summary>Signs requests as AWS documents it for Amazon S3 ("Signature calculations for the Authorization header"). Pure.</summary>
internal static class SigV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>The form of <c>x-amz-date</c>.</summary>
    public const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>The value of the Authorization header.</summary>
    public static string Authorization(SigV4Request request, SigV4Key key, DateTimeOffset now)
    {
        var (time, day) = (Text(now, TimeFormat), Text(now, "yyyyMMdd"));
        var headers = request.Headers.Select(header => (Name: header.Name.ToLowerInvariant(), Value: Trimmed(header.Value)))
            .OrderBy(header => header.Name, StringComparer.Ordinal).ToArray();
        var signed = string.Join(';', headers.Select(header => header.Name));
        var canonical = string.Join('\n', (string[])
        [
            request.Method, string.Join('/', request.Path.Split('/').Select(Encoded)), Query(request),
            .. headers.Select(header => $"{header.Name}:{header.Value}"), "", signed, request.PayloadHash,
        ]);
        var scope = $"{day}/{key.Region}/{key.Product}/aws4_request";
        var text = $"{Algorithm}\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Convert.ToHexStringLower(Keyed(SigningKey(key, day), text));
        return $"{Algorithm} Credential={key.Id}/{scope},SignedHeaders={signed},Signature={signature}";
    }

    /// <summary>All but unreserved characters as <c>%XX</c> in upper case.</summary>
    public static string Encoded(string text) => Uri.EscapeDataString(text);

    private static string Query(SigV4Request request) => string.Join('&', request.Query
        .Select(one => (Name: Encoded(one.Name), Value: Encoded(one.Value)))
        .OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.Value, StringComparer.Ordinal)
        .Select(one => $"{one.Name}={one.Value}"));

    private static byte[] SigningKey(SigV4Key key, string day) =>
        Keyed(Keyed(Keyed(Keyed(Encoding.UTF8.GetBytes("AWS4" + key.Secret), day), key.Region), key.Product), "aws4_request");

    private static byte[] Keyed(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Trimmed(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Text(DateTimeOffset at, string format) => at.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
}
