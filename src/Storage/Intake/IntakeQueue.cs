using System.Data.Common;
using GitOpsGate.Ports;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Storage.Intake;

/// <summary>
/// Takes in deliveries before the database does. A thread of its own writes what waits into the journal, flushes it once for all, and
/// only then answers the callers; the deliveries go on to the writer, many in one commit. What the journal cannot take, for whatever reason, goes
/// to the writer at once, and its caller waits for the commit: the journal makes the door quicker, and never less safe.
/// </summary>
internal sealed class IntakeQueue : IDisposable
{
    private const int BatchLeast = 16;
    private const int BatchLength = 512;
    private const int BatchBytes = 2 << 20;

    /// <summary>How many deliveries go to the writer together, unless less have come in <see cref="Linger"/>.</summary>
    private const int Together = 128;

    // Nobody waits for these commits, and fewer of them leave the disk to those who wait.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly Queue<InboxInsert> _waiting = [];
    private readonly List<InboxInsert> _kept = [];
    private readonly HashSet<UInt128> _unapplied = [];
    private readonly Writer _writer;
    private readonly IntakeFiles _files;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private readonly List<InboxInsert> _batch = [];
    private readonly List<InboxInsert> _fresh = [];
    private readonly List<InboxInsert> _known = [];
    private readonly HashSet<UInt128> _freshKeys = [];
    private IntakeJournal? _journal;
    private TaskCompletionSource? _wiping;
    private Thread? _making;
    private long _waitingBytes;
    private long _handedOver;
    private int _accepted;
    private bool _isTroubled;
    private bool _isOff;
    private bool _isEnding;

    /// <param name="files">Belong to the queue from now on.</param>
    public IntakeQueue(Writer writer, IntakeFiles files, ILogger log)
    {
        (_writer, _files, _journal, _log) = (writer, files, files.Found, log);
        _thread = new Thread(Run) { IsBackground = true, Name = "storage intake" };
        _thread.Start();
    }

    /// <summary>Whether deliveries are kept in the journal now.</summary>
    public bool HasJournal
    {
        get
        {
            lock (_gate) return _journal is not null && !_isOff;
        }
    }

    /// <summary>Lets a delivery wait for the next flush; false when there is no room.</summary>
    public bool TryAdd(InboxInsert insert)
    {
        lock (_gate)
        {
            if (_isEnding || _waiting.Count >= Writer.QueueLength || _waitingBytes + insert.Size > Writer.QueueBytes) return false;
            insert.Queue = this;
            _waitingBytes += insert.Size;
            _waiting.Enqueue(insert);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Gives to the writer all that was acknowledged until now: whatever is asked of the writer next finds it.</summary>
    public void HandOver()
    {
        lock (_gate)
        {
            var given = 0;
            while (given < _kept.Count && _writer.TryAdd(_kept[given])) given++;
            _kept.RemoveRange(0, given);
            _handedOver = Environment.TickCount64;
        }
    }

    /// <summary>Completes when all that was acknowledged until now is in the database, or could not be put there.</summary>
    public async Task SettleAsync()
    {
        lock (_gate)
        {
            if (_unapplied.Count == 0) return;
        }

        HandOver();
        try
        {
            await _writer.WriteAsync(_ => true, CancellationToken.None);
        }
        catch (DbException)
        {
            // What is in the database can be read all the same; the writer has told of the trouble.
        }
    }

    /// <summary>Completes when the journal's files hold nothing. Until then deliveries go to the writer, so that it comes to its end.</summary>
    /// <exception cref="IOException">Trouble with the disk; deliveries are not kept in the journal any more.</exception>
    public Task WipeAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_isEnding) return Task.FromException(new IOException("the gateway is ending"));
            if (_journal is null) return Task.CompletedTask;
            _wiping ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            HandOver();
            Monitor.Pulse(_gate);
            return _wiping.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>A delivery is in the database, or was there before.</summary>
    public void Applied(InboxInsert insert)
    {
        lock (_gate)
        {
            Release(insert);
            if (_wiping is not null) Monitor.Pulse(_gate);
            if (insert.Segment is null) return;
            _unapplied.Remove(insert.DoorKey);
            Interlocked.Decrement(ref insert.Segment.Unapplied);
            _isTroubled = false;
        }
    }

    /// <summary>A delivery that was acknowledged could not be put into the database: it stays in the journal, and is tried again.</summary>
    public void TryAgain(InboxInsert insert)
    {
        lock (_gate)
        {
            _kept.Add(insert);
            _isTroubled = true;
            _handedOver = Environment.TickCount64;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>A delivery ends here: it is known, or nobody was told that it is durable.</summary>
    public void Gone(InboxInsert insert)
    {
        lock (_gate) Release(insert);
    }

    /// <summary>Takes no more, and gives what it has to the writer.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isEnding = true;
            _wiping?.TrySetException(new IOException("the gateway is ending"));
            _wiping = null;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
        _making?.Join();
        HandOver();
    }

    /// <summary>Closes the journal, after <see cref="Stop"/> and after the writer has ended.</summary>
    public void Dispose()
    {
        try
        {
            if (_unapplied.Count == 0 && !_isOff) _journal?.Clear();
        }
        catch (IOException trouble)
        {
            StorageLog.JournalFailed(_log, trouble);
        }

        _journal?.Dispose();
        _files.Known.Dispose();
    }

    private void Run()
    {
        while (Take())
        {
            Keep();
            _batch.Clear();
            lock (_gate)
            {
                if (_kept.Count >= Together || (_kept.Count > 0 && !_isTroubled && Due(Linger) <= TimeSpan.Zero)) HandOver();
            }
        }
    }

    /// <summary>Waits for deliveries, and meanwhile hands over those that have lingered; false at the end.</summary>
    private bool Take()
    {
        lock (_gate)
        {
            if (_wiping is not null && _unapplied.Count == 0) Wipe(_wiping);
            while (_waiting.Count == 0)
            {
                if (_isEnding) return false;
                if (_wiping is not null && _unapplied.Count == 0) Wipe(_wiping);
                var due = _kept.Count == 0 ? Timeout.InfiniteTimeSpan : Due(_isTroubled ? RetryAfter : Linger);
                if (due == Timeout.InfiniteTimeSpan || due > TimeSpan.Zero) Monitor.Wait(_gate, due);
                else HandOver();
            }

            // Half of what waits: while it is flushed, those behind are made ready, and their callers are not all asleep at once.
            var length = Math.Clamp(_waiting.Count / 2, BatchLeast, BatchLength);
            for (var bytes = 0; _batch.Count < length && bytes < BatchBytes && _waiting.TryDequeue(out var insert); bytes += insert.Size)
                _batch.Add(insert);
            return true;
        }
    }

    private void Keep()
    {
        try
        {
            if (TryKeep()) return;
        }
        catch (DbException trouble)
        {
            StorageLog.KeysUnknown(_log, trouble);
        }
        catch (IOException trouble)
        {
            StorageLog.JournalFailed(_log, trouble);
            lock (_gate) _isOff = true;
        }

        Pass();
    }

    /// <summary>Tries to make the batch durable here, and answers everybody when it is.</summary>
    private bool TryKeep()
    {
        IntakeJournal journal;
        lock (_gate)
        {
            _accepted += _batch.Count;
            if (_journal is null && _making is null && _accepted >= _files.MadeAfter) Make();
            if (!HasJournal || _wiping is not null || _isTroubled || _batch.Exists(insert => insert.Size > IntakeJournal.DeliveryLimit)) return false;
            journal = _journal!;
        }

        _fresh.Clear();
        _known.Clear();
        _freshKeys.Clear();
        // First those on their way into the database, then those in it: what leaves the one is in the other already.
        lock (_gate)
        {
            foreach (var insert in _batch) insert.IsNew = !_unapplied.Contains(insert.DoorKey);
        }

        _files.Known.Mark(_batch);
        foreach (var insert in _batch)
        {
            insert.IsNew = insert.IsNew && _freshKeys.Add(insert.DoorKey);
            (insert.IsNew ? _fresh : _known).Add(insert);
        }

        if (_fresh.Count > 0 && !journal.TryAppend(_fresh)) return false;
        lock (_gate)
        {
            _unapplied.UnionWith(_freshKeys);
            _kept.AddRange(_fresh);
        }

        // From here on the new ones may be in the writer's hands; nothing of them is looked at any more.
        foreach (var insert in _fresh) insert.TrySetResult(Acceptance.Accepted);
        foreach (var insert in _known) insert.EndAsKnown();
        return true;
    }

    /// <summary>Gives the batch to the writer, behind all that was kept before; its callers wait for the commit.</summary>
    private void Pass()
    {
        HandOver();
        foreach (var insert in _batch)
        {
            if (!_writer.TryAdd(insert)) insert.Refuse();
        }
    }

    /// <summary>Empties the journal, which nobody needs now. Callers at the door wait for it as they wait for a flush.</summary>
    private void Wipe(TaskCompletionSource wiping)
    {
        _wiping = null;
        try
        {
            _journal?.Wipe();
            wiping.TrySetResult();
        }
        catch (IOException trouble)
        {
            StorageLog.JournalFailed(_log, trouble);
            _isOff = true;
            wiping.TrySetException(trouble);
        }
    }

    /// <summary>Makes the journal's files on a thread of its own: it writes megabytes, and nobody waits for them.</summary>
    private void Make()
    {
        _making = new Thread(() =>
        {
            try
            {
                var made = _files.Make();
                lock (_gate) _journal = made;
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
            {
                StorageLog.JournalFailed(_log, trouble);
                lock (_gate) _isOff = true;
            }
        })
        {
            IsBackground = true,
            Name = "storage journal",
        };
        _making.Start();
    }

    private void Release(InboxInsert insert) => _waitingBytes -= insert.Size;

    private TimeSpan Due(TimeSpan after) => after - TimeSpan.FromMilliseconds(Environment.TickCount64 - _handedOver);
}
