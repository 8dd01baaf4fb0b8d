using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace GitOpsGate.Audit.Anchors;

/// <summary>What an authority has sworn to: these bytes were there at that time.</summary>
/// <param name="Serial">The stamp's number at its authority, lower-case hex.</param>
/// <param name="Authority">The name in the certificate that signed it.</param>
public sealed record TimeStamp(DateTimeOffset At, string Serial, string Authority)
{
    // id-kp-timeStamping (RFC 3161, section 2.3).
    private const string Purpose = "1.3.6.1.5.5.7.3.8";

    /// <summary>Checks a token against the bytes that were stamped: their SHA-256, the signature, and that its certificate leads to a trusted root.</summary>
    /// <param name="token">DER of <c>TimeStampToken</c>.</param>
    /// <exception cref="FormatException">It is no stamp of these bytes by such an authority; the message says why.</exception>
    public static TimeStamp Check(ReadOnlySpan<byte> stamped, ReadOnlyMemory<byte> token, X509Certificate2Collection roots)
    {
        try
        {
            return Rfc3161TimestampToken.TryDecode(token, out var read, out var length) && length == token.Length
                ? Check(SHA256.HashData(stamped), read, roots)
                : throw new FormatException("it is no time-stamp token");
        }
        catch (CryptographicException trouble)
        {
            throw new FormatException($"the stamp is refused: {trouble.Message}", trouble);
        }
    }

    /// <summary>A token as the answer that its authority gave, which is how <c>openssl ts</c> wants it (RFC 3161, section 2.4.2): granted, and the token.</summary>
    public static byte[] ResponseOf(ReadOnlyMemory<byte> token)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence()) writer.WriteInteger(0);
            writer.WriteEncodedValue(token.Span);
        }

        return writer.Encode();
    }

    /// <summary>The token of such an answer.</summary>
    /// <exception cref="FormatException">It is none, or not granted.</exception>
    public static ReadOnlyMemory<byte> TokenOf(ReadOnlyMemory<byte> response)
    {
        try
        {
            var whole = new AsnReader(response, AsnEncodingRules.DER);
            var parts = whole.ReadSequence();
            whole.ThrowIfNotEmpty();
            // 0 is granted, 1 granted with modifications.
            if (!parts.ReadSequence().TryReadInt32(out var status) || status is not (0 or 1)) throw new FormatException("the authority did not grant it");
            return parts.HasData ? parts.ReadEncodedValue() : throw new FormatException("it has no token");
        }
        catch (AsnContentException trouble)
        {
            throw new FormatException("it is no answer of a time-stamp authority", trouble);
        }
    }

    /// <summary>The certificates of a PEM file.</summary>
    /// <exception cref="FormatException">There is none in it.</exception>
    public static X509Certificate2Collection Roots(string pem)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(pem);
        }
        catch (CryptographicException trouble)
        {
            throw new FormatException($"its certificates cannot be read: {trouble.Message}", trouble);
        }

        return roots.Count > 0 ? roots : throw new FormatException("it holds no certificate in PEM");
    }

    internal static TimeStamp Check(byte[] digest, Rfc3161TimestampToken token, X509Certificate2Collection roots)
    {
        var told = token.TokenInfo;
        if (told.HashAlgorithmId.Value != "2.16.840.1.101.3.4.2.1") throw new FormatException("the stamp is not over a SHA-256");
        if (!told.GetMessageHash().Span.SequenceEqual(digest)) throw new FormatException("the stamp is over other bytes");
        if (!token.VerifySignatureForHash(digest, HashAlgorithmName.SHA256, out var signer))
            throw new FormatException("the stamp's signature does not hold, or its certificate is not made for time stamps");
        using (signer)
        {
            Trust(signer, token, told.Timestamp, roots);
            return new TimeStamp(told.Timestamp, Convert.ToHexStringLower(told.GetSerialNumber().Span), signer.Subject);
        }
    }

    // Whether a certificate was revoked since is not asked: the check works offline, and a stamp outlives the lists that would tell.
    private static void Trust(X509Certificate2 signer, Rfc3161TimestampToken token, DateTimeOffset at, X509Certificate2Collection roots)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.ExtraStore.AddRange(token.AsSignedCms().Certificates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = at.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(Purpose));
        if (chain.Build(signer)) return;
        var why = string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim().TrimEnd('.')).Where(text => text.Length > 0));
        throw new FormatException($"the stamp's certificate `{signer.Subject}` does not lead to a trusted root: {why}");
    }
}
