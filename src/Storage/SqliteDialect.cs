using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage;

/// <summary>
/// SQLite, one file. WAL is not atomic across attached files, so inbox, rulings, obligations and the audit log share it
/// (docs/decisions/0004-storage.md).
/// </summary>
internal class SqliteDialect(string path) : Dialect
{
    // synchronous=FULL: a commit is on the disk when it is acknowledged. recursive_triggers: REPLACE would delete without the
    // append-only triggers otherwise. Checkpoints are made beside the writer; its own comes only when they cannot keep up.
    private const string Pragmas = """
        PRAGMA page_size = 4096;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA fullfsync = 1;
        PRAGMA checkpoint_fullfsync = 1;
        PRAGMA trusted_schema = OFF;
        PRAGMA secure_delete = ON;
        PRAGMA recursive_triggers = ON;
        PRAGMA busy_timeout = 10000;
        PRAGMA wal_autocheckpoint = 16000;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -65536;
        """;

    public override string Name => "sqlite";

    private string ConnectionString { get; } = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        DefaultTimeout = 30,
        ForeignKeys = true,
    }.ToString();

    public override DbConnection Connect()
    {
        // The writer's connection is its own: pragmas would leak into the pool that the pages read through.
        var connection = new SqliteConnection(ConnectionString + ";Pooling=False");
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = Pragmas;
            command.ExecuteNonQuery();
            return connection;
        }
        catch (DbException)
        {
            connection.Dispose();
            throw;
        }
    }

    public override DbTransaction Begin(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    public override void Insert(Session session, IReadOnlyList<InboxInsert> inserts)
    {
        foreach (var insert in inserts) insert.IsNew = Writing(session).Insert(insert);
    }

    public override void Committed(Session session) => Writing(session).Committed();

    public override void Use(DbContextOptionsBuilder options) => options.UseSqlite(ConnectionString);

    private SqliteWriting Writing(Session session) => (SqliteWriting)(session.Prepared ??= new SqliteWriting(session, Connect));
}
