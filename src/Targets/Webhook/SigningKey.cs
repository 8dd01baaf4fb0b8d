using System.Text;

namespace GitOpsGate.Targets.Webhook;

/// <summary>The secrets of Standard Webhooks.</summary>
internal static class SigningKey
{
    /// <summary>What a right one looks like.</summary>
    public const string Right = "`whsec_` and 24 to 64 bytes in base64, or as many characters of text";

    private const string Prefix = "whsec_";

    /// <summary>The bytes that sign, or null when the text is no right secret.</summary>
    public static byte[]? Read(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return Fitting(Encoding.UTF8.GetBytes(text));
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text[Prefix.Length..], bytes, out var count) ? Fitting(bytes[..count]) : null;
    }

    private static byte[]? Fitting(byte[] key) => key.Length is >= 24 and <= 64 ? key : null;
}
