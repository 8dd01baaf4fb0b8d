using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>Deliveries that wait, are in hand, or are done with.</summary>
internal sealed class DeliveryInbox(Database database) : IDeliveryInbox
{
    /// <summary>
    /// A delivery that was in hand this often is given up without being handed out again: it may be what brings the process down.
    /// </summary>
    public const int MaxAttempts = 25;

    private const string Columns = "d.seq, d.id, d.connection, d.forge, d.forge_id, d.event, d.received_ms, d.attempts, b.headers, b.body, b.length";

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
        return [.. rows.Select(row => row.ToClaimed())];
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
                "UPDATE delivery SET state = @state, due_ms = @due, attempts = 0, note = '' WHERE id = @id",
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
            SELECT {Columns} FROM delivery d JOIN delivery_body b ON b.delivery_seq = d.seq
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
        byte[] Headers, byte[] Body, int Length)
    {
        public static Row Read(DbDataReader row) => new(
            row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
            row.GetInt64(6), row.GetInt32(7), row.GetFieldValue<byte[]>(8), row.GetFieldValue<byte[]>(9), row.GetInt32(10));

        // Inflating is left to the caller's thread: the writer's is everybody's.
        public ClaimedDelivery ToClaimed() => new(
            new Delivery
            {
                Id = new DeliveryId(new Guid(Id, bigEndian: true)),
                Connection = new ConnectionName(Connection),
                Forge = Forge,
                ForgeId = ForgeId,
                Event = Event,
                Headers = ReadHeaders(Headers),
                Body = Zlib.Decompress(Body, Length),
                ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(ReceivedMilliseconds),
            },
            Attempts);
    }
}
