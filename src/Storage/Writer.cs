using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Storage;

/// <summary>
/// The one writer of a database: many callers, one transaction, one flush to the disk. Writes wait in a bounded queue; a thread takes up
/// to a batch of them, runs each with steps inside a savepoint, and tells the callers after the commit. A commit that got no answer is
/// looked up in the database before anybody is told anything.
/// </summary>
internal sealed class Writer : IDisposable
{
    /// <summary>How many writes may wait.</summary>
    public const int QueueLength = 8192;

    /// <summary>How many bytes of deliveries may wait.</summary>
    public const long QueueBytes = 256L << 20;

    private const int BatchLeast = 16;
    private const int BatchLength = 512;
    private const long BatchBytes = 8L << 20;

    private readonly Dialect _dialect;
    private readonly TimeProvider _clock;
    private readonly ILogger<Writer> _log;
    private readonly Channel<IWrite> _queue;
    private readonly Thread _thread;
    private readonly List<IWrite> _batch = [];
    private readonly List<InboxInsert> _inserts = [];
    private Session? _session;
    private WriteSession? _state;
    private Guid _mark;
    private Guid? _unanswered;
    private LogName? _logName;
    private long _waitingBytes;

    /// <param name="session">An open one of the dialect, which belongs to the writer from now on.</param>
    public Writer(Dialect dialect, TimeProvider clock, ILogger<Writer> log, Session session)
    {
        (_dialect, _clock, _log, _session) = (dialect, clock, log, session);
        _queue = Channel.CreateBounded<IWrite>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
        _thread = new Thread(Run) { IsBackground = true, Name = "storage writer" };
        _thread.Start();
    }

    /// <summary>The log's name; null until it is known, which it is after the first batch.</summary>
    public LogName? LogName => Volatile.Read(ref _logName);

    /// <summary>Lets a delivery wait for the next batch; false when there is no room.</summary>
    public bool TryAdd(InboxInsert insert)
    {
        if (Interlocked.Add(ref _waitingBytes, insert.Size) <= QueueBytes && _queue.Writer.TryWrite(insert)) return true;
        Interlocked.Add(ref _waitingBytes, -insert.Size);
        return false;
    }

    /// <summary>Does some work inside the next batch; its result once that is durable. Waits while the queue is full.</summary>
    public async Task<T> WriteAsync<T>(Func<WriteSession, T> work, CancellationToken cancellation)
    {
        var write = new Write<T>(work);
        await _queue.Writer.WriteAsync(write, cancellation);
        return await write.Task;
    }

    /// <summary>Does something on the writer's thread while no transaction is open. Other writes wait until it is done.</summary>
    public async Task AloneAsync(Action work, CancellationToken cancellation)
    {
        var alone = new Alone(work);
        await _queue.Writer.WriteAsync(alone, cancellation);
        await alone.Task;
    }

    /// <summary>Ends what is queued, then the thread.</summary>
    public void Dispose()
    {
        if (!_queue.Writer.TryComplete()) return;
        _thread.Join();
        _session?.Dispose();
    }

    private void Run()
    {
        // A dedicated thread: it spends its life waiting for the disk.
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Drain();
            try
            {
                RunBatch();
                foreach (var write in _batch) write.Succeed();
                _dialect.Rest(_session!);
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException)
            {
                // The trouble belongs to the callers, each of whom gets it; this thread serves the next batch.
                AfterTrouble(trouble);
            }

            _batch.Clear();
            _inserts.Clear();
        }
    }

    private void Drain()
    {
        // Of deliveries half of what waits: while its commit is flushed, those behind are made ready, and their callers are not all asleep at once.
        // Everything else together: a commit writes each page of the indexes once, whichever rows it is changed for.
        var bytes = 0L;
        var isDelivery = _queue.Reader.TryPeek(out var first) && first is InboxInsert;
        var length = Math.Clamp(isDelivery ? _queue.Reader.Count / 2 : _queue.Reader.Count, BatchLeast, BatchLength);
        while (_batch.Count < length && bytes < BatchBytes && _queue.Reader.TryRead(out var write))
        {
            _batch.Add(write);
            if (write is not InboxInsert insert) continue;
            _inserts.Add(insert);
            bytes += insert.Size;
        }

        Interlocked.Add(ref _waitingBytes, -bytes);
    }

    private void RunBatch()
    {
        _unanswered = null;
        _session ??= new Session(_dialect.Connect());
        _session.Transaction = _dialect.Begin(_session.Connection);
        var state = Current(_session);
        var mark = Guid.CreateVersion7(_clock.GetUtcNow());
        _dialect.Insert(_session, _inserts);
        for (var at = 0; at < _batch.Count; at++)
        {
            if (_batch[at] is ISteps steps && !RunSteps(steps, state)) _batch.RemoveAt(at--);
        }

        state.Log.Flush(_session);
        _session.Execute("UPDATE writer_mark SET batch = @batch WHERE id = 1", mark.ToByteArray(bigEndian: true));
        _unanswered = mark;
        _dialect.Commit(_session.Transaction);
        _mark = mark;
        _session.Transaction.Dispose();
        _session.Transaction = null;
        state.Log.Committed();
        Volatile.Write(ref _logName, state.Log.Name);
        _dialect.Committed(_session);
    }

    /// <summary>The end of the log as this transaction sees it; read anew when somebody else wrote last.</summary>
    private WriteSession Current(Session session)
    {
        var stored = Stored(session);
        if (_state is not null && stored == _mark) return _state;
        session.Forget();
        return _state = new WriteSession(session, AuditAppender.Load(session, _clock));
    }

    private static bool RunSteps(ISteps steps, WriteSession state)
    {
        var mark = state.Log.Mark;
        state.Sql.BeginStep();
        try
        {
            steps.Apply(state);
            state.Sql.KeepStep();
            return true;
        }
        catch (Exception trouble) when (trouble is not OutOfMemoryException)
        {
            // Only this write is taken back; when even that cannot be done, the whole batch is.
            state.Log.BackTo(mark);
            state.Sql.TakeBackStep();
            steps.Fail(trouble);
            return false;
        }
    }

    private void AfterTrouble(Exception trouble)
    {
        _session?.Dispose();
        (_session, _state) = (null, null);
        var happened = _unanswered is { } mark && Happened(mark);
        if (happened) StorageLog.CommittedAfterAll(_log, trouble);
        else StorageLog.BatchFailed(_log, _batch.Count, trouble);
        foreach (var write in _batch)
        {
            if (happened) write.Succeed();
            else write.Fail(trouble);
        }
    }

    /// <summary>Whether a commit that threw is in the database; a transaction that still runs there is waited for.</summary>
    private bool Happened(Guid mark)
    {
        try
        {
            using var session = new Session(_dialect.Connect());
            session.Transaction = _dialect.Begin(session.Connection);
            return Stored(session) == mark;
        }
        catch (Exception trouble) when (trouble is not OutOfMemoryException)
        {
            StorageLog.RecheckFailed(_log, trouble);
            return false;
        }
    }

    private static Guid Stored(Session session) =>
        new((byte[])session.Scalar("SELECT batch FROM writer_mark WHERE id = 1")!, bigEndian: true);
}
