using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Storage;

/// <summary>Attestations that were issued, by their digests.</summary>
internal sealed class Attestations(Database database) : IAttestations
{
    public Task AddAsync(IssuedAttestation attestation, AuditDraft entry, CancellationToken cancellation) => database.Writer.WriteAsync(
        session =>
        {
            session.Log.Append(entry);
            return session.Sql.Execute(
                "INSERT INTO attestation (sha256, ruling, predicate, issued_ms, envelope) VALUES (@sha256, @ruling, @predicate, @issued, @envelope)",
                Convert.FromHexString(attestation.Sha256), attestation.Ruling.ToString(), attestation.Predicate, attestation.IssuedAt.ToUnixTimeMilliseconds(),
                attestation.Envelope.ToArray());
        },
        cancellation);

    public Task<ImmutableArray<IssuedAttestation>> OfRulingAsync(RulingId ruling, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        var rows = session.Query(
            "SELECT sha256, predicate, issued_ms, envelope FROM attestation WHERE ruling = @ruling ORDER BY issued_ms, sha256",
            row => new IssuedAttestation(
                Convert.ToHexStringLower(row.GetFieldValue<byte[]>(0)), ruling, row.GetString(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
                row.GetFieldValue<byte[]>(3)),
            ruling.ToString());
        return Task.FromResult(rows.ToImmutableArray());
    }
}
