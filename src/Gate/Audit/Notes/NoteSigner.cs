using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Audit.Notes;

/// <summary>Signs notes with one key. Safe to call concurrently.</summary>
public abstract class NoteSigner : IDisposable
{
    /// <summary>The key that others verify with.</summary>
    public abstract NoteKey Key { get; }

    /// <summary>The signature line for a text.</summary>
    /// <param name="now">Signed too by algorithms that know the time.</param>
    public NoteSignature Sign(string text, DateTimeOffset now) => new(Key.Name, Key.Id, Bytes(text, now));

    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract byte[] Bytes(string text, DateTimeOffset now);

    protected virtual void Dispose(bool isDisposing)
    {
    }
}

/// <summary>Signs with Ed25519: a log's own line, or a witness' line with the time.</summary>
public sealed class Ed25519Signer : NoteSigner
{
    private readonly Ed25519PrivateKey _key;

    /// <param name="isWitness">Whether it cosigns other logs' checkpoints, with the time.</param>
    public Ed25519Signer(string name, Ed25519PrivateKey key, bool isWitness = false)
    {
        _key = key;
        Key = NoteKey.Of(name, isWitness ? NoteAlgorithm.CosignatureV1 : NoteAlgorithm.Ed25519, key.PublicKey.Span);
    }

    public override NoteKey Key { get; }

    protected override byte[] Bytes(string text, DateTimeOffset now)
    {
        if (Key.Algorithm == NoteAlgorithm.Ed25519) return _key.Sign(Encoding.UTF8.GetBytes(text));
        var signature = new byte[8 + Ed25519.SignatureLength];
        var seconds = (ulong)now.ToUnixTimeSeconds();
        BinaryPrimitives.WriteUInt64BigEndian(signature, seconds);
        _key.Sign(NoteKey.CosignedMessage(seconds, text)).CopyTo(signature, 8);
        return signature;
    }
}

/// <summary>Signs with ECDSA P-256 and SHA-256: a second line for those whose key store has no Ed25519.</summary>
public sealed class EcdsaSigner : NoteSigner
{
    private readonly ECDsa _key;
    private readonly Lock _gate = new();

    /// <param name="key">Belongs to the signer from now on.</param>
    public EcdsaSigner(string name, ECDsa key)
    {
        _key = key;
        Key = NoteKey.Of(name, NoteAlgorithm.EcdsaP256, key.ExportSubjectPublicKeyInfo());
    }

    public override NoteKey Key { get; }

    protected override byte[] Bytes(string text, DateTimeOffset now)
    {
        lock (_gate) return _key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    protected override void Dispose(bool isDisposing)
    {
        if (isDisposing) _key.Dispose();
        base.Dispose(isDisposing);
    }
}
