using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>
/// The memory that Kestrel receives into: half of <see cref="MaxBufferSize"/> at a time, where its own pool has blocks of 4 kB. Most
/// webhooks then arrive with one call to the operating system, and are whole when the door first looks. A connection holds memory only
/// while something arrives on it. Safe for concurrent use.
/// </summary>
internal sealed class ReceivePool : MemoryPool<byte>
{
    private const int Smallest = 4 * 1024;

    public override int MaxBufferSize => 64 * 1024;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        return new Rented(ArrayPool<byte>.Shared.Rent(Math.Max(minBufferSize, Smallest)));
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Rented(byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory => _bytes ?? throw new ObjectDisposedException(nameof(Rented));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } rented) ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

/// <summary>Gives Kestrel the pool.</summary>
internal sealed class ReceivePoolFactory : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ReceivePool();
}
