using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace GitOpsGate.Audit.Anchors;

/// <summary>A question to an authority: the SHA-256 of the bytes, a number that nobody can guess, and the wish for its certificates.</summary>
public sealed class TimeStampRequest
{
    private const int NonceLength = 16;

    private readonly Rfc3161TimestampRequest _request;
    private readonly byte[] _digest;

    /// <param name="stamped">The bytes that are to be stamped.</param>
    public TimeStampRequest(ReadOnlySpan<byte> stamped)
    {
        _digest = SHA256.HashData(stamped);
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        _request = Rfc3161TimestampRequest.CreateFromHash(_digest, HashAlgorithmName.SHA256, nonce: nonce, requestSignerCertificates: true);
    }

    /// <summary>DER of <c>TimeStampReq</c> (RFC 3161, section 2.4.1).</summary>
    public byte[] ToBytes() => _request.Encode();

    /// <summary>Takes the answer: granted, to this very question, signed by somebody trusted.</summary>
    /// <returns>The stamp, and its token (DER) to be kept.</returns>
    /// <exception cref="FormatException">It is not that; the message says why.</exception>
    public (TimeStamp Stamp, ReadOnlyMemory<byte> Token) Accept(ReadOnlyMemory<byte> response, X509Certificate2Collection roots)
    {
        // First by hand: what the library says of a refusal or of garbage tells people little.
        TimeStamp.TokenOf(response);
        try
        {
            var token = _request.ProcessResponse(response, out var length);
            if (length != response.Length) throw new FormatException("more than one answer came");
            return (TimeStamp.Check(_digest, token, roots), TimeStamp.TokenOf(response));
        }
        catch (CryptographicException trouble)
        {
            throw new FormatException($"the stamp is refused: {trouble.Message}", trouble);
        }
    }
}
