using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;

namespace GitOpsGate.Storage;

/// <summary>Where the gate's credentials reach no more. Names are compared in one case of letters, and kept as they were told.</summary>
internal sealed class AccessStore(Database database) : IAccessStore
{
    public Task<ImmutableArray<LostAccess>> LostAsync(CancellationToken cancellation) => database.ListAsync(
        "SELECT connection, path, why, since_ms, moved_to FROM access_lost ORDER BY place", Lost, cancellation);

    public Task LoseAsync(LostAccess lost, CancellationToken cancellation) => database.Writer.WriteAsync(
        session => session.Sql.Execute(
            """
            INSERT INTO access_lost (place, connection, path, why, since_ms, moved_to)
            VALUES (@place, @connection, @path, @why, @since, @moved)
            ON CONFLICT (place) DO UPDATE SET path = excluded.path, why = excluded.why, since_ms = excluded.since_ms, moved_to = excluded.moved_to
            """,
            PlaceOf(lost.Place), lost.Place.Connection.Value, lost.Place.Path, lost.Why, lost.Since.ToUnixTimeMilliseconds(), lost.MovedTo),
        cancellation);

    public Task RegainAsync(RepositoryKey place, CancellationToken cancellation) => database.Writer.WriteAsync(
        session => session.Sql.Execute("DELETE FROM access_lost WHERE place = @place", PlaceOf(place)), cancellation);

    private static string PlaceOf(RepositoryKey key) => key.ToString().ToLowerInvariant();

    private static LostAccess Lost(DbDataReader row) => new(
        new RepositoryKey(new ConnectionName(row.GetString(0)), row.GetString(1)), row.GetString(2),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), row.IsDBNull(4) ? null : row.GetString(4));
}
