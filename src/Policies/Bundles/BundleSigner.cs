using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// Writes <c>.signatures.json</c> for a bundle, as OPA's own verification wants it: one JSON Web Signature over the hashes of all
/// files.
/// </summary>
public static class BundleSigner
{
    /// <summary>The content of <c>.signatures.json</c>, UTF-8.</summary>
    /// <param name="bundle">What is signed: its modules, data files and manifest.</param>
    /// <param name="keyId">The name under which those who verify know the key.</param>
    /// <param name="privateKeyPem">An RSA key (signs with RS256) or a key on the curve P-256 (ES256), in PEM.</param>
    /// <param name="scope">What the signature is for; null for nothing in particular.</param>
    /// <exception cref="CryptographicException">The key is none of these, or has no private part.</exception>
    public static byte[] Sign(PolicyBundle bundle, string keyId, string privateKeyPem, string? scope)
    {
        using var rsa = TryRead(RSA.Create(), privateKeyPem);
        using var ec = rsa is null ? TryRead(ECDsa.Create(), privateKeyPem) : null;
        if (rsa is null && ec is not { KeySize: 256 })
            throw new CryptographicException("the key is neither RSA nor on the curve P-256");
        return Signed(bundle, new Signing(rsa is null ? "ES256" : "RS256", keyId, scope), bytes =>
            rsa?.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            ?? ec!.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    /// <summary>The content of <c>.signatures.json</c>, UTF-8, signed with a secret that signer and verifier share (HS256).</summary>
    /// <param name="bundle">What is signed: its modules, data files and manifest.</param>
    /// <param name="keyId">The name under which those who verify know the secret.</param>
    /// <param name="secret">The secret; its UTF-8 bytes are the key.</param>
    /// <param name="scope">What the signature is for; null for nothing in particular.</param>
    public static byte[] SignWithSecret(PolicyBundle bundle, string keyId, string secret, string? scope) => Signed(
        bundle, new Signing("HS256", keyId, scope), bytes => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes));

    private static byte[] Signed(PolicyBundle bundle, Signing signing, Func<byte[], byte[]> sign)
    {
        var header = new Dictionary<string, string> { ["alg"] = signing.Algorithm, ["kid"] = signing.KeyId };
        var head = JsonSerializer.SerializeToUtf8Bytes(header);
        var text = Base64Url.EncodeToString(head) + "." + Base64Url.EncodeToString(Payload(bundle, signing.KeyId, signing.Scope));
        var token = text + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)));
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string[]> { ["signatures"] = [token] });
    }

    private static byte[] Payload(PolicyBundle bundle, string keyId, string? scope)
    {
        using var payload = new MemoryStream();
        using (var json = new Utf8JsonWriter(payload))
        {
            json.WriteStartObject();
            json.WriteStartArray("files");
            foreach (var file in bundle.Files.Where(file => file.Path != SignatureFile.FileName))
            {
                json.WriteStartObject();
                json.WriteString("name", file.Path);
                json.WriteString("hash", FileHash.Of(file, "SHA-256"));
                json.WriteString("algorithm", "SHA-256");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("keyid", keyId);
            if (scope is not null) json.WriteString("scope", scope);
            json.WriteEndObject();
        }

        return payload.ToArray();
    }

    private static T? TryRead<T>(T key, string pem)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception wrong) when (wrong is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            key.Dispose();
            return null;
        }
    }

    private sealed record Signing(string Algorithm, string KeyId, string? Scope);
}
