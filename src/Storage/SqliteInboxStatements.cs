using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GitOpsGate.Storage;

/// <summary>
/// The two inserts of a delivery, straight on SQLite's own interface: this is the path of every webhook, and binding spans of a rented
/// buffer there makes no garbage.
/// </summary>
internal sealed class SqliteInboxStatements : IDisposable
{
    private const string Row = """
        INSERT INTO delivery (id, door_key, connection, forge, forge_id, event, received_ms, state, due_ms, attempts, note)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?7, 0, '') ON CONFLICT DO NOTHING
        """;

    private const string Body = "INSERT INTO delivery_body (delivery_seq, headers, body, length) VALUES (?1, ?2, ?3, ?4)";

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _row;
    private readonly sqlite3_stmt _body;

    public SqliteInboxStatements(SqliteConnection connection)
    {
        _database = SqliteBoot.HandleOf(connection);
        _row = Prepare(Row);
        _body = Prepare(Body);
    }

    /// <summary>Inserts a delivery with its body; false when the same one is there.</summary>
    /// <exception cref="SqliteException">The disk is full, or trouble with it.</exception>
    public bool Insert(InboxInsert insert)
    {
        Check(raw.sqlite3_bind_blob(_row, 1, insert.Id));
        Check(raw.sqlite3_bind_blob(_row, 2, insert.DoorKey));
        Check(raw.sqlite3_bind_text(_row, 3, insert.Connection));
        Check(raw.sqlite3_bind_text(_row, 4, insert.Forge));
        Check(raw.sqlite3_bind_text(_row, 5, insert.ForgeId));
        Check(raw.sqlite3_bind_text(_row, 6, insert.Event));
        Check(raw.sqlite3_bind_int64(_row, 7, insert.ReceivedMilliseconds));
        Run(_row);
        if (raw.sqlite3_changes(_database) == 0) return false;
        Check(raw.sqlite3_bind_int64(_body, 1, raw.sqlite3_last_insert_rowid(_database)));
        Check(raw.sqlite3_bind_blob(_body, 2, insert.Headers));
        Check(raw.sqlite3_bind_blob(_body, 3, insert.Body));
        Check(raw.sqlite3_bind_int(_body, 4, insert.Length));
        Run(_body);
        return true;
    }

    public void Dispose()
    {
        _row.Dispose();
        _body.Dispose();
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_database, sql, out var statement));
        return statement;
    }

    private void Run(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (result != raw.SQLITE_DONE) Check(result);
    }

    private void Check(int result)
    {
        if (result == raw.SQLITE_OK) return;
        throw new SqliteException(raw.sqlite3_errmsg(_database).utf8_to_string(), result);
    }
}
