using System.Security.Cryptography;
using System.Text.Json;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Attestations;

/// <summary>What checking an envelope found.</summary>
/// <param name="Type">The payload's media type, once its signature was found good; null otherwise.</param>
/// <param name="Payload">The very bytes that were signed: read these and no others.</param>
/// <param name="Why">Why it is not believed; empty when it is.</param>
public sealed record EnvelopeCheck(string? Type, ReadOnlyMemory<byte> Payload, string Why)
{
    /// <summary>The largest envelope that is read, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MostSignatures = 8;
    private const int RawLength = 64;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    public bool IsGood => Type is not null;

    /// <summary>
    /// Checks a DSSE 1.0 envelope of anybody's against a P-256 key: signatures in DER or raw (r ‖ s), in either alphabet of base 64. Names of keys are
    /// hints that nobody has to give. Never throws for the content.
    /// </summary>
    /// <param name="publicKey">A PEM <c>PUBLIC KEY</c> block.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <exception cref="ArgumentException">The public key is none.</exception>
    /// <exception cref="CryptographicException">The public key is none.</exception>
    public static EnvelopeCheck Of(ReadOnlyMemory<byte> envelope, string publicKey, int most = MaxBytes)
    {
        using var key = ECDsa.Create();
        key.ImportKey(publicKey);
        if (envelope.Length > most) return Bad($"the envelope has more than {most} bytes");
        try
        {
            using var json = JsonDocument.Parse(envelope, Strict);
            var (type, payload) = (Dsse.Text(json.RootElement, "payloadType"), Bytes(Dsse.Text(json.RootElement, "payload")));
            var signed = Dsse.Encode(type, payload);
            var isGood = json.RootElement.GetProperty("signatures").EnumerateArray().Take(MostSignatures)
                .Any(signature => Fits(key, signed, Bytes(Dsse.Text(signature, "sig"))));
            return isGood ? new EnvelopeCheck(type, payload, "") : Bad("no signature of this key fits the payload");
        }
        catch (Exception trouble) when (trouble is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Bad($"it is no DSSE envelope: {trouble.Message}");
        }
    }

    private static bool Fits(ECDsa key, byte[] signed, byte[] signature) =>
        key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
        || (signature.Length == RawLength && key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    private static byte[] Bytes(string base64)
    {
        var plain = base64.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        return Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
    }

    private static EnvelopeCheck Bad(string why) => new(null, default, why);
}
