using System.Collections.Immutable;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Ports;

/// <summary>What the inbox did with a delivery. The zero value is the safe one: nothing is durable.</summary>
public enum Acceptance
{
    /// <summary>The inbox or the disk is full; the caller must be told to come again.</summary>
    Full,

    /// <summary>The same delivery of the same connection was accepted before.</summary>
    Duplicate,

    /// <summary>It is durable.</summary>
    Accepted,
}

/// <summary>Deliveries that passed the door. Safe to call concurrently.</summary>
public interface IDeliveryInbox
{
    /// <summary>
    /// Stores a delivery. When this returns <see cref="Acceptance.Accepted"/> the bytes are on disk (fsync); many callers share one.
    /// The body's memory is the caller's: it is not read any more once this has returned, and may be used again then.
    /// </summary>
    Task<Acceptance> AcceptAsync(Delivery delivery, CancellationToken cancellation);

    /// <summary>
    /// The oldest deliveries that are due and not in another's hands, at most <paramref name="limit"/>, marked as in this process'
    /// hands until <paramref name="lease"/> has passed.
    /// </summary>
    Task<ImmutableArray<ClaimedDelivery>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Gives a delivery back after trouble in the world, to be tried again at <paramref name="dueAt"/>; dead after the last try.</summary>
    Task PostponeAsync(DeliveryId id, string why, DateTimeOffset? dueAt, CancellationToken cancellation);

    /// <summary>Makes a stored delivery wait again, whatever became of it. False when there is none, or its body has ended by retention.</summary>
    Task<bool> ReplayAsync(DeliveryId id, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Completes as soon as a delivery may be waiting, or after <paramref name="atMost"/>.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken cancellation);
}

/// <summary>A delivery in hand.</summary>
/// <param name="Attempts">How often it was in hand before.</param>
public sealed record ClaimedDelivery(Delivery Delivery, int Attempts);
