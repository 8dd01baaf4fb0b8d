using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// A key that bundles may be signed with. The algorithm belongs to the key: a signature cannot choose another.
/// </summary>
/// <param name="Id">The name under which a signature asks for it (<c>kid</c>, or <c>keyid</c> in the payload).</param>
/// <param name="Algorithm">A name of RFC 7518, section 3.1: <c>RS256</c>, <c>RS384</c>, <c>RS512</c>, <c>PS256</c>, <c>PS384</c>,
/// <c>PS512</c>, <c>ES256</c>, <c>ES384</c> or <c>ES512</c>; or <c>HS256</c>, <c>HS384</c>, <c>HS512</c> for a shared secret.</param>
/// <param name="Pem">The public key in PEM, as <c>PUBLIC KEY</c> or (RSA) <c>RSA PUBLIC KEY</c>; a shared secret as it is.</param>
/// <param name="Scope">What the signature has to say it is for; null when any scope will do.</param>
public sealed record BundleKey(string Id, string Algorithm, string Pem, string? Scope = null)
{
    private static readonly Dictionary<string, Func<string, byte[], byte[], bool>> Verifiers = new(StringComparer.Ordinal)
    {
        ["RS256"] = (pem, text, signature) => Rsa(pem, text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        ["RS384"] = (pem, text, signature) => Rsa(pem, text, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
        ["RS512"] = (pem, text, signature) => Rsa(pem, text, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
        ["PS256"] = (pem, text, signature) => Rsa(pem, text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        ["PS384"] = (pem, text, signature) => Rsa(pem, text, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
        ["PS512"] = (pem, text, signature) => Rsa(pem, text, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
        ["ES256"] = (pem, text, signature) => Ec(pem, text, signature, HashAlgorithmName.SHA256),
        ["ES384"] = (pem, text, signature) => Ec(pem, text, signature, HashAlgorithmName.SHA384),
        ["ES512"] = (pem, text, signature) => Ec(pem, text, signature, HashAlgorithmName.SHA512),
        ["HS256"] = (secret, text, signature) => Mac(HMACSHA256.HashData(Secret(secret), text), signature),
        ["HS384"] = (secret, text, signature) => Mac(HMACSHA384.HashData(Secret(secret), text), signature),
        ["HS512"] = (secret, text, signature) => Mac(HMACSHA512.HashData(Secret(secret), text), signature),
    };

    /// <summary>
    /// Whether a signature over a text is this key's. False as well for an algorithm or a key that cannot be used.
    /// </summary>
    internal bool Verifies(byte[] text, byte[] signature)
    {
        try
        {
            return Verifiers.TryGetValue(Algorithm, out var verify) && verify(Pem, text, signature);
        }
        catch (Exception trouble) when (trouble is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    // A public key is no secret: whoever has it could sign with it.
    private static byte[] Secret(string secret) => secret.Length > 0 && !secret.Contains("-----BEGIN", StringComparison.Ordinal)
        ? Encoding.UTF8.GetBytes(secret)
        : throw new CryptographicException("the key is no shared secret");

    private static bool Mac(byte[] expected, byte[] signature) => CryptographicOperations.FixedTimeEquals(expected, signature);

    private static bool Rsa(string pem, byte[] text, byte[] signature, HashAlgorithmName hash, RSASignaturePadding padding)
    {
        using var key = RSA.Create();
        key.ImportFromPem(pem);
        return key.VerifyData(text, signature, hash, padding);
    }

    private static bool Ec(string pem, byte[] text, byte[] signature, HashAlgorithmName hash)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key.VerifyData(text, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
