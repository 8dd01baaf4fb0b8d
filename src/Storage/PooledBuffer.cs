using System.Buffers;

namespace GitOpsGate.Storage;

/// <summary>A stream to write into that grows in rented memory; given back once, by whoever disposes it.</summary>
internal sealed class PooledBuffer : Stream, IBufferWriter<byte>
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(8192);
    private int _count;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _count;

    public override long Position
    {
        get => _count;
        set => throw new NotSupportedException();
    }

    public int Count => _count;

    /// <summary>What was written; gone once this is disposed.</summary>
    public ReadOnlySpan<byte> this[Range range] => _bytes.AsSpan(0, _count)[range];

    /// <summary>What was written, to be changed where it stands.</summary>
    public Span<byte> Written(Range range) => _bytes.AsSpan(0, _count)[range];

    /// <summary>Starts anew in the same memory.</summary>
    public void Clear() => _count = 0;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        buffer.CopyTo(GetSpan(buffer.Length));
        _count += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public void Advance(int count) => _count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _bytes, []) is { Length: > 0 } rented) ArrayPool<byte>.Shared.Return(rented);
        base.Dispose(disposing);
    }

    private void Reserve(int more)
    {
        if (_bytes.Length - _count >= more) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_count + more, 2 * _bytes.Length));
        _bytes.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
