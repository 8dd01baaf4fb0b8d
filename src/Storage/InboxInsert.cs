using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Intake;

namespace GitOpsGate.Storage;

/// <summary>A delivery on its way into the inbox: made ready on the caller's thread, so that the writer only binds and steps.</summary>
internal sealed class InboxInsert : TaskCompletionSource<Acceptance>, IWrite, IDisposable
{
    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    private readonly PooledBuffer _buffer = new();
    private readonly int _headersLength;

    public InboxInsert(Delivery delivery)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Id = delivery.Id.Value.ToByteArray(bigEndian: true);
        (Connection, Forge, ForgeId, Event) = (delivery.Connection.Value, delivery.Forge, delivery.ForgeId, delivery.Event);
        DoorKey = KeyOf(Connection, ForgeId);
        ReceivedMilliseconds = delivery.ReceivedAt.ToUnixTimeMilliseconds();
        Length = delivery.Body.Length;
        WriteHeaders(delivery);
        _headersLength = _buffer.Count;
        Zlib.Compress(delivery.Body.Span, _buffer);
    }

    /// <summary>A delivery as the journal kept it: headers as JSON, and the body compressed.</summary>
    /// <param name="length">Bytes of the body before compression.</param>
    public InboxInsert(
        byte[] id, long receivedMilliseconds, string connection, string forge, string forgeId, string name,
        ReadOnlySpan<byte> headers, ReadOnlySpan<byte> body, int length)
    {
        (Id, ReceivedMilliseconds, Length) = (id, receivedMilliseconds, length);
        (Connection, Forge, ForgeId, Event) = (connection, forge, forgeId, name);
        DoorKey = KeyOf(connection, forgeId);
        _buffer.Write(headers);
        _headersLength = headers.Length;
        _buffer.Write(body);
    }

    public byte[] Id { get; }

    /// <summary>What must not be there twice: see <see cref="KeyOf"/>.</summary>
    public UInt128 DoorKey { get; }

    public string Connection { get; }

    public string Forge { get; }

    public string ForgeId { get; }

    public string Event { get; }

    public long ReceivedMilliseconds { get; }

    /// <summary>Bytes of the body before compression.</summary>
    public int Length { get; }

    /// <summary>Bytes that this holds while it waits.</summary>
    public int Size => _buffer.Count;

    public ReadOnlySpan<byte> Headers => _buffer[.._headersLength];

    public ReadOnlySpan<byte> Body => _buffer[_headersLength..];

    /// <summary>Whether there was no such delivery; set by whoever looks.</summary>
    public bool IsNew { get; set; }

    /// <summary>The queue that it waits in, and that it tells what becomes of it.</summary>
    public IntakeQueue? Queue { get; set; }

    /// <summary>The file of the journal that holds it; null when none does.</summary>
    public JournalSegment? Segment { get; set; }

    public void Succeed()
    {
        Queue?.Applied(this);
        Dispose();
        TrySetResult(IsNew ? Acceptance.Accepted : Acceptance.Duplicate);
    }

    /// <summary>
    /// Nothing came into the database. What the journal holds is tried again. Else nothing is durable, whatever the trouble was, and the
    /// forge is asked to come again; the writer logs the trouble once per batch.
    /// </summary>
    public void Fail(Exception trouble)
    {
        if (Segment is null) Refuse();
        else Queue!.TryAgain(this);
    }

    /// <summary>Ends it: the same delivery is durable already.</summary>
    public void EndAsKnown()
    {
        Queue?.Gone(this);
        Dispose();
        TrySetResult(Acceptance.Duplicate);
    }

    /// <summary>Ends it without it being durable.</summary>
    public void Refuse()
    {
        Queue?.Gone(this);
        Dispose();
        TrySetResult(Acceptance.Full);
    }

    public void Dispose() => _buffer.Dispose();

    /// <summary>The key as it is stored.</summary>
    public static void WriteKey(UInt128 key, Span<byte> into) => BinaryPrimitives.WriteUInt128BigEndian(into, key);

    /// <summary>Half of SHA-256 over connection and the forge's id: shorter than the texts, and of one length.</summary>
    public static UInt128 KeyOf(string connection, string forgeId)
    {
        var size = Encoding.UTF8.GetMaxByteCount(connection.Length + 1 + forgeId.Length);
        var room = size <= 1024 ? stackalloc byte[size] : new byte[size];
        var length = Encoding.UTF8.GetBytes(connection, room);
        room[length++] = 0;
        length += Encoding.UTF8.GetBytes(forgeId, room[length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(room[..length], hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private void WriteHeaders(Delivery delivery)
    {
        var json = _json ??= new Utf8JsonWriter(Stream.Null);
        json.Reset(bufferWriter: _buffer);
        json.WriteStartObject();
        foreach (var (name, value) in delivery.Headers) json.WriteString(name, value);
        json.WriteEndObject();
        json.Flush();
        json.Reset(Stream.Null);
    }
}
