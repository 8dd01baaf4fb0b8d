using GitOpsGate.Dispatch;

namespace GitOpsGate.Attestations;

/// <summary>
/// Signs attestations with a key of their own: neither the log's, which signs heads and nothing else, nor the warrants', which agents obey.
/// </summary>
/// <param name="privateKey">A P-256 key as a PEM <c>PRIVATE KEY</c> block (PKCS#8).</param>
public sealed class AttestationSigner(string privateKey) : IDisposable
{
    private readonly EnvelopeSigner _signer = new(privateKey, "attestation");

    /// <summary>The public key, as a PEM <c>PUBLIC KEY</c> block.</summary>
    public string PublicKey => _signer.PublicKey;

    /// <summary>The DSSE envelope of an in-toto statement, as JSON text in UTF-8.</summary>
    public byte[] Sign(byte[] statement) => _signer.Seal(Dsse.PayloadType, statement);

    /// <summary>The key's name, as envelopes have it.</summary>
    public string KeyId => _signer.KeyId;

    /// <summary>A signature of a statement; another one each time.</summary>
    public byte[] SignatureOf(byte[] statement) => _signer.SignatureOf(Dsse.PayloadType, statement);

    /// <summary>The envelope of a statement and a signature of this key.</summary>
    public byte[] Envelope(byte[] statement, ReadOnlyMemory<byte> signature) => _signer.Envelope(Dsse.PayloadType, statement, signature);

    public void Dispose() => _signer.Dispose();
}
