using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Privacy;

namespace GitOpsGate.Storage;

/// <summary>Deliveries that wait, are in hand, or are done with.</summary>
internal sealed class DeliveryInbox(Database database) : IDeliveryInbox
{
    /// <summary>
    /// A delivery that was in hand this often is given up without being handed out again: it may be what brings the process down.
    /// </summary>
    public const int MaxAttempts = 25;

    private const string Columns = $"d.seq, d.id, d.connection, d.forge, d.forge_id, d.event, d.received_ms, d.attempts, {StoredBody.Columns}";

    public async Task<Acceptance> AcceptAsync(Delivery delivery, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var insert = new InboxInsert(delivery);
        if (!(database.Intake?.TryAdd(insert) ?? database.Writer.TryAdd(insert))) insert.Refuse();
        var acceptance = await insert.Task;
        if (acceptance == Acceptance.Accepted) database.DeliveriesDue.Set();
        return acceptance;
    }

    public async Task<ImmutableArray<ClaimedDelivery>> ClaimAsync(
        int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellation)
    {
        database.Intake?.HandOver();
        var rows = await database.Writer.WriteAsync(session => Claim(session.Sql, limit, now, now + lease), cancellation);
        var claimed = ImmutableArray.CreateBuilder<ClaimedDelivery>(rows.Count);
        foreach (var row in rows)
        {
            // Opening and inflating are left to the caller's thread: the writer's is everybody's.
            var body = row.Body.Open(database.Keys);
            if (body.Gone is { } why) await PostponeAsync(row.DeliveryId, why, null, cancellation);
            else claimed.Add(row.ToClaimed(body));
        }

        return claimed.ToImmutable();
    }

    public Task PostponeAsync(DeliveryId id, string why, DateTimeOffset? dueAt, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session => session.Sql.Execute(
                "UPDATE delivery SET state = @state, due_ms = @due, note = @note WHERE id = @id AND state = @inHand",
                (int)(dueAt is null ? DeliveryState.Dead : DeliveryState.Waiting), dueAt?.ToUnixTimeMilliseconds(), why,
                id.Value.ToByteArray(bigEndian: true), (int)DeliveryState.InHand),
            cancellation);

    public async Task<bool> ReplayAsync(DeliveryId id, DateTimeOffset now, CancellationToken cancellation)
    {
        database.Intake?.HandOver();
        var found = await database.Writer.WriteAsync(
            session => session.Sql.Execute(
                """
                UPDATE delivery SET state = @state, due_ms = @due, attempts = 0, note = ''
                WHERE id = @id AND NOT EXISTS (SELECT 1 FROM webhook_day WHERE day = received_ms / 86400000 AND ended_ms IS NOT NULL)
                """,
                (int)DeliveryState.Waiting, now.ToUnixTimeMilliseconds(), id.Value.ToByteArray(bigEndian: true)),
            cancellation);
        if (found > 0) database.DeliveriesDue.Set();
        return found > 0;
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => database.DeliveriesDue.WaitAsync(atMost, cancellation);

    /// <summary>The headers as they were kept.</summary>
    internal static ImmutableDictionary<string, string> ReadHeaders(byte[] json) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(json)!.ToImmutableDictionary(StringComparer.Ordinal);

    private static List<Row> Claim(Session sql, int limit, DateTimeOffset now, DateTimeOffset until)
    {
        sql.Execute(
            "UPDATE delivery SET state = @dead, due_ms = NULL, note = @note WHERE due_ms <= @now AND attempts >= @most",
            (int)DeliveryState.Dead, $"given up: it was in hand {MaxAttempts} times", now.ToUnixTimeMilliseconds(), MaxAttempts);
        var rows = sql.Query(
            $"""
            SELECT {Columns} FROM delivery d {StoredBody.Tables}
            WHERE d.due_ms <= @now ORDER BY d.due_ms, d.seq LIMIT @limit
            """,
            Row.Read, now.ToUnixTimeMilliseconds(), limit);
        foreach (var row in rows)
        {
            sql.Execute(
                "UPDATE delivery SET state = @state, due_ms = @until, attempts = attempts + 1 WHERE seq = @seq",
                (int)DeliveryState.InHand, until.ToUnixTimeMilliseconds(), row.Sequence);
        }

        return rows;
    }

    private sealed record Row(
        long Sequence, byte[] Id, string Connection, string Forge, string ForgeId, string Event, long ReceivedMilliseconds, int Attempts,
        StoredBody Body)
    {
        public DeliveryId DeliveryId => new(new Guid(Id, bigEndian: true));

        public static Row Read(DbDataReader row) => new(
            row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
            row.GetInt64(6), row.GetInt32(7), StoredBody.Read(row));

        public ClaimedDelivery ToClaimed(OpenedBody body) => new(
            new Delivery
            {
                Id = DeliveryId,
                Connection = new ConnectionName(Connection),
                Forge = Forge,
                ForgeId = ForgeId,
                Event = Event,
                Headers = ReadHeaders(body.Headers),
                Body = body.Inflate(),
                ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(ReceivedMilliseconds),
            },
            Attempts);
    }
}
