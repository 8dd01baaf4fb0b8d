using System.Collections.Immutable;
using GitOpsGate.Audit;

namespace GitOpsGate.Ports;

/// <summary>Gives a log that lost its end the lost entries back. For a gateway that is stopped: nobody else appends meanwhile.</summary>
public interface ILogRecovery
{
    /// <summary>Gives a database that holds no log the name and the owner of the one that it held; durable on return. One that has a log keeps it.</summary>
    /// <param name="origin">The log's first name.</param>
    /// <param name="tenant">The opaque name of its owner, as its entries have it.</param>
    Task OpenAsync(string origin, string tenant, CancellationToken cancellation);

    /// <summary>
    /// Appends entries as they stood in the log before, byte for byte and in order: all of them or none, durable on return. Whoever calls has
    /// verified them; here they must only follow what is there.
    /// </summary>
    /// <param name="after">An entry that is new, and follows them in the same transaction; null for none.</param>
    /// <exception cref="InvalidDataException">One of them cannot follow: another number, tenant, time or counter would be right.</exception>
    Task RestoreAsync(ImmutableArray<ReadOnlyMemory<byte>> leaves, AuditDraft? after, CancellationToken cancellation);
}
