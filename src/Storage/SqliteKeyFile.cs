using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace GitOpsGate.Storage;

/// <summary>
/// The file <c>keys.db</c> beside the database: the wrapped keys of sealed sections, and nothing else, so that its copies can be kept for less
/// long than those of the log. It has no write-ahead log: what is destroyed stands nowhere else.
/// </summary>
internal static class SqliteKeyFile
{
    public const string Name = "keys.db";

    private const string Start = """
        PRAGMA journal_mode = DELETE;
        PRAGMA synchronous = FULL;
        PRAGMA fullfsync = 1;
        PRAGMA trusted_schema = OFF;
        PRAGMA secure_delete = ON;
        PRAGMA busy_timeout = 10000;
        CREATE TABLE IF NOT EXISTS subject_key (
          key_id TEXT NOT NULL PRIMARY KEY,
          subject TEXT NOT NULL UNIQUE,
          wrapped BLOB,
          created_ms INTEGER NOT NULL,
          destroyed_ms INTEGER);
        """;

    /// <param name="database">The path of the database's file.</param>
    public static DbConnection Open(string database)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(database))!, Name);
        Create(path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = Start;
            command.ExecuteNonQuery();
            return connection;
        }
        catch (DbException)
        {
            connection.Dispose();
            throw;
        }
    }

    // SQLite would make it readable for everybody whom the process's mask lets in.
    private static void Create(string path)
    {
        if (File.Exists(path)) return;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(path, options).Dispose();
    }
}
