using System.Security.Cryptography;

namespace GitOpsGate.Dispatch;

/// <summary>Signs payloads in DSSE envelopes, with ECDSA P-256 and SHA-256 (signature in DER). Safe to call concurrently.</summary>
public sealed class EnvelopeSigner : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key = ECDsa.Create();
    private readonly string _keyId;

    /// <param name="privateKey">A P-256 key as a PEM <c>PRIVATE KEY</c> block (PKCS#8).</param>
    /// <param name="what">What the key is called in messages.</param>
    /// <exception cref="ArgumentException">It is no such key.</exception>
    public EnvelopeSigner(string privateKey, string what)
    {
        try
        {
            _key.ImportKey(privateKey);
            _keyId = Dsse.KeyId(_key);
            PublicKey = _key.ExportSubjectPublicKeyInfoPem();
        }
        catch (CryptographicException problem)
        {
            throw new ArgumentException($"the {what} key is not a PEM `PRIVATE KEY` block", nameof(privateKey), problem);
        }

        if (_key.KeySize != 256)
            throw new ArgumentException($"the {what} key has {_key.KeySize} bits; it must be on the curve P-256", nameof(privateKey));
    }

    /// <summary>The public key, as a PEM <c>PUBLIC KEY</c> block.</summary>
    public string PublicKey { get; }

    /// <summary>The key's name: SHA-256 over its SubjectPublicKeyInfo, lower-case hex.</summary>
    public string KeyId => _keyId;

    /// <summary>Makes a new key, as a PEM <c>PRIVATE KEY</c> block.</summary>
    public static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>The envelope's JSON text in UTF-8.</summary>
    /// <param name="type">The payload's media type, which is signed with it.</param>
    public byte[] Seal(string type, byte[] payload) => Envelope(type, payload, SignatureOf(type, payload));

    /// <summary>A signature over a payload and its type; another one each time.</summary>
    public byte[] SignatureOf(string type, byte[] payload)
    {
        lock (_gate)
        {
            return _key.SignData(Dsse.Encode(type, payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    /// <summary>The envelope of a payload and a signature of this key.</summary>
    public byte[] Envelope(string type, byte[] payload, ReadOnlyMemory<byte> signature) => Dsse.Envelope(type, payload, _keyId, signature);

    public void Dispose() => _key.Dispose();
}
