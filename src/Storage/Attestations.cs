using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Storage;

/// <summary>Attestations that were issued, by their digests.</summary>
internal sealed class Attestations(Database database) : IAttestations
{
    private const string Columns = "sha256, ruling, predicate, issued_ms, envelope, commit_id";

    public Task AddAsync(IssuedAttestation attestation, AuditDraft entry, CancellationToken cancellation) =>
        database.Writer.WriteAsync(session => Add(session, attestation, entry, promise: null), cancellation);

    public Task<bool> FulfilAsync(
        string promise, ImmutableArray<(IssuedAttestation Attestation, AuditDraft Entry)> attestations, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session =>
            {
                if (session.Sql.Scalar("SELECT 1 FROM attestation WHERE promise = @promise", promise) is not null) return false;
                foreach (var (attestation, entry) in attestations) Add(session, attestation, entry, promise);
                return true;
            },
            cancellation);

    public Task<ImmutableArray<IssuedAttestation>> OfRulingAsync(RulingId ruling, CancellationToken cancellation) =>
        ListAsync("ruling = @what", ruling.ToString(), cancellation);

    public Task<ImmutableArray<IssuedAttestation>> OfCommitAsync(CommitId commit, CancellationToken cancellation) =>
        ListAsync("commit_id = @what", commit.Value, cancellation);

    public async Task<IssuedAttestation?> FindAsync(string sha256, CancellationToken cancellation) =>
        sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower)
            ? (await ListAsync("sha256 = @what", Convert.FromHexString(sha256), cancellation)).FirstOrDefault()
            : null;

    public Task<ReadOnlyMemory<byte>> KeepSignatureAsync(
        string keyId, string sha256, ReadOnlyMemory<byte> signature, CancellationToken cancellation) => database.Writer.WriteAsync(
        session =>
        {
            var (sql, digest) = (session.Sql, Convert.FromHexString(sha256));
            sql.Execute(
                "INSERT INTO kept_signature (key_id, sha256, signature) VALUES (@key, @sha256, @signature) ON CONFLICT (key_id, sha256) DO NOTHING",
                keyId, digest, signature.ToArray());
            return (ReadOnlyMemory<byte>)(byte[])sql.Scalar("SELECT signature FROM kept_signature WHERE key_id = @key AND sha256 = @sha256", keyId, digest)!;
        },
        cancellation);

    private static int Add(WriteSession session, IssuedAttestation attestation, AuditDraft entry, string? promise)
    {
        session.Log.Append(entry);
        return session.Sql.Execute(
            """
            INSERT INTO attestation (sha256, ruling, predicate, issued_ms, envelope, commit_id, promise)
            VALUES (@sha256, @ruling, @predicate, @issued, @envelope, @commit, @promise)
            """,
            Convert.FromHexString(attestation.Sha256), attestation.Ruling?.ToString() ?? "", attestation.Predicate,
            attestation.IssuedAt.ToUnixTimeMilliseconds(), attestation.Envelope.ToArray(), attestation.Commit.IsNone ? null : attestation.Commit.Value,
            promise);
    }

    private Task<ImmutableArray<IssuedAttestation>> ListAsync(string which, object what, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        var rows = session.Query($"SELECT {Columns} FROM attestation WHERE {which} ORDER BY issued_ms, sha256", Read, what);
        return Task.FromResult(rows.ToImmutableArray());
    }

    private static IssuedAttestation Read(DbDataReader row) => new(
        Convert.ToHexStringLower(row.GetFieldValue<byte[]>(0)), Guid.TryParse(row.GetString(1), out var ruling) ? new RulingId(ruling) : null,
        row.GetString(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), row.GetFieldValue<byte[]>(4))
    {
        Commit = row.IsDBNull(5) ? default : CommitId.Parse(row.GetString(5)),
    };
}
