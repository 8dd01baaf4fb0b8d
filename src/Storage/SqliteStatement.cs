using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GitOpsGate.Storage;

/// <summary>
/// One prepared statement, straight on SQLite's own interface: for the path of every webhook, where binding spans of a rented buffer makes
/// no garbage.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v2(database, sql, out _statement));
    }

    public void Bind(int at, ReadOnlySpan<byte> bytes) => Check(raw.sqlite3_bind_blob(_statement, at, bytes));

    public void Bind(int at, string text) => Check(raw.sqlite3_bind_text(_statement, at, text));

    public void Bind(int at, long number) => Check(raw.sqlite3_bind_int64(_statement, at, number));

    /// <summary>Runs it to its end, ready to be bound again.</summary>
    /// <exception cref="SqliteException">The disk is full, or trouble with it.</exception>
    public void Run()
    {
        var result = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        if (result != raw.SQLITE_DONE) Check(result);
    }

    /// <summary>Whether it finds a row.</summary>
    public bool HasRow()
    {
        var result = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW)) Check(result);
        return result == raw.SQLITE_ROW;
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result == raw.SQLITE_OK) return;
        throw new SqliteException(raw.sqlite3_errmsg(_database).utf8_to_string(), result);
    }
}
