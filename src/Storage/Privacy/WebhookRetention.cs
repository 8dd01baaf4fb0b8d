using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage.Privacy;

/// <summary>
/// Seals webhooks by day, and ends days. The row of a day says how far it has come: what it says is durable before the next step is taken, and each
/// step finds nothing to do when it was done.
/// </summary>
internal sealed class WebhookRetention(Database database) : IWebhookRetention
{
    /// <summary>Webhooks that are looked at, and sealed at most, in one transaction.</summary>
    private const int BatchLength = 64;

    /// <summary>Bytes of them, compressed, unless one alone has more.</summary>
    private const long BatchBytes = 2 << 20;

    private const int EmptiedTogether = 200;

    // What somebody is called stands in every table: that is not looked for every minute.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromHours(1);

    private readonly Dictionary<WebhookDay, (string Why, DateTimeOffset LookAgain)> _held = [];

    // Everything before the place was looked at in this round, and is sealed but for what is open: there the next round begins.
    private long _place;
    private long? _open;

    public async Task<int> SealAsync(CancellationToken cancellation)
    {
        while (true)
        {
            // Kept until the batch is done: what failed is taken again.
            var (place, open) = (_place, _open);
            var page = await OfSessionAsync(session => Page(session, place), cancellation);
            if (page.Count == 0)
            {
                (_place, _open) = (open ?? place, null);
                return 0;
            }

            var (taken, bytes) = (new List<long>(), 0L);
            foreach (var row in page)
            {
                var isWalked = row.State >= (int)DeliveryState.Dead;
                if (isWalked && taken.Count > 0 && bytes + row.Size > BatchBytes) break;
                if (isWalked) taken.Add(row.Sequence);
                else open ??= row.Sequence;
                bytes += isWalked ? row.Size : 0;
                place = row.Sequence + 1;
            }

            var done = taken.Count == 0 ? 0 : await SealAsync(taken, cancellation);
            // What was replayed meanwhile is sealed when it was walked again.
            if (done < taken.Count) open = Math.Min(open ?? long.MaxValue, taken[0]);
            (_place, _open) = (place, open);
            if (taken.Count > 0) return taken.Count;
        }
    }

    public async Task<EndedDays> EndAsync(DateTimeOffset now, TimeSpan keep, CancellationToken cancellation)
    {
        var first = WebhookDay.FirstKept(now, keep);
        var due = await OfSessionAsync(session => Due(session, first), cancellation);
        var (done, waiting) = (ImmutableArray.CreateBuilder<EndedDay>(), ImmutableArray.CreateBuilder<WaitingDay>());
        var held = new HeldPeople(database.Keys);
        foreach (var (day, isEnded) in due)
        {
            if (!isEnded && await WhyNotAsync(day, held, (now, keep), cancellation) is { } why)
            {
                waiting.Add(new WaitingDay(day.Date, why));
                continue;
            }

            // From here on everybody is told that its webhooks have ended, whatever is still there of them.
            database.Keys.Destroy(day.Subject);
            var bodies = 0L;
            while (await database.Writer.WriteAsync(session => Empty(session.Sql, day), cancellation) is > 0 and var emptied) bodies += emptied;
            done.Add(new EndedDay(day.Date, bodies));
        }

        if (done.Count > 0) await FinishAsync(done, now, cancellation);
        return new EndedDays(done.ToImmutable(), waiting.ToImmutable());
    }

    private static List<(long Sequence, int State, long Size)> Page(Session session, long from) => session.Query(
        $"""
        SELECT d.seq, d.state, LENGTH(b.body) FROM delivery d JOIN delivery_body b ON b.delivery_seq = d.seq
        LEFT JOIN delivery_seal s ON s.delivery_seq = d.seq
        WHERE d.seq >= @from AND b.length > 0 AND s.delivery_seq IS NULL ORDER BY d.seq LIMIT {BatchLength}
        """,
        row => (row.GetInt64(0), row.GetInt32(1), row.GetInt64(2)), from);

    private static List<(WebhookDay Day, bool IsEnded)> Due(Session session, WebhookDay first) => session.Query(
        "SELECT day, ended_ms FROM webhook_day WHERE done_ms IS NULL AND (ended_ms IS NOT NULL OR day < @first) ORDER BY day",
        row => (new WebhookDay(row.GetInt64(0)), !row.IsDBNull(1)), first.Number);

    private async Task<int> SealAsync(List<long> taken, CancellationToken cancellation)
    {
        var locked = await OfSessionAsync(session => Lock(session, taken), cancellation);
        return await database.Writer.WriteAsync(session => locked.Count(one => Seal(session.Sql, one.Sequence, one.Body)), cancellation);
    }

    /// <summary>Locks what the writer only has to put in its place. The key of each day is durable before.</summary>
    private List<(long Sequence, StoredBody Body)> Lock(Session session, List<long> taken)
    {
        var keys = new Dictionary<WebhookDay, byte[]>();
        var locked = new List<(long, StoredBody)>();
        foreach (var sequence in taken)
        {
            var rows = session.Query($"SELECT {StoredBody.Columns} FROM delivery d {StoredBody.Tables} WHERE d.seq = @seq", StoredBody.Read, sequence);
            if (rows is not [{ Seal: null, Headers: not null, Body: not null } body]) continue;
            if (!keys.TryGetValue(body.Day, out var key)) keys[body.Day] = key = database.Keys.For(body.Day.Subject).Bytes;
            locked.Add((sequence, body.Lock(key)));
        }

        return locked;
    }

    /// <summary>Looked at once more inside the transaction: it may have been replayed, erased or sealed by somebody else since it was read.</summary>
    private bool Seal(Session sql, long sequence, StoredBody locked)
    {
        var isAsItWas = sql.Scalar(
            """
            SELECT 1 FROM delivery d JOIN delivery_body b ON b.delivery_seq = d.seq
            WHERE d.seq = @seq AND d.state >= @walked AND b.length = @length
              AND LENGTH(b.headers) = @headers AND LENGTH(b.body) = @body
              AND NOT EXISTS (SELECT 1 FROM delivery_seal s WHERE s.delivery_seq = d.seq)
            """,
            sequence, (int)DeliveryState.Dead, locked.Length, locked.Headers!.Length, locked.Body!.Length) is not null;
        if (!isAsItWas) return false;
        sql.Execute("INSERT INTO webhook_day (day) VALUES (@day) ON CONFLICT (day) DO NOTHING", locked.Day.Number);
        // A day that has ended has no key any more: what is late ends at once.
        if (IsEnded(sql, locked.Day)) sql.Execute("DELETE FROM delivery_body WHERE delivery_seq = @seq", sequence);
        else database.Dialect.Seal(sql, sequence, locked);
        return true;
    }

    /// <summary>Ends a day in the log and for everybody who reads, or says why it has to wait.</summary>
    private async Task<string?> WhyNotAsync(
        WebhookDay day, HeldPeople people, (DateTimeOffset Now, TimeSpan Keep) time, CancellationToken cancellation)
    {
        if (_held.TryGetValue(day, out var known) && time.Now < known.LookAgain) return known.Why;
        if (await OfSessionAsync(session => people.WhyHeld(session, day, cancellation), cancellation) is { } why)
        {
            _held[day] = (why, time.Now + LookAgainAfter);
            return why;
        }

        _held.Remove(day);
        return await database.Writer.WriteAsync(
            session =>
            {
                var sql = session.Sql;
                if (IsEnded(sql, day)) return null;
                if (!people.AreAll(sql)) return "a legal hold was placed just now";
                var waits = sql.Scalar(
                    "SELECT 1 FROM delivery WHERE due_ms IS NOT NULL AND received_ms >= @from AND received_ms < @to LIMIT 1", day.From, day.To);
                if (waits is not null) return "one of its webhooks waits to be walked";
                var bodies = (long)sql.Scalar("SELECT COUNT(*) FROM delivery_seal WHERE day = @day", day.Number)!;
                sql.Execute("UPDATE webhook_day SET ended_ms = @now WHERE day = @day", time.Now.ToUnixTimeMilliseconds(), day.Number);
                session.Log.Append(Applied(day, bodies, time.Keep));
                return null;
            },
            cancellation);
    }

    private static bool IsEnded(Session sql, WebhookDay day) =>
        sql.Scalar("SELECT ended_ms FROM webhook_day WHERE day = @day", day.Number) is not null;

    private static AuditDraft Applied(WebhookDay day, long bodies, TimeSpan keep) => new()
    {
        Type = AuditTypes.RetentionApplied,
        Outcome = AuditOutcome.Success,
        Actor = new AuditActor("system", "gate"),
        Attributes = AuditDraft.NoAttributes.Add("class", "webhooks").Add("day", day.ToString()).Add("count", bodies).Add("keptDays", (long)keep.TotalDays),
    };

    private static int Empty(Session sql, WebhookDay day)
    {
        var some = sql.Query($"SELECT delivery_seq FROM delivery_seal WHERE day = @day LIMIT {EmptiedTogether}", row => row.GetInt64(0), day.Number);
        foreach (var sequence in some)
        {
            sql.Execute("DELETE FROM delivery_body WHERE delivery_seq = @seq", sequence);
            sql.Execute("DELETE FROM delivery_seal WHERE delivery_seq = @seq", sequence);
        }

        return some.Count;
    }

    private async Task FinishAsync(IReadOnlyList<EndedDay> days, DateTimeOffset now, CancellationToken cancellation)
    {
        await database.WipeBodiesAsync(cancellation);
        await database.Writer.WriteAsync(
            session => days.Sum(day => session.Sql.Execute(
                "UPDATE webhook_day SET done_ms = @now WHERE day = @day AND ended_ms IS NOT NULL",
                now.ToUnixTimeMilliseconds(), (long)day.Day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber)),
            cancellation);
    }

    private Task<T> OfSessionAsync<T>(Func<Session, T> read, CancellationToken cancellation) => Task.Run(
        () =>
        {
            using var session = new Session(database.Dialect.Connect());
            return read(session);
        },
        cancellation);
}
