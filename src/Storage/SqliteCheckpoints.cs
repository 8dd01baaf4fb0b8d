using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GitOpsGate.Storage;

/// <summary>
/// Copies the write-ahead log into the file on a thread of its own, so that no commit waits for thousands of pages. A log to which the
/// writer always adds is never whole, so the writer copies the few last pages itself; then the log begins anew. What fails here is tried
/// again later: a committed page is safe in the log. <see cref="Committed"/> belongs to the writer's thread.
/// </summary>
internal sealed class SqliteCheckpoints : IDisposable
{
    /// <summary>
    /// Pages in the log that start a pass. Few, for what a pass flushes stands before the flushes of the intake's journal in the queue
    /// of the disk: four megabytes are some milliseconds there, sixteen were thirty.
    /// </summary>
    public const int Due = 1000;

    /// <summary>Pages that the writer copies itself.</summary>
    private const int Few = 200;

    // Pages that a connection has written: SQLITE_DBSTATUS_CACHE_WRITE.
    private const int PagesWritten = 9;

    private readonly Func<DbConnection> _connect;
    private readonly sqlite3 _writer;
    private readonly AutoResetEvent _wake = new(false);
    private Thread? _thread;
    private volatile Stage _stage;
    private volatile bool _isEnding;
    private long _copied;
    private long _passing;

    public SqliteCheckpoints(Func<DbConnection> connect, sqlite3 writer) => (_connect, _writer) = (connect, writer);

    private enum Stage
    {
        Idle,
        Passing,
        Passed,
    }

    /// <summary>Looks whether something is to be copied; no transaction is open.</summary>
    public void Committed()
    {
        if (_stage == Stage.Passing) return;
        raw.sqlite3_db_status(_writer, PagesWritten, out var written, out _, 0);
        if (_stage == Stage.Passed && written - _copied <= Few)
        {
            Copy(_writer);
            (_copied, _stage) = (written, Stage.Idle);
        }
        else if (_stage == Stage.Passed || written - _copied >= Due)
        {
            (_passing, _stage) = (written, Stage.Passing);
            if (_thread is null) Start();
            _wake.Set();
        }
    }

    public void Dispose()
    {
        _isEnding = true;
        _wake.Set();
        _thread?.Join();
        _wake.Dispose();
    }

    private void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "storage checkpoints" };
        _thread.Start();
    }

    private void Run()
    {
        SqliteConnection? connection = null;
        while (_wake.WaitOne() && !_isEnding)
        {
            Pass(ref connection);
            _copied = _passing;
            _stage = Stage.Passed;
        }

        connection?.Dispose();
    }

    private void Pass(ref SqliteConnection? connection)
    {
        try
        {
            connection ??= (SqliteConnection)_connect();
            Copy(SqliteBoot.HandleOf(connection));
        }
        catch (DbException)
        {
            // The writer's own checkpoint, which comes much later, stays.
        }
    }

    /// <summary>Copies what no reader is in the way of; never waits for anybody.</summary>
    private static void Copy(sqlite3 database) =>
        raw.sqlite3_wal_checkpoint_v2(database, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
}
