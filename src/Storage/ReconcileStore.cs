using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;

namespace GitOpsGate.Storage;

/// <summary>How repositories were last compared with their forges, and what is looked up to compare them.</summary>
internal sealed class ReconcileStore(Database database) : IReconcileStore
{
    private const string Columns = "repository, has_hook, compared_ms, tried_ms, redelivered, backfilled, hook_repaired, trouble";

    public async Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(CancellationToken cancellation)
    {
        var all = await database.ListAsync(
            """
            SELECT repository, 0 FROM change_request UNION SELECT repository, 0 FROM branch UNION SELECT repository, 1 FROM reconciled
            """,
            row => (Key: KeyOf(row.GetString(0)), Rank: row.GetInt32(1)), cancellation);
        return [.. all.OrderBy(one => one.Rank).ThenBy(one => one.Key.ToString(), StringComparer.Ordinal).Select(one => one.Key).Distinct()];
    }

    public async Task<ImmutableArray<Reconciled>> OfConnectionAsync(ConnectionName connection, CancellationToken cancellation)
    {
        var all = await database.ListAsync($"SELECT {Columns} FROM reconciled ORDER BY repository", RoundOf, cancellation);
        return [.. all.Where(round => round.Repository.Connection == connection).OrderBy(round => round.Repository.Path, StringComparer.Ordinal)];
    }

    public async Task<Reconciled> LastAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var found = await database.ListAsync(
            $"SELECT {Columns} FROM reconciled WHERE repository = @repository", RoundOf, cancellation, ("repository", repository.ToString()));
        return found.IsEmpty ? Reconciled.Never(repository) : found[0];
    }

    public Task KeepAsync(Reconciled round, CancellationToken cancellation) => database.Writer.WriteAsync(
        session => session.Sql.Execute(
            """
            INSERT INTO reconciled (repository, has_hook, compared_ms, tried_ms, redelivered, backfilled, hook_repaired, trouble)
            VALUES (@repository, @hook, @compared, @tried, @redelivered, @backfilled, @repaired, @trouble)
            ON CONFLICT (repository) DO UPDATE SET compared_ms = excluded.compared_ms, tried_ms = excluded.tried_ms,
              redelivered = excluded.redelivered, backfilled = excluded.backfilled, hook_repaired = excluded.hook_repaired,
              trouble = excluded.trouble
            """,
            round.Repository.ToString(), Flag(round.HasHook), round.ComparedAt?.ToUnixTimeMilliseconds(), round.TriedAt?.ToUnixTimeMilliseconds(),
            round.Redelivered, round.Backfilled, Flag(round.IsHookRepaired), round.Trouble),
        cancellation);

    public Task KnowHookAsync(RepositoryKey repository, bool isOurs, CancellationToken cancellation) => database.Writer.WriteAsync(
        session => session.Sql.Execute(
            """
            INSERT INTO reconciled (repository, has_hook, redelivered, backfilled, hook_repaired, trouble)
            VALUES (@repository, @hook, 0, 0, 0, '') ON CONFLICT (repository) DO UPDATE SET has_hook = excluded.has_hook
            """,
            repository.ToString(), Flag(isOurs)),
        cancellation);

    public Task<ImmutableArray<KnownTip>> TipsAsync(RepositoryKey repository, CancellationToken cancellation) => database.ListAsync(
        """
        SELECT name, seen, 1, updated_ms FROM branch WHERE repository = @repository
        UNION ALL
        SELECT t.name, t.tip, 0, t.seen_ms FROM reconciled_tip t WHERE t.repository = @repository
          AND NOT EXISTS (SELECT 1 FROM branch b WHERE b.repository = t.repository AND b.name = t.name)
        ORDER BY 1
        """,
        row => new KnownTip(
            row.GetString(0), row.GetString(1) is { Length: > 0 } tip ? CommitId.Parse(tip) : default, row.GetInt32(2) == 1, At(row.GetInt64(3))),
        cancellation,
        ("repository", repository.ToString()));

    public Task SeeTipAsync(
        RepositoryKey repository, string branch, CommitId tip, DateTimeOffset at, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session => session.Sql.Execute(
                """
                INSERT INTO reconciled_tip (repository, name, tip, seen_ms) VALUES (@repository, @name, @tip, @at)
                ON CONFLICT (repository, name) DO UPDATE SET tip = excluded.tip, seen_ms = excluded.seen_ms
                """,
                repository.ToString(), branch, tip.Value, at.ToUnixTimeMilliseconds()),
            cancellation);

    public async Task<ImmutableArray<string>> UnknownAsync(
        ConnectionName connection, ImmutableArray<string> forgeIds, CancellationToken cancellation)
    {
        if (forgeIds.IsEmpty) return [];
        database.Intake?.HandOver();
        // The door's keys belong to the writer, and on its thread none of them is on its way from one place to another.
        var isKnown = await database.Writer.WriteAsync(
            session => forgeIds.Select(id => database.Dialect.IsKnown(session.Sql, InboxInsert.KeyOf(connection.Value, id))).ToArray(),
            cancellation);
        return [.. forgeIds.Where((_, at) => !isKnown[at])];
    }

    public async Task<DeliveryId?> DeadAsync(ConnectionName connection, string forgeId, CancellationToken cancellation)
    {
        // By the index over states: the dead are few.
        var found = await database.ListAsync(
            "SELECT id FROM delivery WHERE state = @state AND connection = @connection AND forge_id = @id",
            row => new DeliveryId(new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true)), cancellation,
            ("state", (int)DeliveryState.Dead), ("connection", connection.Value), ("id", forgeId));
        return found.IsEmpty ? null : found[0];
    }

    private static Reconciled RoundOf(DbDataReader row) => new()
    {
        Repository = KeyOf(row.GetString(0)),
        HasHook = row.GetInt32(1) == 1,
        ComparedAt = row.IsDBNull(2) ? null : At(row.GetInt64(2)),
        TriedAt = row.IsDBNull(3) ? null : At(row.GetInt64(3)),
        Redelivered = row.GetInt32(4),
        Backfilled = row.GetInt32(5),
        IsHookRepaired = row.GetInt32(6) == 1,
        Trouble = row.GetString(7),
    };

    private static RepositoryKey KeyOf(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return new RepositoryKey(new ConnectionName(text[..colon]), text[(colon + 1)..]);
    }

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static int Flag(bool isSo) => isSo ? 1 : 0;
}
