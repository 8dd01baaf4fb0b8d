using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>How far each sink of the audit log has come.</summary>
internal sealed class SinkStore(Database database) : ISinkStore
{
    public Task<SinkCursor?> TakeAsync(string sink, string holder, DateTimeOffset now, TimeSpan lease, CancellationToken cancellation) =>
        database.Writer.WriteAsync(session => Take(session.Sql, sink, holder, now, lease), cancellation);

    public Task<bool> PromiseAsync(string sink, string holder, long end, CancellationToken cancellation) => database.Writer.WriteAsync(
        session => session.Sql.Execute(
            """
            UPDATE audit_sink SET promised_seq = @end
            WHERE name = @name AND holder = @holder AND next_seq < @end AND (promised_seq IS NULL OR promised_seq = @end)
            """,
            end, sink, holder) > 0,
        cancellation);

    public Task<bool> MoveAsync(string sink, string holder, long end, DateTimeOffset now, CancellationToken cancellation) => database.Writer.WriteAsync(
        session => session.Sql.Execute(
            "UPDATE audit_sink SET next_seq = @end, promised_seq = NULL, kept_ms = @now WHERE name = @name AND holder = @holder AND promised_seq = @end",
            end, now.ToUnixTimeMilliseconds(), sink, holder) > 0,
        cancellation);

    private static SinkCursor? Take(Session sql, string sink, string holder, DateTimeOffset now, TimeSpan lease)
    {
        sql.Execute("INSERT INTO audit_sink (name, next_seq, held_until_ms) VALUES (@name, 0, 0) ON CONFLICT (name) DO NOTHING", sink);
        var isOurs = sql.Execute(
            "UPDATE audit_sink SET holder = @holder, held_until_ms = @until WHERE name = @name AND (holder IS NULL OR holder = @holder OR held_until_ms <= @now)",
            holder, (now + lease).ToUnixTimeMilliseconds(), sink, now.ToUnixTimeMilliseconds()) > 0;
        if (!isOurs) return null;
        return sql.Query(
            "SELECT next_seq, promised_seq, kept_ms FROM audit_sink WHERE name = @name",
            row => new SinkCursor(
                row.GetInt64(0), row.IsDBNull(1) ? null : row.GetInt64(1),
                row.IsDBNull(2) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))),
            sink)[0];
    }
}
