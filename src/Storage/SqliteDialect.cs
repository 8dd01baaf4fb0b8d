using System.Data.Common;
using GitOpsGate.Storage.Intake;
using GitOpsGate.Storage.Privacy;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

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

    private readonly SqliteRecentKeys _recent = new();

    public override string Name => "sqlite";

    /// <summary>After how many deliveries the intake's journal is made.</summary>
    public int JournalAfter { get; init; } = 64;

    /// <summary>Waits until what was written to the journal is on the disk.</summary>
    public Action<SafeFileHandle> Flush { get; init; } = Flushing.Flush;

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

    public override DbConnection ConnectKeys() => SqliteKeyFile.Open(path);

    public override DbTransaction Begin(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    public override void Insert(Session session, IReadOnlyList<InboxInsert> inserts)
    {
        foreach (var insert in inserts) insert.IsNew = Writing(session).Insert(insert);
    }

    public override bool IsKnown(Session session, UInt128 key) => Writing(session).Keys().Contains(key);

    public override void Committed(Session session) => Writing(session).Committed();

    public override void Rest(Session session) => Writing(session).Rest();

    public override IntakeFiles? OpenIntake(Session session, ILogger log)
    {
        var journal = IntakeJournal.Open(path, Flush, out var held);
        if (held.Count > 0) TakeIn(session, held, log);
        Writing(session).Keys();
        journal?.Begin();
        return new IntakeFiles(path, Flush, JournalAfter, journal, new SqliteKnownKeys(_recent, Connect));
    }

    // Deleted content is overwritten in its page, but not the copies of it that pages kept when they were split: only a new file has none.
    public override void Wipe()
    {
        using var session = new Session(Connect());
        session.Execute("VACUUM");
        // Waits for readers as long as the connection's busy timeout.
        if (session.Query("PRAGMA wal_checkpoint(TRUNCATE)", row => row.GetInt64(0))[0] != 0)
            throw new IOException("the write-ahead log could not be emptied, since somebody reads the database all the time; try again");
    }

    // Over the old bytes, of which there are as many: no cell of a page is moved, so that no page keeps a copy of what stood there.
    public override void Seal(Session session, long delivery, StoredBody locked)
    {
        session.Execute(
            "INSERT INTO delivery_seal (delivery_seq, day, seal, length) VALUES (@delivery, @day, @seal, @length)",
            delivery, locked.Day.Number, locked.Seal, locked.Length);
        session.Execute(
            "UPDATE delivery_body SET headers = @headers, body = @body WHERE delivery_seq = @delivery", locked.Headers, locked.Body, delivery);
    }

    // What was sealed is nowhere but in the write-ahead log: see Seal. A reader is not waited for long, since the door waits, too.
    public override void WipeBodies()
    {
        using var session = new Session(Connect());
        session.Execute("PRAGMA busy_timeout = 500");
        if (session.Query("PRAGMA wal_checkpoint(TRUNCATE)", row => row.GetInt64(0))[0] != 0)
            throw new IOException("the write-ahead log could not be emptied, since somebody reads the database; this is tried again");
    }

    public override void Use(DbContextOptionsBuilder options) => options.UseSqlite(ConnectionString);

    private SqliteWriting Writing(Session session) => (SqliteWriting)(session.Prepared ??= new SqliteWriting(session, Connect, _recent));

    private void TakeIn(Session session, List<InboxInsert> held, ILogger log)
    {
        session.Transaction = Begin(session.Connection);
        Insert(session, held);
        Commit(session.Transaction);
        session.Transaction.Dispose();
        session.Transaction = null;
        Committed(session);
        StorageLog.TakenIn(log, held.Count(insert => insert.IsNew));
        held.ForEach(insert => insert.Dispose());
    }
}
