using System.Formats.Asn1;
using System.Security.Cryptography;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// ECDSA signatures in ASN.1 DER (RFC 3279 §2.2.3), strictly: the platform takes a negative number for the positive one with the same bits, and
/// then one signature has two forms.
/// </summary>
public static class EcdsaDer
{
    private const int RawLength = 64;

    /// <summary>Whether a signature is a key's over the SHA-256 of a message.</summary>
    public static bool Verify(ECDsa key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        IsDer(signature.ToArray()) && key.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Whether a signature is a key's over the SHA-256 of a message, where r and s are written one after the other, 32 bytes each.</summary>
    /// <param name="key">A P-256 key.</param>
    public static bool VerifyRaw(ECDsa key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == RawLength
        && key.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    private static bool IsDer(byte[] signature)
    {
        try
        {
            var outer = new AsnReader(signature, AsnEncodingRules.DER);
            var inner = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var isPositive = inner.ReadInteger().Sign > 0 && inner.ReadInteger().Sign > 0;
            inner.ThrowIfNotEmpty();
            return isPositive;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
