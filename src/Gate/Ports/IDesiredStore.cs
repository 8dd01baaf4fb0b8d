using GitOpsGate.Audit;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Ports;

/// <summary>What the targets of sync agents should run, and what their agents say of it. Safe to call concurrently.</summary>
public interface IDesiredStore
{
    /// <summary>The newest document of a target, or null when nothing was ever published for it.</summary>
    Task<DesiredState?> NewestAsync(string target, CancellationToken cancellation);

    /// <summary>The newest document of one order of a target, or null when the order certainly was not published.</summary>
    Task<DesiredState?> OfOrderAsync(string target, string orderId, CancellationToken cancellation);

    /// <summary>
    /// Makes a document its target's newest; durable on return. An order has one document: a later one takes the place of the earlier.
    /// False, and nothing is changed, when the version is not one above the target's newest: somebody else was faster.
    /// </summary>
    Task<bool> PublishAsync(DesiredState state, CancellationToken cancellation);

    /// <summary>
    /// Records a report with its audit entry, and shows it beside the order's obligation; one transaction, durable on return. False, and
    /// nothing is changed, when the target has sent a report with this id before.
    /// </summary>
    Task<bool> ReportAsync(AgentReport report, AuditDraft entry, CancellationToken cancellation);

    /// <summary>Completes soon after something may have been published, or after <paramref name="atMost"/>.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken cancellation);
}

/// <summary>A document that was published.</summary>
/// <param name="Published">The version under which its order was published first: the order's reference, which stays.</param>
/// <param name="Version">The document's own version.</param>
/// <param name="Lifetime">From its issue to its expiry.</param>
/// <param name="Envelope">The signed document: always these bytes for this version.</param>
public sealed record DesiredState(
    DispatchOrder Order, long Published, long Version, DateTimeOffset Expires, TimeSpan Lifetime, ReadOnlyMemory<byte> Envelope);
