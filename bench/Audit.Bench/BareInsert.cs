using System.Diagnostics;
using GitOpsGate.Storage;
using Microsoft.Data.Sqlite;

namespace GitOpsGate.AuditBench;

/// <summary>What the floor did.</summary>
internal sealed record FloorFigures(double PerSecond, double CommitsPerSecond, double CpuMicrosecondsEach);

/// <summary>
/// The floor: rows that the gate wrote, read into memory before, are inserted into a database of the same shape (tables, indexes, triggers) with the
/// same pragmas in the same folder. Nothing is built, hashed, sealed or answered.
/// </summary>
internal static class BareInsert
{
    /// <summary>The most that the gate puts into one commit.</summary>
    public const int LargestBatch = 512;

    private const int MostRows = 200_000;

    // Those of the writer's own connection: src/Storage/SqliteDialect.cs.
    private const string Pragmas = """
        PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;
        PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; PRAGMA recursive_triggers = ON; PRAGMA busy_timeout = 10000;
        PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -65536;
        """;

    private static readonly string[] Tables = ["audit_leaf", "audit_pop", "audit_sealed"];

    /// <summary>Inserts until the rows or the seconds are over.</summary>
    /// <param name="folder">The gate's; it is open meanwhile.</param>
    /// <param name="batch">Entries in a commit.</param>
    public static FloorFigures Run(string folder, long first, long count, int batch, double seconds)
    {
        var rows = Rows(folder, first, Math.Min(count, MostRows));
        var file = Path.Combine(folder, "floor.db");
        foreach (var end in (string[])["", "-wal", "-shm"]) File.Delete(file + end);
        using var connection = Open(file);
        foreach (var sql in Schema(folder)) Execute(connection, sql);
        var inserts = Tables.Select((table, at) => Insert(connection, table, rows[0].FirstOrDefault(row => row.Table == at)?.Values.Length ?? Columns(connection, table))).ToArray();
        GC.Collect();
        var (began, cpu, written, commits) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, 0, 0);
        while (written < rows.Count && Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            for (var end = Math.Min(written + batch, rows.Count); written < end; written++)
            {
                foreach (var (table, values) in rows[written])
                {
                    var insert = inserts[table];
                    insert.Transaction = transaction;
                    for (var at = 0; at < values.Length; at++) insert.Parameters[at].Value = values[at];
                    insert.ExecuteNonQuery();
                }
            }

            transaction.Commit();
            commits++;
        }

        var time = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new FloorFigures(written / time, commits / time, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / Math.Max(1, written));
    }

    /// <summary>How many heads the gate has written since a size.</summary>
    public static long HeadsAfter(string folder, long size)
    {
        using var connection = Read(folder);
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM audit_head WHERE size > {size}";
        return (long)command.ExecuteScalar()!;
    }

    private static List<List<Row>> Rows(string folder, long first, long count)
    {
        using var connection = Read(folder);
        var rows = Enumerable.Range(0, (int)count).Select(_ => new List<Row>()).ToList();
        for (var table = 0; table < Tables.Length; table++)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT seq, * FROM {Tables[table]} WHERE seq >= {first} AND seq < {first + count}";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var values = new object[reader.FieldCount - 1];
                for (var at = 0; at < values.Length; at++) values[at] = reader.GetValue(at + 1);
                rows[(int)(reader.GetInt64(0) - first)].Add(new Row(table, values));
            }
        }

        return rows;
    }

    private static List<string> Schema(string folder)
    {
        using var connection = Read(folder);
        using var command = connection.CreateCommand();
        var names = string.Join(',', Tables.Select(table => $"'{table}'"));
        command.CommandText = $"SELECT sql FROM sqlite_master WHERE tbl_name IN ({names}) AND sql IS NOT NULL ORDER BY type DESC, rowid";
        using var reader = command.ExecuteReader();
        var (tables, others) = (new List<string>(), new List<string>());
        while (reader.Read())
        {
            var sql = reader.GetString(0);
            (sql.StartsWith("CREATE TABLE", StringComparison.Ordinal) ? tables : others).Add(sql);
        }

        return [.. tables, .. others];
    }

    private static int Columns(SqliteConnection connection, string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM pragma_table_info('{table}')";
        return (int)(long)command.ExecuteScalar()!;
    }

    private static SqliteCommand Insert(SqliteConnection connection, string table, int columns)
    {
        var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO {table} VALUES ({string.Join(',', Enumerable.Range(0, columns).Select(at => $"@p{at}"))})";
        for (var at = 0; at < columns; at++) command.Parameters.Add(new SqliteParameter { ParameterName = $"@p{at}" });
        return command;
    }

    private static SqliteConnection Read(string folder) => Open(Path.Combine(folder, StorageRegistration.FileName));

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        Execute(connection, Pragmas);
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed record Row(int Table, object[] Values);
}
