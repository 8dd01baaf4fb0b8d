using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>Bundles and rules by digest, compressed.</summary>
internal sealed class KeptSources(Database database) : IKeptSources
{
    public async Task KeepAsync(KeptSource source, CancellationToken cancellation)
    {
        var known = await OfSessionAsync(
            session => session.Scalar("SELECT CASE WHEN body IS NULL THEN 0 ELSE 1 END FROM kept_source WHERE digest = @digest", source.Digest), cancellation);
        // Every start comes here, and nearly none has anything to write.
        if (known is not null && (Convert.ToInt64(known, System.Globalization.CultureInfo.InvariantCulture) == 1 || source.Content is null)) return;
        var body = source.Content is { } content ? Zlib.Compress(content.Span) : null;
        await database.Writer.WriteAsync(session => Keep(session.Sql, source, body, database.Clock.GetUtcNow()), cancellation);
    }

    public Task<KeptSource?> FindAsync(string digest, CancellationToken cancellation) => OfSessionAsync(
        session =>
        {
            var rows = session.Query(
                "SELECT kind, body, length, why FROM kept_source WHERE digest = @digest",
                row => (Kind: row.GetString(0), Body: row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1), Length: row.GetInt32(2), Why: row.GetString(3)),
                digest);
            if (rows is not [var (kind, body, length, why)]) return null;
            return body is null
                ? new KeptSource(digest, kind, null, why)
                : new KeptSource(digest, kind, Zlib.Decompress(body, length), why);
        },
        cancellation);

    /// <summary>Takes the content away from what an erasure found to name somebody; the row stays and says so.</summary>
    public static void Forget(Session sql, string digest, string why) =>
        sql.Execute("UPDATE kept_source SET body = NULL, length = 0, why = @why WHERE digest = @digest", why, digest);

    private static bool Keep(Session sql, KeptSource source, byte[]? body, DateTimeOffset now)
    {
        var (length, at) = (source.Content?.Length ?? 0, now.ToUnixTimeMilliseconds());
        if (body is null)
        {
            return sql.Execute(
                """
                INSERT INTO kept_source (digest, kind, length, why, kept_ms) VALUES (@digest, @kind, @length, @why, @at)
                ON CONFLICT (digest) DO NOTHING
                """,
                source.Digest, source.Kind, length, source.Why, at) == 1;
        }

        return sql.Execute(
            """
            INSERT INTO kept_source (digest, kind, body, length, why, kept_ms) VALUES (@digest, @kind, @body, @length, @why, @at)
            ON CONFLICT (digest) DO UPDATE SET body = excluded.body, length = excluded.length, why = excluded.why WHERE kept_source.body IS NULL
            """,
            source.Digest, source.Kind, body, length, source.Why, at) == 1;
    }

    private Task<T> OfSessionAsync<T>(Func<Session, T> read, CancellationToken cancellation) => Task.Run(
        () =>
        {
            using var session = new Session(database.Dialect.Connect());
            return read(session);
        },
        cancellation);
}
