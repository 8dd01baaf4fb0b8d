using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>The signed checkpoints of the audit log that are kept, with their witnesses' lines. Only ever added to. Safe to call concurrently.</summary>
public interface ICheckpointStore
{
    /// <summary>The newest one that is kept, or null.</summary>
    Task<StoredCheckpoint?> NewestAsync(CancellationToken cancellation);

    /// <summary>The newest one of at most a size, or null.</summary>
    Task<StoredCheckpoint?> AtMostAsync(long size, CancellationToken cancellation);

    /// <summary>Keeps one; durable on return.</summary>
    Task AddAsync(StoredCheckpoint checkpoint, CancellationToken cancellation);

    /// <summary>Keeps a witness' line; durable on return.</summary>
    Task AddLineAsync(long size, string witness, DateTimeOffset at, string line, CancellationToken cancellation);

    /// <summary>The witnesses' lines of a size, by witness.</summary>
    Task<ImmutableArray<string>> LinesAsync(long size, CancellationToken cancellation);
}

/// <summary>A checkpoint that was signed.</summary>
/// <param name="Note">The signed note, as it was given out.</param>
public sealed record StoredCheckpoint(long Size, DateTimeOffset SignedAt, string Note);
