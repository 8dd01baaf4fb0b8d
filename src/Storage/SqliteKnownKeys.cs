using System.Data.Common;
using GitOpsGate.Storage.Intake;
using Microsoft.Data.Sqlite;

namespace GitOpsGate.Storage;

/// <summary>
/// The keys of committed deliveries that their table may not hold yet: see <see cref="SqliteDoorKeys"/>, which writes them. Whoever
/// looks here first and into the table then finds each committed key. Safe to call concurrently.
/// </summary>
internal sealed class SqliteRecentKeys
{
    private readonly Lock _gate = new();
    private HashSet<UInt128> _keys = [];

    /// <summary>Tells each delivery that is taken for new whether its key is among these.</summary>
    public void Mark(List<InboxInsert> inserts)
    {
        lock (_gate)
        {
            foreach (var insert in inserts) insert.IsNew = insert.IsNew && !_keys.Contains(insert.DoorKey);
        }
    }

    public void Replace(HashSet<UInt128> keys)
    {
        lock (_gate) _keys = keys;
    }

    public void Change(List<UInt128> added, List<UInt128> stored)
    {
        lock (_gate)
        {
            _keys.UnionWith(added);
            _keys.ExceptWith(stored);
        }
    }
}

/// <summary>Which deliveries are committed, for a thread that is not the writer's; reads through a connection of its own.</summary>
internal sealed class SqliteKnownKeys(SqliteRecentKeys recent, Func<DbConnection> connect) : IKnownDeliveries
{
    private SqliteConnection? _connection;
    private SqliteStatement? _begin;
    private SqliteStatement? _stored;
    private SqliteStatement? _end;

    public void Mark(List<InboxInsert> inserts)
    {
        recent.Mark(inserts);
        if (_connection is null) Connect();
        // One reading for all: to begin one costs more than to look for a key.
        _begin!.Run();
        try
        {
            foreach (var insert in inserts)
            {
                if (!insert.IsNew) continue;
                SqliteDoorKeys.Bind(_stored!, insert.DoorKey);
                insert.IsNew = !_stored!.HasRow();
            }
        }
        finally
        {
            _end!.Run();
        }
    }

    public void Dispose()
    {
        _begin?.Dispose();
        _stored?.Dispose();
        _end?.Dispose();
        _connection?.Dispose();
    }

    private void Connect()
    {
        _connection = (SqliteConnection)connect();
        var database = SqliteBoot.HandleOf(_connection);
        _begin = new SqliteStatement(database, "BEGIN");
        _stored = new SqliteStatement(database, SqliteDoorKeys.IsStored);
        _end = new SqliteStatement(database, "COMMIT");
    }
}
