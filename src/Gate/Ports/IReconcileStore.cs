using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Ports;

/// <summary>
/// What the gate remembers of its comparisons with the forges, and what it looks up for them. Safe to call concurrently, by several
/// gateways of one database too.
/// </summary>
public interface IReconcileStore
{
    /// <summary>
    /// Every repository of which the gate knows a change request or a guarded branch, as the forge spells it; then those of which it knows
    /// a hook or a former round alone, as people spelled them.
    /// </summary>
    Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(CancellationToken cancellation);

    /// <summary>The last rounds of a connection's repositories, by path.</summary>
    Task<ImmutableArray<Reconciled>> OfConnectionAsync(ConnectionName connection, CancellationToken cancellation);

    /// <summary>The last round of a repository; <see cref="Reconciled.Never"/> when there was none.</summary>
    Task<Reconciled> LastAsync(RepositoryKey repository, CancellationToken cancellation);

    /// <summary>Keeps how a round went; durable on return. Whether there is a hook stays as <see cref="KnowHookAsync"/> said it last.</summary>
    Task KeepAsync(Reconciled round, CancellationToken cancellation);

    /// <summary>
    /// Keeps whether the gate has a hook of its own on a repository, and so has to look after it. Durable on return. Whoever takes the hook
    /// away on purpose says so here first, or else it is made again.
    /// </summary>
    Task KnowHookAsync(RepositoryKey repository, bool isOurs, CancellationToken cancellation);

    /// <summary>
    /// The newest tip that is known of each branch, by name: of a guarded one as its last walk left it, else as <see cref="SeeTipAsync"/>
    /// said.
    /// </summary>
    Task<ImmutableArray<KnownTip>> TipsAsync(RepositoryKey repository, CancellationToken cancellation);

    /// <summary>Keeps where a branch stood that no walk has moved yet; durable on return.</summary>
    Task SeeTipAsync(RepositoryKey repository, string branch, CommitId tip, DateTimeOffset at, CancellationToken cancellation);

    /// <summary>Those of the forge's delivery ids that are not in the inbox, in the order in which they were given.</summary>
    Task<ImmutableArray<string>> UnknownAsync(
        ConnectionName connection, ImmutableArray<string> forgeIds, CancellationToken cancellation);

    /// <summary>The delivery with this id of the forge's, when it was given up; null when there is none or it was not.</summary>
    Task<DeliveryId?> DeadAsync(ConnectionName connection, string forgeId, CancellationToken cancellation);
}

/// <summary>Where a branch stood.</summary>
/// <param name="IsGuarded">Whether a walk has moved it; then it is asked for in every round.</param>
/// <param name="Since">When that was written down.</param>
public sealed record KnownTip(string Branch, CommitId Tip, bool IsGuarded, DateTimeOffset Since);

/// <summary>How the last comparison of a repository with its forge went.</summary>
public sealed record Reconciled
{
    public required RepositoryKey Repository { get; init; }

    /// <summary>Whether the gate has a hook of its own there.</summary>
    public bool HasHook { get; init; }

    /// <summary>When the last round began that compared everything, or null: from then on, deliveries may have been missed.</summary>
    public DateTimeOffset? ComparedAt { get; init; }

    /// <summary>When the last round began, whatever became of it, or null.</summary>
    public DateTimeOffset? TriedAt { get; init; }

    /// <summary>Deliveries that the forge was asked to send again in the last round.</summary>
    public int Redelivered { get; init; }

    /// <summary>Deliveries that the gate made for itself in the last round.</summary>
    public int Backfilled { get; init; }

    /// <summary>Whether the last round set the hook right.</summary>
    public bool IsHookRepaired { get; init; }

    /// <summary>What the last round could not do, on one line; empty when all went well.</summary>
    public string Trouble { get; init; } = "";

    public static Reconciled Never(RepositoryKey repository) => new() { Repository = repository };
}
