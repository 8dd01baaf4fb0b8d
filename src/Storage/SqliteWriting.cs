using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GitOpsGate.Storage;

/// <summary>What the writer's connection to SQLite keeps ready: the two inserts of a delivery, what tells duplicates, and the checkpoints.</summary>
internal sealed class SqliteWriting : IDisposable
{
    private const string Row = """
        INSERT INTO delivery (id, connection, forge, forge_id, event, received_ms, state, due_ms, attempts, note)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?6, 0, '') ON CONFLICT DO NOTHING
        """;

    private const string Body = "INSERT INTO delivery_body (delivery_seq, headers, body, length) VALUES (?1, ?2, ?3, ?4)";

    private readonly Session _session;
    private readonly sqlite3 _database;
    private readonly SqliteCheckpoints _checkpoints;
    private readonly SqliteStatement _row;
    private readonly SqliteStatement _body;
    private readonly SqliteRecentKeys _recent;
    private SqliteDoorKeys? _keys;

    /// <param name="session">The writer's.</param>
    /// <param name="connect">Opens another connection to the same file.</param>
    /// <param name="recent">Is told which committed keys their table does not hold yet.</param>
    public SqliteWriting(Session session, Func<DbConnection> connect, SqliteRecentKeys recent)
    {
        (_session, _recent) = (session, recent);
        _database = SqliteBoot.HandleOf((SqliteConnection)session.Connection);
        _checkpoints = new SqliteCheckpoints(connect, _database);
        _row = new SqliteStatement(_database, Row);
        _body = new SqliteStatement(_database, Body);
    }

    /// <summary>Inserts a delivery with its body; false when the same one is there.</summary>
    /// <exception cref="SqliteException">The disk is full, or trouble with it.</exception>
    public bool Insert(InboxInsert insert)
    {
        var keys = Keys();
        if (keys.Contains(insert.DoorKey)) return false;
        _row.Bind(1, insert.Id);
        _row.Bind(2, insert.Connection);
        _row.Bind(3, insert.Forge);
        _row.Bind(4, insert.ForgeId);
        _row.Bind(5, insert.Event);
        _row.Bind(6, insert.ReceivedMilliseconds);
        _row.Run();
        if (raw.sqlite3_changes(_database) == 0) return false;
        var sequence = raw.sqlite3_last_insert_rowid(_database);
        _body.Bind(1, sequence);
        _body.Bind(2, insert.Headers);
        _body.Bind(3, insert.Body);
        _body.Bind(4, insert.Length);
        _body.Run();
        keys.Add(insert.DoorKey, sequence);
        return true;
    }

    /// <summary>What tells which deliveries are known, read from the database by the first who asks.</summary>
    public SqliteDoorKeys Keys() => _keys ??= new SqliteDoorKeys(_session, _database, _recent);

    /// <summary>The transaction is committed.</summary>
    public void Committed() => _keys?.Committed();

    /// <summary>Nobody waits for the writer.</summary>
    public void Rest() => _checkpoints.Committed();

    public void Dispose()
    {
        _checkpoints.Dispose();
        _keys?.Dispose();
        _row.Dispose();
        _body.Dispose();
    }
}
