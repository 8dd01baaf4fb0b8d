using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Storage.Privacy;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage.Reading;

/// <summary>Reads what was recorded.</summary>
internal sealed class GateReader(Database database) : IGateReader
{
    private const int MostRows = 1000;

    public async Task<PageOf<ChangeSummary>> ChangesAsync(ChangeFilter filter, CancellationToken cancellation)
    {
        await using var read = database.Read();
        IQueryable<ChangeRow> rows = read.Changes;
        if (filter.State is { } state) rows = rows.Where(row => row.State == state);
        if (filter.Verdict is { } verdict) rows = rows.Where(row => row.Verdict == verdict);
        if (filter.Repository is { } repository) rows = rows.Where(row => row.Repository == repository);
        if (Cursor.Read(filter.After) is { } after)
            rows = rows.Where(row => row.Rank > after.First || (row.Rank == after.First && row.Sequence > after.Second));
        var limit = Limit(filter.Limit);
        var found = await Summarise(read, rows.OrderBy(row => row.Rank).ThenBy(row => row.Sequence).Take(limit + 1), cancellation);
        return Page(found, limit, one => Cursor.Write(one.Row.Rank, one.Row.Sequence), one => one.Summary);
    }

    public async Task<ChangeSummary?> ChangeAsync(ChangeKey key, CancellationToken cancellation)
    {
        var text = key.ToString();
        await using var read = database.Read();
        return (await Summarise(read, read.Changes.Where(row => row.Key == text), cancellation)).FirstOrDefault()?.Summary;
    }

    public async Task<ImmutableArray<ChangeSummary>> ChangesAtAsync(
        RepositoryKey repository, CommitId head, CancellationToken cancellation)
    {
        var (name, commit) = (repository.ToString(), head.Value);
        await using var read = database.Read();
        var rows = read.Changes.Where(row => row.Repository == name && row.Head == commit
            && (row.State == ChangeState.Open || row.State == ChangeState.Merged));
        return [.. (await Summarise(read, rows.OrderBy(row => row.Sequence), cancellation)).Select(one => one.Summary)];
    }

    public async Task<ImmutableArray<ChangeSummary>> AllowedIntoAsync(
        RepositoryKey repository, string branch, int limit, CancellationToken cancellation)
    {
        var name = repository.ToString();
        await using var read = database.Read();
        var rows = read.Changes
            .Where(row => row.Repository == name && row.TargetBranch == branch && row.Verdict == Verdict.Allowed && row.RuledHead == row.Head)
            .OrderByDescending(row => row.RuledMilliseconds).ThenByDescending(row => row.Sequence).Take(Limit(limit));
        return [.. (await Summarise(read, rows, cancellation)).Select(one => one.Summary)];
    }

    public async Task<StoredRuling?> RulingAsync(RulingId id, CancellationToken cancellation)
    {
        var key = id.Value.ToByteArray(bigEndian: true);
        await using var read = database.Read();
        return await read.Rulings.Where(row => row.Id == key).FirstOrDefaultAsync(cancellation) is { } row ? Ruled(row) : null;
    }

    public async Task<ImmutableArray<StoredRuling>> RulingsOfAsync(ChangeKey key, CancellationToken cancellation)
    {
        var text = key.ToString();
        await using var read = database.Read();
        var rows = await read.Rulings.Where(row => row.ChangeKey == text).OrderByDescending(row => row.Sequence).ToListAsync(cancellation);
        return [.. rows.Select(Ruled)];
    }

    public async Task<ReadOnlyMemory<byte>?> EvidenceAsync(RulingId id, CancellationToken cancellation)
    {
        var key = id.Value.ToByteArray(bigEndian: true);
        await using var read = database.Read();
        var row = await read.Rulings.Where(ruling => ruling.Id == key)
            .Join(read.Evidence, ruling => ruling.Sequence, evidence => evidence.RulingSequence, (_, evidence) => evidence)
            .FirstOrDefaultAsync(cancellation);
        // An absent array would become an empty memory, which is something else than none.
        return row is null ? (ReadOnlyMemory<byte>?)null : Zlib.Decompress(row.Body, row.Length);
    }

    public async Task<PageOf<DeliverySummary>> DeliveriesAsync(DeliveryFilter filter, CancellationToken cancellation)
    {
        await database.SettleAsync();
        await using var read = database.Read();
        IQueryable<DeliveryRow> rows = read.Deliveries;
        if (filter.State is { } state) rows = rows.Where(row => row.State == state);
        if (filter.Connection is { } connection) rows = rows.Where(row => row.Connection == connection);
        if (Cursor.Read(filter.After) is { } after) rows = rows.Where(row => row.Sequence < after.First);
        var limit = Limit(filter.Limit);
        var found = await rows.OrderByDescending(row => row.Sequence).Take(limit + 1).ToListAsync(cancellation);
        return Page(found, limit, row => Cursor.Write(row.Sequence, 0), Delivered);
    }

    public async Task<StoredDelivery?> DeliveryAsync(DeliveryId id, CancellationToken cancellation)
    {
        await database.SettleAsync();
        var key = id.Value.ToByteArray(bigEndian: true);
        await using var read = database.Read();
        var found = await read.Deliveries.Where(row => row.Id == key).FirstOrDefaultAsync(cancellation);
        if (found is null) return null;
        var summary = Delivered(found);
        var body = await Task.Run(() => BodyOf(key), cancellation);
        return new StoredDelivery(summary, new Delivery
        {
            Id = summary.Id,
            Connection = summary.Connection,
            Forge = summary.Forge,
            ForgeId = summary.ForgeId,
            Event = summary.Event,
            Headers = body.Gone is null ? DeliveryInbox.ReadHeaders(body.Headers) : ImmutableDictionary<string, string>.Empty,
            Body = body.Inflate(),
            ReceivedAt = summary.ReceivedAt,
        })
        {
            Gone = body.Gone,
        };
    }

    public async Task<PageOf<StoredObligation>> ObligationsAsync(ObligationFilter filter, CancellationToken cancellation)
    {
        await using var read = database.Read();
        IQueryable<ObligationRow> rows = read.Obligations;
        if (filter.State is { } state) rows = rows.Where(row => row.State == state);
        if (filter.Change is { } change) rows = rows.Where(row => row.ChangeKey == change);
        if (Cursor.Read(filter.After) is { } after) rows = rows.Where(row => row.Id < after.First);
        var limit = Limit(filter.Limit);
        var found = await rows.OrderByDescending(row => row.Id).Take(limit + 1).ToListAsync(cancellation);
        return Page(found, limit, row => Cursor.Write(row.Id, 0), Owed);
    }

    /// <remarks>Machines ask this every few seconds. It goes without the pages' model, which takes a second and 30 MB to make, and which a
    /// gateway that nobody looks at never needs.</remarks>
    public async Task<GateCounts> CountsAsync(CancellationToken cancellation)
    {
        await database.SettleAsync();
        await using var connection = database.Dialect.Connect();
        var deliveries = await RowsAsync(connection, "SELECT state, COUNT(*) FROM delivery GROUP BY state", cancellation);
        var obligations = await RowsAsync(connection, "SELECT state, COUNT(*) FROM obligation GROUP BY state", cancellation);
        var size = await RowsAsync(connection, "SELECT 0, COALESCE(MAX(size), 0) FROM audit_head", cancellation);
        return new GateCounts(
            Enum.GetValues<DeliveryState>().ToImmutableSortedDictionary(state => state, state => deliveries.GetValueOrDefault((int)state)),
            Enum.GetValues<ObligationState>().ToImmutableSortedDictionary(state => state, state => obligations.GetValueOrDefault((int)state)),
            size[0]);
    }

    private OpenedBody BodyOf(byte[] delivery)
    {
        using var session = new Session(database.Dialect.Connect());
        var rows = session.Query($"SELECT {StoredBody.Columns} FROM delivery d {StoredBody.Tables} WHERE d.id = @id", StoredBody.Read, delivery);
        return rows is [var body] ? body.Open(database.Keys) : OpenedBody.Without("its body is not stored");
    }

    private static async Task<Dictionary<int, long>> RowsAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var rows = new Dictionary<int, long>();
        while (await row.ReadAsync(cancellation)) rows[row.GetInt32(0)] = row.GetInt64(1);
        return rows;
    }

    private static async Task<List<Summarised>> Summarise(GateDbContext read, IQueryable<ChangeRow> rows, CancellationToken cancellation)
    {
        var found = await rows
            .GroupJoin(read.Rulings, row => row.RulingSequence, ruling => ruling.Sequence, (row, rulings) => new { row, rulings })
            .SelectMany(pair => pair.rulings.DefaultIfEmpty(), (pair, ruling) => new { pair.row, ruling })
            .ToListAsync(cancellation);
        return
        [
            .. found.Select(one => new Summarised(one.row, new ChangeSummary(
                StoredJson.Read<ChangeRequest>(one.row.Json),
                one.ruling is null ? null : StoredJson.Read<Ruling>(one.ruling.Json),
                one.ruling?.AuditIndex ?? -1,
                At(one.row.UpdatedMilliseconds),
                one.row is { State: ChangeState.Open, WaitingMilliseconds: { } waiting } ? At(waiting) : null))),
        ];
    }

    private static StoredRuling Ruled(RulingRow row) => new(StoredJson.Read<Ruling>(row.Json), row.AuditIndex);

    private static DeliverySummary Delivered(DeliveryRow row) => new(
        new DeliveryId(new Guid(row.Id, bigEndian: true)), new ConnectionName(row.Connection), row.Forge, row.ForgeId, row.Event,
        At(row.ReceivedMilliseconds), row.State, row.Note, row.Attempts);

    private static StoredObligation Owed(ObligationRow row) => new(
        row.Id, StoredJson.ReadObligation(row.Kind, row.Json), row.State, row.Attempts, At(row.CreatedMilliseconds),
        row is { State: ObligationState.Waiting or ObligationState.Unclear, DueMilliseconds: { } due } ? At(due) : null,
        row.Note, row.Reference, row.AuditIndex);

    private static PageOf<TItem> Page<TRow, TItem>(
        List<TRow> rows, int limit, Func<TRow, string> cursor, Func<TRow, TItem> item) =>
        new([.. rows.Take(limit).Select(item)], rows.Count > limit ? cursor(rows[limit - 1]) : null);

    private static int Limit(int asked) => Math.Clamp(asked, 1, MostRows);

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private sealed record Summarised(ChangeRow Row, ChangeSummary Summary);
}
