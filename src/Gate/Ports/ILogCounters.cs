using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>What the audit log holds as a whole, for its own entries about it. Safe to call concurrently with appends.</summary>
public interface ILogCounters
{
    /// <summary>How many entries there are, and the last number of each population among them: of one moment.</summary>
    Task<LogCounters> CountersAsync(CancellationToken cancellation);

    /// <summary>The newest entry that closed a day (<c>population.closed</c>), or null.</summary>
    Task<AuditLeaf?> NewestCloseAsync(CancellationToken cancellation);

    /// <summary>The leaf hashes of the entries of reconciliation in <c>[from, to)</c>, in order.</summary>
    Task<ImmutableArray<ReadOnlyMemory<byte>>> ReconciliationsAsync(long from, long to, CancellationToken cancellation);
}

/// <param name="Size">Entries; the numbers are those of all before this index.</param>
/// <param name="BeganAt">When the first entry was recorded, or null when there is none.</param>
public sealed record LogCounters(long Size, ImmutableSortedDictionary<string, long> Populations, DateTimeOffset? BeganAt);
