using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>Reads the few entries that the audit log has about itself. Safe to call concurrently.</summary>
public interface ILogMilestones
{
    /// <summary>All entries of the types <c>log.opened</c>, <c>key.created</c> and <c>key.revoked</c>, in order.</summary>
    Task<ImmutableArray<AuditLeaf>> MilestonesAsync(CancellationToken cancellation);
}
