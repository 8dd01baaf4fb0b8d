using System.Buffers;
using System.IO.Pipelines;

namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>How reading a body ended. The zero value is the least specific.</summary>
internal enum BodyEnd
{
    /// <summary>It stopped early or came too slowly.</summary>
    Broken,
    TooLarge,

    /// <summary>All callers together hold as much as they may.</summary>
    NoRoom,
    Whole,
}

/// <summary>
/// The raw bytes of one call, in a rented array that grows with what really arrived: a caller who announces much and sends
/// little holds
/// little. Not safe for concurrent use.
/// </summary>
internal sealed class BodyBuffer(IntakeRoom room) : IDisposable
{
    private const int FirstSize = 16 * 1024;
    private byte[] _bytes = [];
    private long _reserved;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Reads to the end, the limit or the deadline.</summary>
    /// <param name="announced">The caller's Content-Length, or null.</param>
    /// <exception cref="IOException">The caller hung up.</exception>
    public async Task<BodyEnd> FillAsync(PipeReader body, long? announced, CancellationToken hungUp)
    {
        // Most bodies are here already; only the others pay for a timer.
        if (body.TryRead(out var first))
        {
            var end = Take(body, first, announced);
            if (end is { } early) return early;
        }

        // A read that is cancelled by a token leaves Kestrel's reader in use; one that is woken up ends in order.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(hungUp);
        using var wake = deadline.Token.Register(static reader => ((PipeReader)reader!).CancelPendingRead(), body);
        deadline.CancelAfter(room.Options.BodyDeadline);
        while (true)
        {
            var end = Take(body, await body.ReadAsync(CancellationToken.None), announced);
            if (end is { } done) return done;
        }
    }

    /// <summary>Forgets the array without giving it back: somebody may still be reading it.</summary>
    public void Abandon() => _bytes = [];

    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        room.Release(_reserved);
        _reserved = 0;
    }

    private BodyEnd? Take(PipeReader body, ReadResult read, long? announced)
    {
        var arrived = read.Buffer;
        BodyEnd? end = read.IsCanceled ? BodyEnd.Broken : Length + arrived.Length > room.Options.BodyLimit ? BodyEnd.TooLarge : null;
        if (end is null && !Grow(Length + (int)arrived.Length, announced)) end = BodyEnd.NoRoom;
        if (end is null)
        {
            arrived.CopyTo(_bytes.AsSpan(Length));
            Length += (int)arrived.Length;
            if (read.IsCompleted) end = BodyEnd.Whole;
        }

        body.AdvanceTo(arrived.End);
        return end;
    }

    private bool Grow(int needed, long? announced)
    {
        if (needed <= _bytes.Length && _bytes.Length > 0) return true;
        var atMost = (int)Math.Min(announced ?? int.MaxValue, room.Options.BodyLimit);
        var wanted = Math.Max(needed, Math.Min(Math.Max(FirstSize, 2 * needed), atMost));
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, 1));
        if (!room.TryReserve(larger.Length - _reserved))
        {
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        _reserved = larger.Length;
        _bytes.AsSpan(0, Length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
        return true;
    }
}

/// <summary>The memory that all bodies in flight share. Safe for concurrent use.</summary>
internal sealed class IntakeRoom(IntakeOptions options)
{
    private long _held;

    public IntakeOptions Options { get; } = options;

    /// <summary>Takes a share, or takes nothing when there is not enough left.</summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= Options.BodiesLimit) return true;
        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
