using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Access;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>Auditors' links. Their tokens stand among all others, so that one look-up knows them.</summary>
internal sealed class AuditorLinks(Database database) : IAuditorLinks
{
    private const string Columns = "reference, name, from_ms, to_ms, environment, created_ms, expires_ms, revoked_ms";

    public Task AddAsync(AuditorLink link, ReadOnlyMemory<byte> sha256, CancellationToken cancellation) => database.Writer.WriteAsync(
        session =>
        {
            session.Sql.Execute(
                """
                INSERT INTO auditor_link (reference, name, from_ms, to_ms, environment, created_ms, expires_ms)
                VALUES (@reference, @name, @from, @to, @environment, @created, @expires)
                """,
                link.Reference, link.Name, link.From.ToUnixTimeMilliseconds(), link.To.ToUnixTimeMilliseconds(), link.Environment,
                link.CreatedAt.ToUnixTimeMilliseconds(), link.ExpiresAt.ToUnixTimeMilliseconds());
            return session.Sql.Execute(
                "INSERT INTO access_token (sha256, reference, name, role, created_ms) VALUES (@sha256, @reference, @name, @role, @created)",
                sha256.ToArray(), link.Reference, link.Name, (int)Role.Auditor, link.CreatedAt.ToUnixTimeMilliseconds());
        },
        cancellation);

    public Task<AuditorLink?> FindAsync(string reference, CancellationToken cancellation) => Read(
        session => session.Query($"SELECT {Columns} FROM auditor_link WHERE reference = @reference", Link, reference).FirstOrDefault(), cancellation);

    public Task<ImmutableArray<AuditorLink>> ListAsync(CancellationToken cancellation) => Read(
        session => session.Query($"SELECT {Columns} FROM auditor_link ORDER BY created_ms DESC, reference", Link).ToImmutableArray(), cancellation);

    public Task<bool> RevokeAsync(string reference, DateTimeOffset now, CancellationToken cancellation) => database.Writer.WriteAsync(
        session =>
        {
            var at = now.ToUnixTimeMilliseconds();
            session.Sql.Execute("UPDATE access_token SET revoked_ms = @now WHERE reference = @reference AND revoked_ms IS NULL", at, reference);
            return session.Sql.Execute("UPDATE auditor_link SET revoked_ms = @now WHERE reference = @reference AND revoked_ms IS NULL", at, reference) > 0;
        },
        cancellation);

    private Task<T> Read<T>(Func<Session, T> read, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        return Task.FromResult(read(session));
    }

    private static AuditorLink Link(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), At(row.GetInt64(2)), At(row.GetInt64(3)), row.IsDBNull(4) ? null : row.GetString(4), At(row.GetInt64(5)),
        At(row.GetInt64(6)))
    {
        RevokedAt = row.IsDBNull(7) ? null : At(row.GetInt64(7)),
    };

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
