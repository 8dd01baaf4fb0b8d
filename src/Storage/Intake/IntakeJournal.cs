using System.Text;
using Microsoft.Win32.SafeHandles;

namespace GitOpsGate.Storage.Intake;

/// <summary>
/// Where a delivery is durable before it is in the database: two files that take turns. One is written until it is full; the other is
/// begun anew once all that it held is in the database. Belongs to the intake's thread.
/// </summary>
internal sealed class IntakeJournal : IDisposable
{
    /// <summary>Bytes of the largest delivery that goes into it.</summary>
    public const int DeliveryLimit = 1 << 20;

    // Of the form in which a delivery is written; what another one wrote is not guessed at.
    private const byte Form = 1;

    private readonly JournalSegment[] _segments;
    private readonly PooledBuffer _frames = new();
    private readonly BinaryWriter _payload;
    private JournalSegment _current;
    private long _generation;

    private IntakeJournal(JournalSegment[] segments)
    {
        _segments = segments;
        _payload = new BinaryWriter(_frames, Encoding.UTF8, leaveOpen: true);
        _current = segments[0];
    }

    /// <summary>Opens the journal beside a database; null when its files are not both there.</summary>
    /// <param name="database">The path of the database's file.</param>
    /// <param name="flush">Waits until what was written to a file is on the disk; throws when that cannot be told.</param>
    /// <param name="held">What it holds: all of it was acknowledged, and some of it may not be in the database.</param>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    public static IntakeJournal? Open(string database, Action<SafeFileHandle> flush, out List<InboxInsert> held)
    {
        held = [];
        var segments = new List<JournalSegment>();
        IntakeJournal? journal = null;
        try
        {
            foreach (var path in Paths(database))
            {
                if (JournalSegment.Open(path, flush) is { } segment) segments.Add(segment);
            }

            var read = segments.Select(segment => (Payloads: segment.Read(), segment.Generation)).OrderBy(one => one.Generation).ToList();
            foreach (var payload in read.SelectMany(one => one.Payloads)) held.Add(ReadDelivery(payload));
            if (segments.Count == Paths(database).Length) journal = new IntakeJournal([.. segments]) { _generation = read[^1].Generation };
            return journal;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"the intake journal cannot be read, and may hold webhooks that were acknowledged: {trouble.Message}. To start without them, "
                + $"move {string.Join(" and ", Paths(database).Select(path => $"`{path}`"))} away",
                trouble);
        }
        finally
        {
            if (journal is null) segments.ForEach(segment => segment.Dispose());
        }
    }

    /// <summary>Makes the journal's files, where they are not there.</summary>
    /// <exception cref="IOException">The disk is full, or trouble with it.</exception>
    public static void Create(string database)
    {
        foreach (var path in Paths(database).Where(path => !File.Exists(path))) JournalSegment.Create(path);
    }

    /// <summary>Starts anew: all that it held is in the database.</summary>
    public void Begin()
    {
        foreach (var segment in _segments) segment.Begin(++_generation);
    }

    /// <summary>
    /// Writes deliveries and waits until they are on the disk, in whatever file has room; false when neither has. Each delivery knows
    /// afterwards where it is.
    /// </summary>
    /// <exception cref="IOException">They may be there or not, and the journal is of no use any more.</exception>
    public bool TryAppend(IReadOnlyList<InboxInsert> inserts)
    {
        Write(inserts, _current.Generation);
        if (!_current.HasRoom(_frames.Count))
        {
            var other = _segments.First(segment => segment != _current);
            if (Volatile.Read(ref other.Unapplied) > 0 || _frames.Count > JournalSegment.Capacity) return false;
            other.Begin(++_generation);
            _current = other;
            Write(inserts, other.Generation);
        }

        _current.Append(_frames[..]);
        foreach (var insert in inserts) insert.Segment = _current;
        Interlocked.Add(ref _current.Unapplied, inserts.Count);
        return true;
    }

    /// <summary>Makes it say that it holds nothing: all is in the database.</summary>
    /// <exception cref="IOException">Trouble with the disk; what it held will be looked at once more.</exception>
    public void Clear()
    {
        foreach (var segment in _segments) segment.Clear(++_generation);
    }

    /// <summary>Leaves nothing in its files, and starts anew: all that it held is in the database.</summary>
    /// <exception cref="IOException">Trouble with the disk; it is of no use any more.</exception>
    public void Wipe()
    {
        foreach (var segment in _segments) segment.Wipe();
        Begin();
    }

    public void Dispose()
    {
        foreach (var segment in _segments) segment.Dispose();
        _payload.Dispose();
        _frames.Dispose();
    }

    private static string[] Paths(string database) => [database + "-intake-a", database + "-intake-b"];

    private void Write(IReadOnlyList<InboxInsert> inserts, long generation)
    {
        _frames.Clear();
        foreach (var insert in inserts)
        {
            var start = _frames.Count;
            _frames.GetSpan(JournalSegment.FrameHead)[..JournalSegment.FrameHead].Clear();
            _frames.Advance(JournalSegment.FrameHead);
            WriteDelivery(insert);
            JournalSegment.Seal(_frames.Written(start..), generation);
        }
    }

    private void WriteDelivery(InboxInsert insert)
    {
        _payload.Write(Form);
        _payload.Write(insert.Id);
        _payload.Write(insert.ReceivedMilliseconds);
        _payload.Write(insert.Connection);
        _payload.Write(insert.Forge);
        _payload.Write(insert.ForgeId);
        _payload.Write(insert.Event);
        _payload.Write(insert.Headers.Length);
        _payload.Write(insert.Headers);
        _payload.Write(insert.Length);
        _payload.Write(insert.Body);
    }

    private static InboxInsert ReadDelivery(ReadOnlyMemory<byte> payload)
    {
        using var reader = new BinaryReader(new MemoryStream(payload.ToArray()), Encoding.UTF8);
        if (reader.ReadByte() is not Form and var form) throw new IOException($"its form is `{form}` where this program writes `{Form}`");
        var id = reader.ReadBytes(16);
        var received = reader.ReadInt64();
        var (connection, forge, forgeId, name) = (reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString());
        var headers = reader.ReadBytes(reader.ReadInt32());
        var length = reader.ReadInt32();
        var body = reader.ReadBytes((int)(reader.BaseStream.Length - reader.BaseStream.Position));
        return new InboxInsert(id, received, connection, forge, forgeId, name, headers, body, length);
    }
}
