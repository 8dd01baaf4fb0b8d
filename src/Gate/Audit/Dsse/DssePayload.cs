using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Audit.Dsse;

/// <summary>What is signed in a DSSE envelope, and its verification with ECDSA P-256 and SHA-256 (DSSE v1.0.2). Knows nothing of the payload.</summary>
public static class DssePayload
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes that are signed: <c>DSSEv1 LEN(type) type LEN(payload) payload</c>, lengths in bytes, decimal (DSSE protocol, "PAE").</summary>
    /// <exception cref="FormatException">The type is not valid Unicode.</exception>
    public static byte[] Pae(string payloadType, ReadOnlySpan<byte> payload)
    {
        byte[] type;
        try
        {
            type = Utf8.GetBytes(payloadType);
        }
        catch (EncoderFallbackException trouble)
        {
            throw new FormatException("the type of a payload holds half of a surrogate pair: not valid Unicode", trouble);
        }

        return
        [
            .. "DSSEv1 "u8, .. Decimal(type.Length), (byte)' ', .. type, (byte)' ', .. Decimal(payload.Length), (byte)' ', .. payload,
        ];
    }

    /// <summary>Signs a payload.</summary>
    /// <param name="key">A P-256 key.</param>
    /// <returns>ASN.1 DER (RFC 3279 §2.2.3).</returns>
    public static byte[] Sign(ECDsa key, string payloadType, ReadOnlySpan<byte> payload) =>
        key.SignData(Pae(payloadType, payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Whether a signature is a key's over a payload and its type.</summary>
    /// <exception cref="FormatException">The type is not valid Unicode.</exception>
    /// <param name="key">A P-256 key; another curve's never verifies.</param>
    /// <param name="signature">ASN.1 DER, or r and s in 64 bytes: signers differ, and the specification takes both.</param>
    public static bool Verify(ECDsa key, string payloadType, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
    {
        if (key.KeySize != 256) return false;
        var signed = Pae(payloadType, payload);
        return EcdsaDer.Verify(key, signed, signature) || EcdsaDer.VerifyRaw(key, signed, signature);
    }

    private static byte[] Decimal(int number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}
