using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges;

/// <summary>
/// Checks that a call was made by somebody who knows a secret. Every secret is tried and every comparison takes the same time, so
/// that the answer's delay tells nothing. A connection without a usable secret matches nothing.
/// </summary>
public static class Signatures
{
    /// <summary>
    /// How far a signed timestamp may lie from our clock, in either direction (Standard Webhooks, "verifying").
    /// </summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string StandardPrefix = "whsec_";

    /// <summary>HMAC-SHA256 over the raw body, written as hex digits in either case after a prefix.</summary>
    /// <param name="header">The header's value, or null when it did not come.</param>
    /// <param name="prefix"><c>sha256=</c> for GitHub and Bitbucket; empty for Gitea.</param>
    public static SignatureCheck HmacHex(string? header, string prefix, ReadOnlySpan<byte> body, ImmutableArray<Secret> secrets)
    {
        if (string.IsNullOrEmpty(header)) return SignatureCheck.Missing;
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var hex = header.StartsWith(prefix, StringComparison.Ordinal) ? header.AsSpan(prefix.Length) : [];
        if (hex.Length != 2 * given.Length) return SignatureCheck.Mismatch;
        if (Convert.FromHexString(hex, given, out _, out _) != OperationStatus.Done) return SignatureCheck.Mismatch;
        return AnyMatches(given, body, Keys(secrets)) ? SignatureCheck.Match : SignatureCheck.Mismatch;
    }

    /// <summary>A secret that is sent as it is (GitLab's <c>X-Gitlab-Token</c>).</summary>
    public static SignatureCheck Token(string? header, ImmutableArray<Secret> secrets)
    {
        if (string.IsNullOrEmpty(header)) return SignatureCheck.Missing;
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(header), given);
        var matches = false;
        foreach (var key in Keys(secrets))
        {
            // Comparing digests hides the secret's length as well.
            SHA256.HashData(key, expected);
            matches |= CryptographicOperations.FixedTimeEquals(given, expected);
        }

        return matches ? SignatureCheck.Match : SignatureCheck.Mismatch;
    }

    /// <summary>
    /// Standard Webhooks: HMAC-SHA256 over <c>id.timestamp.body</c> in base64, after <c>v1,</c>; several signatures stand side by
    /// side, divided by spaces, while a token is being changed.
    /// </summary>
    /// <param name="tokens">Each <c>whsec_</c> and the key in base64. One that is not so written is never matched.</param>
    public static SignatureCheck StandardWebhook(
        StandardHeaders headers, ReadOnlySpan<byte> body, ImmutableArray<Secret> tokens, DateTimeOffset now)
    {
        if (headers is not { Id.Length: > 0, Timestamp.Length: > 0, Signature.Length: > 0 }) return SignatureCheck.Missing;
        var signed = Encoding.UTF8.GetBytes($"{headers.Id}.{headers.Timestamp}.");
        byte[] content = [.. signed, .. body];
        var keys = tokens.Select(token => KeyOf(token.Reveal())).Where(key => key.Length > 0).ToList();
        var matches = false;
        foreach (var part in headers.Signature.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!part.StartsWith("v1,", StringComparison.Ordinal)) continue;
            var given = FromBase64(part[3..]);
            if (given.Length == HMACSHA256.HashSizeInBytes) matches |= AnyMatches(given, content, keys);
        }

        if (!matches) return SignatureCheck.Mismatch;
        return IsFresh(headers.Timestamp, now) ? SignatureCheck.Match : SignatureCheck.Stale;
    }

    private static bool IsFresh(string timestamp, DateTimeOffset now) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && Math.Abs((decimal)now.ToUnixTimeSeconds() - seconds) <= (decimal)Tolerance.TotalSeconds;

    private static bool AnyMatches(ReadOnlySpan<byte> given, ReadOnlySpan<byte> content, IEnumerable<byte[]> keys)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var matches = false;
        foreach (var key in keys)
        {
            HMACSHA256.HashData(key, content, expected);
            matches |= CryptographicOperations.FixedTimeEquals(given, expected);
        }

        return matches;
    }

    private static IEnumerable<byte[]> Keys(ImmutableArray<Secret> secrets) =>
        secrets.Select(secret => Encoding.UTF8.GetBytes(secret.Reveal())).Where(key => key.Length > 0);

    private static byte[] KeyOf(string token) =>
        token.StartsWith(StandardPrefix, StringComparison.Ordinal) ? FromBase64(token[StandardPrefix.Length..]) : [];

    private static byte[] FromBase64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : [];
    }
}

/// <summary>The three headers of a Standard Webhooks call; null where one did not come.</summary>
/// <param name="Timestamp">Seconds since 1970.</param>
public sealed record StandardHeaders(string? Id, string? Timestamp, string? Signature);
