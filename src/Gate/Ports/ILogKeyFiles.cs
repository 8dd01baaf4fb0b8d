using System.Security.Cryptography;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Ports;

/// <summary>The private keys that the audit log's checkpoints are signed with. Safe to call concurrently.</summary>
public interface ILogKeyFiles
{
    /// <summary>The key that <c>gate.yaml</c> names; made at the first call when there is none.</summary>
    /// <exception cref="FormatException">What is there is no Ed25519 key.</exception>
    Ed25519PrivateKey Primary { get; }

    /// <summary>A copy of the ECDSA P-256 key that signs beside the others, for whoever asks to dispose of; null where none is configured.</summary>
    /// <exception cref="FormatException">What is there is no P-256 key.</exception>
    ECDsa? OpenSecond();

    /// <summary>The keys that were kept beside the primary one, in the order of their names.</summary>
    /// <exception cref="FormatException">One of the files is no Ed25519 key.</exception>
    IReadOnlyList<Ed25519PrivateKey> Kept { get; }

    /// <summary>Keeps a new key beside the primary one; durable on return.</summary>
    void Keep(Ed25519PrivateKey key);
}
