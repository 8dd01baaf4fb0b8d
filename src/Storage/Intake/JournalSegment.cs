using System.Buffers.Binary;
using System.Security.Cryptography;
using GitOpsGate.Releases;
using Microsoft.Win32.SafeHandles;

namespace GitOpsGate.Storage.Intake;

/// <summary>
/// One file of the journal. Its length never changes and its blocks were written once, so that a flush has to put data on the disk and
/// nothing about the file. It holds frames one behind the other, each of them
/// <c>hash (16) · generation (8, little endian) · length (4, little endian) · payload</c>, where the hash is the first half of SHA-256 over
/// what follows it. A file begins anew by writing over its start with the next generation: what stands behind is of a former one and
/// does not count. Belongs to one thread at a time, except for <see cref="Unapplied"/>.
/// </summary>
internal sealed class JournalSegment : IDisposable
{
    /// <summary>Bytes of a file.</summary>
    public const int Capacity = 8 << 20;

    /// <summary>Bytes before a frame's payload.</summary>
    public const int FrameHead = HashLength + sizeof(long) + sizeof(int);

    private const int HashLength = 16;

    // The payload of the frame that says: nothing is here.
    private const int EmptyLength = 1;

    private readonly SafeFileHandle _file;
    private readonly Action<SafeFileHandle> _flush;
    private long _end;
    private int _unapplied;

    private JournalSegment(SafeFileHandle file, Action<SafeFileHandle> flush) => (_file, _flush) = (file, flush);

    /// <summary>Deliveries in this file that are not in the database yet: while there are some, it must not begin anew.</summary>
    public ref int Unapplied => ref _unapplied;

    /// <summary>Which turn of the file its frames are of.</summary>
    public long Generation { get; private set; }

    /// <summary>Opens a file of the journal; null when there is none.</summary>
    /// <exception cref="IOException">It is there and cannot be opened, another process has it, or it was cut.</exception>
    public static JournalSegment? Open(string path, Action<SafeFileHandle> flush)
    {
        if (!File.Exists(path)) return null;
        var length = new FileInfo(path).Length;
        if (length != Capacity) throw new IOException($"`{path}` has {length} bytes where {Capacity} would be right");
        return new JournalSegment(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None), flush);
    }

    /// <summary>Makes a file: every block is written once. It has its name only when it is whole.</summary>
    /// <exception cref="IOException">The disk is full, or trouble with it.</exception>
    public static void Create(string path)
    {
        var aside = path + ".new";
        using (var file = File.OpenHandle(aside, FileMode.Create, FileAccess.Write))
        {
            // A page at a time: what is written together, newer kernels keep and write together, and each delivery would cost all of it.
            var zeros = new byte[4096];
            for (var at = 0L; at < Capacity; at += zeros.Length) RandomAccess.Write(file, zeros, at);
            RandomAccess.FlushToDisk(file);
        }

        Durable.Replace(aside, path);
    }

    /// <summary>Puts the head before a payload that stands behind room for it.</summary>
    public static void Seal(Span<byte> frame, long generation)
    {
        BinaryPrimitives.WriteInt64LittleEndian(frame[HashLength..], generation);
        BinaryPrimitives.WriteInt32LittleEndian(frame[(HashLength + sizeof(long))..], frame.Length - FrameHead);
        HashOf(frame).CopyTo(frame);
    }

    /// <summary>The payloads of the file's frames, in their order, up to the first that is not whole or of a former turn.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public List<ReadOnlyMemory<byte>> Read()
    {
        var payloads = new List<ReadOnlyMemory<byte>>();
        Span<byte> first = stackalloc byte[FrameHead];
        if (RandomAccess.Read(_file, first, 0) < FrameHead || LengthOf(first) is not { } least) return payloads;
        var bytes = new byte[least == EmptyLength ? FrameHead + EmptyLength : Capacity];
        var length = 0;
        while (length < bytes.Length && RandomAccess.Read(_file, bytes.AsSpan(length), length) is > 0 and var more) length += more;
        for (var at = 0; at + FrameHead <= length;)
        {
            if (LengthOf(bytes.AsSpan(at)) is not { } payload || at + FrameHead + payload > length) break;
            var frame = bytes.AsSpan(at, FrameHead + payload);
            var generation = BinaryPrimitives.ReadInt64LittleEndian(frame[HashLength..]);
            if (!HashOf(frame).SequenceEqual(frame[..HashLength]) || (at > 0 && generation != Generation)) break;
            Generation = generation;
            if (payload > EmptyLength) payloads.Add(bytes.AsMemory(at + FrameHead, payload));
            at += frame.Length;
        }

        return payloads;
    }

    /// <summary>Starts the file's next turn; all that it held is in the database.</summary>
    public void Begin(long generation) => (Generation, _end) = (generation, 0);

    /// <summary>Whether so many bytes go in behind the others.</summary>
    public bool HasRoom(int bytes) => _end + bytes <= Capacity;

    /// <summary>Writes frames behind the others, and waits until they are on the disk.</summary>
    /// <exception cref="IOException">They may be there or not. Nothing more may be written behind them.</exception>
    public void Append(ReadOnlySpan<byte> frames)
    {
        RandomAccess.Write(_file, frames, _end);
        _flush(_file);
        _end += frames.Length;
    }

    /// <summary>Makes the file say that it holds nothing, in a turn of its own: what stands behind never counts again.</summary>
    /// <exception cref="IOException">Trouble with the disk; what it held will be looked at once more.</exception>
    public void Clear(long generation)
    {
        Begin(generation);
        Span<byte> nothing = stackalloc byte[FrameHead + EmptyLength];
        nothing.Clear();
        Seal(nothing, generation);
        Append(nothing);
    }

    /// <summary>Writes zeros over all of it, and waits until they are on the disk. Its next turn begins before anything is appended.</summary>
    /// <exception cref="IOException">Trouble with the disk.</exception>
    public void Wipe()
    {
        var zeros = new byte[1 << 16];
        for (var at = 0L; at < Capacity; at += zeros.Length) RandomAccess.Write(_file, zeros, at);
        _flush(_file);
    }

    public void Dispose() => _file.Dispose();

    private static int? LengthOf(ReadOnlySpan<byte> frame)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(frame[(HashLength + sizeof(long))..]);
        return length is > 0 and <= Capacity - FrameHead ? length : null;
    }

    private static ReadOnlySpan<byte> HashOf(ReadOnlySpan<byte> frame) => SHA256.HashData(frame[HashLength..]).AsSpan(0, HashLength);
}
