using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;

namespace GitOpsGate.Ports;

/// <summary>Writes what the gate has found and promised. Each call is one transaction, durable on return. Safe to call concurrently.</summary>
public interface IGateStore
{
    /// <summary>
    /// Records all of it or nothing. The audit entries are in the tree when this returns; obligations become claimable with them.
    /// An obligation whose key is known already is not added again.
    /// </summary>
    /// <exception cref="BranchMovedException">The record's branch is not as it was when it was looked at; nothing was recorded.</exception>
    Task<Recorded> RecordAsync(Record record, CancellationToken cancellation);
}

/// <summary>What one walk through the house leaves behind.</summary>
public sealed record Record
{
    /// <summary>The deliveries that are done with this, and the line that is shown beside them.</summary>
    public ImmutableArray<DeliveryOutcome> Deliveries { get; init; } = [];

    /// <summary>The change request as it was seen.</summary>
    public ChangeRequest? Change { get; init; }

    /// <summary>The ruling; it replaces the change request's earlier one unless that was ruled later on newer facts.</summary>
    public Ruling? Ruling { get; init; }

    /// <summary>The canonical evidence of the ruling (JSON in UTF-8), kept so that it can be replayed.</summary>
    public ReadOnlyMemory<byte> Evidence { get; init; }

    public ImmutableArray<AuditDraft> Entries { get; init; } = [];

    public ImmutableArray<Obligation> Obligations { get; init; } = [];

    /// <summary>How a guarded branch is covered from now on.</summary>
    public BranchMove? Branch { get; init; }

    /// <summary>
    /// A deployment's question, as it stands from now on. When it has its answer already, nothing of the record is written
    /// (<see cref="Recorded.Superseded"/>).
    /// </summary>
    public DeploymentQuestion? Question { get; init; }

    /// <summary>
    /// The change requests that the walk looked at. While a deployment waits for one of them, nothing of the record is written
    /// (<see cref="Recorded.IsAwaited"/>): the walk is not at its end before the deployment was judged again.
    /// </summary>
    public ImmutableArray<ChangeKey> LookedAt { get; init; } = [];

    /// <summary>An obligation that was just tried, and how it went.</summary>
    public ObligationOutcome? Discharged { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>How a delivery ended. The zero value is the least certain.</summary>
public enum DeliveryState
{
    Waiting,
    InHand,

    /// <summary>Given up after trouble; visible, can be replayed.</summary>
    Dead,

    /// <summary>Its body could not be read.</summary>
    Unreadable,
    Ignored,
    Done,
}

/// <summary>What became of a delivery.</summary>
/// <param name="Note">One line for people: the reason it was ignored, or what it led to.</param>
public sealed record DeliveryOutcome(DeliveryId Id, DeliveryState State, string Note);

/// <summary>How an attempt to discharge an obligation went.</summary>
/// <param name="NotBefore">When to try again, for the states that are tried again.</param>
/// <param name="Note">One line for people.</param>
/// <param name="Reference">What the forge or target calls what was made, for instance a comment's id; null to keep the known one.</param>
public sealed record ObligationOutcome(long Id, ObligationState State, DateTimeOffset? NotBefore, string Note, string? Reference);

/// <summary>What recording did.</summary>
/// <param name="FirstIndex">Index in the log of the first entry, or -1 when there was none.</param>
/// <param name="Superseded">
/// Whether it was dropped because a newer ruling stands, or because the deployment was answered; then nothing but the deliveries was recorded.
/// </param>
/// <param name="IsAwaited">Whether nothing at all was recorded, because a deployment waits for one of <see cref="Record.LookedAt"/>.</param>
public sealed record Recorded(long FirstIndex, bool Superseded, bool IsAwaited = false)
{
    /// <summary>The log's head with the entries, and their proofs; null when none was appended.</summary>
    public AppendedHead? Head { get; init; }
}

/// <summary>Obligations waiting to be discharged. Safe to call concurrently.</summary>
public interface IObligationOutbox
{
    /// <summary>
    /// The oldest due obligation of each free lane, at most <paramref name="limit"/>, marked as claimed until the lease has passed.
    /// Only those whose audit entry is in the tree. One whose lease ran out comes back as <see cref="ObligationState.Unclear"/>.
    /// </summary>
    Task<ImmutableArray<ClaimedObligation>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>The forge's or target's name for what an earlier obligation of this lane made, or null.</summary>
    Task<string?> ReferenceAsync(string lane, CancellationToken cancellation);

    /// <summary>
    /// Has a dead obligation tried again; an order comes back as <see cref="ObligationState.Unclear"/>. False when there is none that
    /// is dead, and for a status or comment that a newer one of its lane has followed: the older must not take the newer one's place.
    /// </summary>
    Task<bool> RetryAsync(long id, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Completes as soon as an obligation may be waiting, or after <paramref name="atMost"/>.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken cancellation);
}

/// <summary>An obligation in hand.</summary>
/// <param name="WasUnclear">Whether an earlier attempt may have succeeded.</param>
/// <param name="AuditIndex">Index in the log of the entry that promised it.</param>
public sealed record ClaimedObligation(long Id, Obligation Obligation, int Attempts, bool WasUnclear, long AuditIndex);
