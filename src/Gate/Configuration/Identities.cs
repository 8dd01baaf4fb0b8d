using System.Security.Cryptography;

namespace GitOpsGate.Configuration;

/// <summary>A GitHub App, as GitHub knows it.</summary>
/// <param name="Id">The app's client id or its number: the issuer of its JWTs.</param>
/// <param name="PrivateKey">Its RSA key as PEM (PKCS #1 or PKCS #8).</param>
public sealed record AppIdentity(string Id, Secret PrivateKey)
{
    private const int ShortestKey = 2048;

    /// <summary>
    /// The private key, for its caller to dispose of, or null when there is none: what is there is not PEM, is encrypted, is public, or is
    /// shorter than 2048 bits.
    /// </summary>
    public RSA? OpenKey()
    {
        var pem = PrivateKey.Reveal();
        if (!PemEncoding.TryFind(pem, out var found) || pem[found.Label] is not ("RSA PRIVATE KEY" or "PRIVATE KEY")) return null;
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.KeySize >= ShortestKey) return key;
        }
        catch (Exception trouble) when (trouble is CryptographicException or ArgumentException)
        {
            // Not told: what a parser says of a key may hold a part of it.
        }

        key.Dispose();
        return null;
    }
}

/// <summary>An OAuth 2.0 client that signs in for itself (RFC 6749 §4.4, client credentials).</summary>
/// <param name="Key">The client's id.</param>
/// <param name="Address">Where it gets its tokens, absolute.</param>
public sealed record OAuthIdentity(string Key, Secret Secret, string Address);
