using System.Collections.Immutable;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>Hands out obligations, one per lane at a time.</summary>
internal sealed class ObligationOutbox(Database database) : IObligationOutbox
{
    // The oldest open one of a lane stands for the lane: while it is claimed or backs off, nothing behind it moves.
    private const string DueNow = """
        SELECT o.id, o.kind, o.json, o.attempts, o.state, o.audit_index FROM obligation o
        WHERE o.due_ms <= @now AND o.audit_index >= 0 AND o.audit_index < (SELECT max(h.size) FROM audit_head h)
          AND NOT EXISTS (SELECT 1 FROM obligation p WHERE p.lane = o.lane AND p.due_ms IS NOT NULL AND p.id < o.id)
        ORDER BY o.due_ms, o.id LIMIT @limit
        """;

    // An order that was given up may have arrived, so the target is asked first. A status or comment that a newer one has followed
    // would bring back an older verdict: it stays as it is.
    private const string Again = """
        UPDATE obligation SET state = CASE WHEN kind = 'dispatch' THEN @unclear ELSE @waiting END, due_ms = @now, attempts = 0
        WHERE id = @id AND state = @dead AND (kind = 'dispatch'
          OR NOT EXISTS (SELECT 1 FROM obligation n WHERE n.lane = obligation.lane AND n.id > obligation.id))
        """;

    // Nothing leaves the gate for these, so whoever died over one is not waited for.
    private static readonly TimeSpan ShortLease = TimeSpan.FromSeconds(15);

    public async Task<ImmutableArray<ClaimedObligation>> ClaimAsync(
        int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellation)
    {
        var rows = await database.Writer.WriteAsync(session => Claim(session.Sql, limit, now, lease), cancellation);
        return
        [
            .. rows.Select(row => new ClaimedObligation(
                row.Id, StoredJson.ReadObligation(row.Kind, row.Json), row.Attempts,
                row.State is ObligationState.Unclear or ObligationState.Claimed, row.AuditIndex)),
        ];
    }

    public async Task<string?> ReferenceAsync(string lane, CancellationToken cancellation)
    {
        await using var read = database.Read();
        return await read.LatestReferenceAsync(lane, cancellation);
    }

    public async Task<bool> RetryAsync(long id, DateTimeOffset now, CancellationToken cancellation)
    {
        var found = await database.Writer.WriteAsync(
            session => session.Sql.Execute(
                Again, (int)ObligationState.Unclear, (int)ObligationState.Waiting, now.ToUnixTimeMilliseconds(), id, (int)ObligationState.Dead),
            cancellation);
        if (found > 0) database.ObligationsDue.Set();
        return found > 0;
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => database.ObligationsDue.WaitAsync(atMost, cancellation);

    private static List<Row> Claim(Session sql, int limit, DateTimeOffset now, TimeSpan lease)
    {
        var rows = sql.Query(
            DueNow,
            row => new Row(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt32(3), (ObligationState)row.GetInt32(4), row.GetInt64(5)),
            now.ToUnixTimeMilliseconds(), limit);
        foreach (var row in rows)
        {
            var until = now + (row.Kind == "attest" && lease > ShortLease ? ShortLease : lease);
            sql.Execute(
                "UPDATE obligation SET state = @claimed, due_ms = @until, attempts = attempts + 1 WHERE id = @id",
                (int)ObligationState.Claimed, until.ToUnixTimeMilliseconds(), row.Id);
        }

        return rows;
    }

    private sealed record Row(long Id, string Kind, string Json, int Attempts, ObligationState State, long AuditIndex);
}
