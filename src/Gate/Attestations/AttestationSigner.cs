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

    public void Dispose() => _signer.Dispose();
}
