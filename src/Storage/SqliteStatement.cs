using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GitOpsGate.Storage;

/// <summary>
/// One prepared statement, straight on SQLite's own interface: for the paths of every webhook and every entry, where a command of ADO.NET costs more
/// than what it does.
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

    /// <summary>How many values it names.</summary>
    public int Count => raw.sqlite3_bind_parameter_count(_statement);

    /// <summary>Binds a value as it is stored: text, bytes, a whole number, a truth (1 or 0), or nothing.</summary>
    public void Bind(int at, object? value)
    {
        switch (value)
        {
            case null: Check(raw.sqlite3_bind_null(_statement, at)); break;
            case string text: Bind(at, text); break;
            // An empty blob is not the same as none, which SQLite makes of a null pointer.
            case byte[] { Length: 0 }: Check(raw.sqlite3_bind_zeroblob(_statement, at, 0)); break;
            case byte[] bytes: Bind(at, bytes.AsSpan()); break;
            case long number: Bind(at, number); break;
            case int number: Bind(at, (long)number); break;
            case bool truth: Bind(at, truth ? 1L : 0L); break;
            default: throw new ArgumentException($"a value of the type `{value.GetType().Name}` has no form in the database", nameof(value));
        }
    }

    /// <summary>Runs it to its end, ready to be bound again; what rows it gives are not read.</summary>
    /// <returns>How many rows it changed, for what changes some.</returns>
    /// <exception cref="SqliteException">The disk is full, or trouble with it.</exception>
    public int Execute()
    {
        int result;
        do result = raw.sqlite3_step(_statement);
        while (result == raw.SQLITE_ROW);
        raw.sqlite3_reset(_statement);
        raw.sqlite3_clear_bindings(_statement);
        if (result != raw.SQLITE_DONE) Check(result);
        return raw.sqlite3_changes(_database);
    }

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
