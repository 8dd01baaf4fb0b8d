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

    /// <summary>The newest lines of all witnesses, the largest sizes first; several lines of one size and witness may be among them.</summary>
    /// <param name="most">How many are read at most.</param>
    Task<ImmutableArray<WitnessLine>> NewestLinesAsync(int most, CancellationToken cancellation);
}

/// <summary>A line that a witness put below a checkpoint.</summary>
/// <param name="Witness">Its key's name and hash.</param>
/// <param name="Line">As it stands in a note, without its line break.</param>
public sealed record WitnessLine(long Size, string Witness, DateTimeOffset At, string Line);

/// <summary>A checkpoint that was signed.</summary>
/// <param name="Note">The signed note, as it was given out.</param>
public sealed record StoredCheckpoint(long Size, DateTimeOffset SignedAt, string Note);
