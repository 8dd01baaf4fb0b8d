using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;

namespace GitOpsGate.Ports;

/// <summary>Reads what was recorded, for pages, the API and the judge. Never sees half a transaction. Safe to call concurrently.</summary>
public interface IGateReader
{
    /// <summary>Change requests by filter, those that wait longest first among the open ones, newest first otherwise.</summary>
    Task<PageOf<ChangeSummary>> ChangesAsync(ChangeFilter filter, CancellationToken cancellation);

    /// <summary>One change request with its latest ruling, or null.</summary>
    Task<ChangeSummary?> ChangeAsync(ChangeKey key, CancellationToken cancellation);

    /// <summary>The open and merged change requests whose recorded head is this commit.</summary>
    Task<ImmutableArray<ChangeSummary>> ChangesAtAsync(RepositoryKey repository, CommitId head, CancellationToken cancellation);

    /// <summary>
    /// Change requests of a repository into a branch whose latest ruling allows their head, newest first: the ones that may cover a push.
    /// </summary>
    Task<ImmutableArray<ChangeSummary>> AllowedIntoAsync(
        RepositoryKey repository, string branch, int limit, CancellationToken cancellation);

    /// <summary>One ruling with its place in the audit log, or null.</summary>
    Task<StoredRuling?> RulingAsync(RulingId id, CancellationToken cancellation);

    /// <summary>All rulings of a change request, newest first.</summary>
    Task<ImmutableArray<StoredRuling>> RulingsOfAsync(ChangeKey key, CancellationToken cancellation);

    /// <summary>The canonical evidence of a ruling, or null.</summary>
    Task<ReadOnlyMemory<byte>?> EvidenceAsync(RulingId id, CancellationToken cancellation);

    Task<PageOf<DeliverySummary>> DeliveriesAsync(DeliveryFilter filter, CancellationToken cancellation);

    /// <summary>One delivery with its body, or null.</summary>
    Task<StoredDelivery?> DeliveryAsync(DeliveryId id, CancellationToken cancellation);

    Task<PageOf<StoredObligation>> ObligationsAsync(ObligationFilter filter, CancellationToken cancellation);

    /// <summary>What the gauges show: how many deliveries and obligations stand in which state.</summary>
    Task<GateCounts> CountsAsync(CancellationToken cancellation);
}

/// <summary>One page of a list.</summary>
/// <param name="Next">The cursor of the next page, or null at the end.</param>
public sealed record PageOf<T>(ImmutableArray<T> Items, string? Next);

/// <param name="After">The cursor that the previous page gave, or null for the first.</param>
public sealed record ChangeFilter(ChangeState? State, Verdict? Verdict, string? Repository, string? After, int Limit);

public sealed record DeliveryFilter(DeliveryState? State, string? Connection, string? After, int Limit);

public sealed record ObligationFilter(ObligationState? State, string? Change, string? After, int Limit);

/// <param name="WaitingSince">Since when it has been held, or null.</param>
public sealed record ChangeSummary(ChangeRequest Change, Ruling? Latest, long AuditIndex, DateTimeOffset UpdatedAt, DateTimeOffset? WaitingSince);

/// <param name="AuditIndex">Index in the log of its entry.</param>
public sealed record StoredRuling(Ruling Ruling, long AuditIndex);

public sealed record DeliverySummary(
    DeliveryId Id, ConnectionName Connection, string Forge, string ForgeId, string Event, DateTimeOffset ReceivedAt, DeliveryState State,
    string Note, int Attempts);

/// <summary>A delivery with its headers and body.</summary>
public sealed record StoredDelivery(DeliverySummary Summary, Delivery Delivery)
{
    /// <summary>Why headers and body are not there any more, lower case; null when they are.</summary>
    public string? Gone { get; init; }
}

public sealed record StoredObligation(
    long Id, Obligation Obligation, ObligationState State, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? NotBefore, string Note,
    string? Reference, long AuditIndex);

public sealed record GateCounts(
    ImmutableSortedDictionary<DeliveryState, long> Deliveries, ImmutableSortedDictionary<ObligationState, long> Obligations, long AuditSize);
