using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Access;

/// <summary>
/// The form of an API token: <c>gog_</c> and 32 random bytes in base64url (RFC 4648 §5, no padding). Only its SHA-256 is
/// stored.
/// </summary>
public static class TokenText
{
    private const string Prefix = "gog_";
    private const int Bytes = 32;
    private static readonly int Length = Prefix.Length + Base64Url.GetEncodedLength(Bytes);

    /// <summary>Makes a new token.</summary>
    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The SHA-256 of a token's text, or null when it has not a token's form.</summary>
    public static byte[]? Digest(string? text) =>
        text is not null && text.Length == Length && text.StartsWith(Prefix, StringComparison.Ordinal)
            ? SHA256.HashData(Encoding.UTF8.GetBytes(text))
            : null;

    /// <summary>
    /// The reference under which the audit log knows the holder of a new token: <c>a_</c> and 16 random hex digits.
    /// </summary>
    public static string NewReference() => "a_" + RandomNumberGenerator.GetHexString(16, lowercase: true);
}
