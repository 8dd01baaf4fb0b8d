using System.Security.Cryptography;

namespace GitOpsGate.Policies.Rego.Builtins.Jwt;

/// <summary>The families of signatures in RFC 7518, section 3.1.</summary>
internal enum JwtFamily
{
    Hmac,
    RsaPkcs1,
    RsaPss,
    Ecdsa,

    /// <summary>Edwards curves (RFC 8037); Ed25519 is the one that is known.</summary>
    EdDsa,
}

/// <summary>One signature algorithm.</summary>
/// <param name="Name">Its name in a token's header.</param>
/// <param name="Family">How it signs.</param>
/// <param name="Hash">What it hashes with.</param>
internal sealed record JwtAlgorithm(string Name, JwtFamily Family, HashAlgorithmName Hash)
{
    /// <summary>All algorithms that are known, by name.</summary>
    public static IReadOnlyDictionary<string, JwtAlgorithm> All { get; } = new JwtAlgorithm[]
    {
        new("HS256", JwtFamily.Hmac, HashAlgorithmName.SHA256), new("HS384", JwtFamily.Hmac, HashAlgorithmName.SHA384),
        new("HS512", JwtFamily.Hmac, HashAlgorithmName.SHA512), new("RS256", JwtFamily.RsaPkcs1, HashAlgorithmName.SHA256),
        new("RS384", JwtFamily.RsaPkcs1, HashAlgorithmName.SHA384), new("RS512", JwtFamily.RsaPkcs1, HashAlgorithmName.SHA512),
        new("PS256", JwtFamily.RsaPss, HashAlgorithmName.SHA256), new("PS384", JwtFamily.RsaPss, HashAlgorithmName.SHA384),
        new("PS512", JwtFamily.RsaPss, HashAlgorithmName.SHA512), new("ES256", JwtFamily.Ecdsa, HashAlgorithmName.SHA256),
        new("ES384", JwtFamily.Ecdsa, HashAlgorithmName.SHA384), new("ES512", JwtFamily.Ecdsa, HashAlgorithmName.SHA512),
        new("EdDSA", JwtFamily.EdDsa, HashAlgorithmName.SHA512),
    }.ToDictionary(algorithm => algorithm.Name, StringComparer.Ordinal);

    /// <summary>Whether a signature over a text was made with a key. False as well for a key of another kind.</summary>
    public bool Verifies(JwtKey key, byte[] text, byte[] signature)
    {
        try
        {
            return Family switch
            {
                JwtFamily.Hmac => key.Secret is { } secret
                    && CryptographicOperations.FixedTimeEquals(Mac(secret, text), signature),
                JwtFamily.RsaPkcs1 => key.Rsa is { } rsa && rsa.VerifyData(text, signature, Hash, RSASignaturePadding.Pkcs1),
                JwtFamily.RsaPss => key.Rsa is { } rsa && rsa.VerifyData(text, signature, Hash, RSASignaturePadding.Pss),
                JwtFamily.Ecdsa => key.Ec is { } ec && ec.VerifyData(text, signature, Hash),
                JwtFamily.EdDsa => key.Edwards is { } point && Ed25519.Verify(point, text, signature),
            };
        }
        catch (Exception trouble) when (trouble is CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The signature of a key over a text; null for a key of another kind or without its private part.</summary>
    public byte[]? Sign(JwtKey key, byte[] text)
    {
        try
        {
            return Family switch
            {
                JwtFamily.Hmac => key.Secret is { } secret ? Mac(secret, text) : null,
                JwtFamily.RsaPkcs1 => key.Rsa?.SignData(text, Hash, RSASignaturePadding.Pkcs1),
                JwtFamily.RsaPss => key.Rsa?.SignData(text, Hash, RSASignaturePadding.Pss),
                JwtFamily.Ecdsa => key.Ec?.SignData(text, Hash),
                JwtFamily.EdDsa => key.EdwardsSecret is { } seed ? Ed25519.Sign(seed, text) : null,
            };
        }
        catch (Exception trouble) when (trouble is CryptographicException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    private byte[] Mac(byte[] secret, byte[] text) => CryptographicOperations.HmacData(Hash, secret, text);
}
