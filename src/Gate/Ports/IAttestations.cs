using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Rulings;

namespace GitOpsGate.Ports;

/// <summary>Attestations that were issued. Only ever added to. Safe to call concurrently.</summary>
public interface IAttestations
{
    /// <summary>Keeps one together with the entry that names its digest, in one transaction: what can be fetched is in the log. Durable on return.</summary>
    Task AddAsync(IssuedAttestation attestation, AuditDraft entry, CancellationToken cancellation);

    /// <summary>All of a ruling, oldest first.</summary>
    Task<ImmutableArray<IssuedAttestation>> OfRulingAsync(RulingId ruling, CancellationToken cancellation);
}

/// <summary>An attestation.</summary>
/// <param name="Sha256">SHA-256 of the envelope, lower-case hex: what the log names.</param>
/// <param name="Predicate">The word of its predicate.</param>
/// <param name="Envelope">The DSSE envelope, byte for byte.</param>
public sealed record IssuedAttestation(string Sha256, RulingId Ruling, string Predicate, DateTimeOffset IssuedAt, ReadOnlyMemory<byte> Envelope);
