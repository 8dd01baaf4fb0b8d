using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Rulings;

namespace GitOpsGate.Ports;

/// <summary>Attestations that were issued. Only ever added to. Safe to call concurrently.</summary>
public interface IAttestations
{
    /// <summary>Keeps one together with the entry that names its digest, in one transaction: what can be fetched is in the log. Durable on return.</summary>
    Task AddAsync(IssuedAttestation attestation, AuditDraft entry, CancellationToken cancellation);

    /// <summary>
    /// Keeps all that a promise is fulfilled with, each with its entry, in one transaction; nothing of it when the promise was fulfilled before. Durable on
    /// return.
    /// </summary>
    /// <returns>Whether they were kept now.</returns>
    Task<bool> FulfilAsync(
        string promise, ImmutableArray<(IssuedAttestation Attestation, AuditDraft Entry)> attestations, CancellationToken cancellation);

    /// <summary>All of a ruling, oldest first.</summary>
    Task<ImmutableArray<IssuedAttestation>> OfRulingAsync(RulingId ruling, CancellationToken cancellation);

    /// <summary>All that are about a commit, oldest first; those that were issued by versions that did not keep it are not among them.</summary>
    Task<ImmutableArray<IssuedAttestation>> OfCommitAsync(CommitId commit, CancellationToken cancellation);

    /// <summary>The one that the log names by a digest (SHA-256, lower-case hex), or null.</summary>
    Task<IssuedAttestation?> FindAsync(string sha256, CancellationToken cancellation);

    /// <summary>
    /// The signature that stands for some bytes: the one that is kept, or else the given one, which is kept from now on. ECDSA signs the same bytes
    /// differently each time; whoever is given them twice must not see two. Durable on return.
    /// </summary>
    /// <param name="keyId">The key that signs: another key's signature is another one.</param>
    /// <param name="sha256">Of what was signed, lower-case hex.</param>
    Task<ReadOnlyMemory<byte>> KeepSignatureAsync(string keyId, string sha256, ReadOnlyMemory<byte> signature, CancellationToken cancellation);
}

/// <summary>An attestation.</summary>
/// <param name="Sha256">SHA-256 of the envelope, lower-case hex: what the log names.</param>
/// <param name="Ruling">The ruling that it is about; null for a push that no ruling covers.</param>
/// <param name="Predicate">The word of its predicate.</param>
/// <param name="Envelope">The DSSE envelope, byte for byte.</param>
public sealed record IssuedAttestation(string Sha256, RulingId? Ruling, string Predicate, DateTimeOffset IssuedAt, ReadOnlyMemory<byte> Envelope)
{
    /// <summary>The commit that is its subject; none where a version before did not keep it.</summary>
    public CommitId Commit { get; init; }
}
