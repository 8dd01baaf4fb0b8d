using System.Collections.Immutable;
using System.Data.Common;
using System.Text;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage.Privacy;

/// <summary>Erasures: what was asked for, what is held back, and the doing.</summary>
internal sealed class PrivacyStore(Database database) : IPrivacyStore
{
    // What comes in while an erasure runs is looked at once more.
    private const int MostRounds = 3;
    private const string Note = "its body is gone: it named somebody who was erased";

    public Task<string?> FindAsync(string subject, CancellationToken cancellation) =>
        OfSession(session => People.Find(session, subject, cancellation), cancellation);

    public Task<ErasureStanding> StandingAsync(string reference, CancellationToken cancellation) => OfSession(
        session =>
        {
            var rows = session.Query(
                "SELECT basis, requested_by, done_ms FROM erasure WHERE reference = @reference",
                row => new ErasureStanding(
                    reference, row.GetString(0), row.GetString(1), false,
                    row.IsDBNull(2) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))),
                reference);
            var isHeld = session.Scalar("SELECT 1 FROM legal_hold WHERE reference = @reference", reference) is not null;
            return (rows is [var asked] ? asked : new ErasureStanding(reference, null, null, false, null)) with { IsHeld = isHeld };
        },
        cancellation);

    public Task<ImmutableArray<ErasureRecord>> ListAsync(int limit, CancellationToken cancellation) => OfSession(
        session => session.Query(
            """
            SELECT p.reference, e.basis, e.requested_by, e.requested_ms, e.done_ms, h.placed_by, h.placed_ms
            FROM (SELECT reference FROM erasure UNION SELECT reference FROM legal_hold) p
            LEFT JOIN erasure e ON e.reference = p.reference LEFT JOIN legal_hold h ON h.reference = p.reference
            ORDER BY CASE WHEN e.done_ms IS NULL THEN 0 ELSE 1 END, COALESCE(e.done_ms, e.requested_ms, h.placed_ms) DESC, p.reference LIMIT @limit
            """,
            Record, limit).ToImmutableArray(),
        cancellation);

    public async Task<ErasureReport> PreviewAsync(string reference, CancellationToken cancellation)
    {
        await database.SettleAsync();
        var mentions = await OfSession(session => People.MentionsOf(session, reference, database.Keys, cancellation), cancellation);
        var found = await ScanAsync(mentions, cancellation);
        var keyId = database.Keys.OfSubject(reference)?.Id ?? "";
        var boxes = await OfSession(session => (long)session.Scalar("SELECT count(*) FROM audit_sealed WHERE key_id = @key", keyId)!, cancellation);
        return new ErasureReport(boxes, found.Deliveries.Count, found.Evidence.Count, found.Texts.Count, found.Waiting, found.Left);
    }

    public Task RequestAsync(string reference, string basis, string by, DateTimeOffset now, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session => session.Sql.Execute(
                """
                INSERT INTO erasure (reference, basis, requested_by, requested_ms) VALUES (@reference, @basis, @by, @now)
                ON CONFLICT (reference) DO NOTHING
                """,
                reference, basis, by, now.ToUnixTimeMilliseconds()),
            cancellation);

    public Task<bool> HoldAsync(string reference, bool isHeld, string by, DateTimeOffset now, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session => isHeld
                ? session.Sql.Execute(
                    """
                    INSERT INTO legal_hold (reference, placed_by, placed_ms) VALUES (@reference, @by, @now)
                    ON CONFLICT (reference) DO NOTHING
                    """,
                    reference, by, now.ToUnixTimeMilliseconds()) == 1
                : session.Sql.Execute("DELETE FROM legal_hold WHERE reference = @reference", reference) == 1,
            cancellation);

    public async Task<ErasureReport> EraseAsync(string reference, string confirmedBy, DateTimeOffset now, CancellationToken cancellation)
    {
        // What the door has acknowledged is looked at, too.
        await database.SettleAsync();
        var mentions = await OfSession(session => People.MentionsOf(session, reference, database.Keys, cancellation), cancellation);
        var found = await ScanAsync(mentions, cancellation);
        if (found.Waiting > 0) return new ErasureReport(0, 0, 0, 0, found.Waiting, found.Left);
        // The key first: whatever happens from here on, what is sealed opens no more, and doing it again does the rest.
        var keyId = database.Keys.Destroy(reference);
        var done = await ApplyAsync(found, mentions, (reference, keyId, confirmedBy), cancellation);
        for (var round = 1; round < MostRounds && !(found = await ScanAsync(mentions, cancellation)).IsEmpty; round++)
        {
            var more = await ApplyAsync(found, mentions, (reference, keyId, confirmedBy), cancellation);
            done = done with { Deliveries = done.Deliveries + more.Deliveries, Rewritten = done.Rewritten + more.Rewritten, Evidence = done.Evidence + more.Evidence };
        }

        database.Identities.Clear();
        await database.WipeAsync(cancellation);
        await database.Writer.WriteAsync(
            session => session.Sql.Execute("UPDATE erasure SET done_ms = @now WHERE reference = @reference", now.ToUnixTimeMilliseconds(), reference),
            cancellation);
        return done with { Left = found.Left };
    }

    private static ErasureRecord Record(DbDataReader row)
    {
        string? TextOf(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        DateTimeOffset? MomentOf(int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
        var standing = new ErasureStanding(row.GetString(0), TextOf(1), TextOf(2), !row.IsDBNull(5), MomentOf(4));
        return new ErasureRecord(standing, MomentOf(3), TextOf(5), MomentOf(6));
    }

    private Task<ErasureScan> ScanAsync(Mentions mentions, CancellationToken cancellation) => mentions.IsEmpty
        ? Task.FromResult(ErasureScan.Nothing)
        : OfSession(session => ErasureScan.Run(session, mentions, database.Keys, cancellation), cancellation);

    private Task<ErasureReport> ApplyAsync(
        ErasureScan found, Mentions mentions, (string Reference, string? KeyId, string By) who, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session =>
            {
                var sql = session.Sql;
                var rewritten = found.Texts.Sum(one => Rewrite(sql, mentions, one.Column, one.Key));
                foreach (var ruling in found.Evidence) sql.Execute("DELETE FROM evidence WHERE ruling_seq = @ruling", ruling);
                foreach (var delivery in found.Deliveries) Empty(sql, delivery);
                foreach (var digest in found.Kept) KeptSources.Forget(sql, digest, "it named somebody who was erased");
                sql.Execute("DELETE FROM identity WHERE reference = @reference", who.Reference);
                rewritten += sql.Execute("UPDATE access_token SET name = @name WHERE reference = @reference AND name <> @name", who.Reference, who.Reference);
                var boxes = sql.Execute("DELETE FROM audit_sealed WHERE key_id = @key", who.KeyId ?? "");
                sql.Execute("UPDATE erasure SET confirmed_by = @by WHERE reference = @reference", who.By, who.Reference);
                return new ErasureReport(boxes, found.Deliveries.Count, found.Evidence.Count + found.Kept.Count, rewritten, 0, found.Left);
            },
            cancellation);

    // Read again, inside the transaction: somebody may have written the row since it was found.
    private static long Rewrite(Session sql, Mentions mentions, TextColumn column, object key)
    {
        var text = sql.Scalar($"SELECT {column.Column} FROM {column.Table} WHERE {column.Key} = @key", key) as string;
        if (text is null || column.Rewrite(mentions, text) is not { } rewritten) return 0;
        return sql.Execute($"UPDATE {column.Table} SET {column.Column} = @text WHERE {column.Key} = @key", rewritten, key);
    }

    private static void Empty(Session sql, object delivery)
    {
        sql.Execute("DELETE FROM delivery_seal WHERE delivery_seq = @delivery", delivery);
        sql.Execute("DELETE FROM delivery_body WHERE delivery_seq = @delivery", delivery);
        sql.Execute(
            "INSERT INTO delivery_body (delivery_seq, headers, body, length) VALUES (@delivery, @headers, @body, 0)",
            delivery, Encoding.UTF8.GetBytes("{}"), Zlib.Compress([]));
        sql.Execute("UPDATE delivery SET note = @note WHERE seq = @delivery", Note, delivery);
    }

    private Task<T> OfSession<T>(Func<Session, T> read, CancellationToken cancellation) => Task.Run(
        () =>
        {
            using var session = new Session(database.Dialect.Connect());
            return read(session);
        },
        cancellation);
}
