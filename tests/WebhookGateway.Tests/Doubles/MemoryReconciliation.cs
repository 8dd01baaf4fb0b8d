using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>Rounds in memory.</summary>
internal sealed class MemoryReconciliation : IReconcileStore
{
    public List<Reconciled> Rounds { get; } = [];

    public List<RepositoryKey> Repositories { get; } = [];

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<RepositoryKey>>([.. Repositories]);

    public Task<ImmutableArray<Reconciled>> OfConnectionAsync(ConnectionName connection, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<Reconciled>>([.. Rounds.Where(round => round.Repository.Connection == connection)]);

    public Task<Reconciled> LastAsync(RepositoryKey repository, CancellationToken cancellation) =>
        Task.FromResult(Rounds.LastOrDefault(round => round.Repository == repository) ?? Reconciled.Never(repository));

    public Task KeepAsync(Reconciled round, CancellationToken cancellation)
    {
        Rounds.Add(round);
        return Task.CompletedTask;
    }

    public Task KnowHookAsync(RepositoryKey repository, bool isOurs, CancellationToken cancellation) =>
        KeepAsync(Reconciled.Never(repository) with { HasHook = isOurs }, cancellation);

    public Task<ImmutableArray<KnownTip>> TipsAsync(RepositoryKey repository, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<KnownTip>.Empty);

    public Task SeeTipAsync(RepositoryKey repository, string branch, CommitId tip, DateTimeOffset at, CancellationToken cancellation) =>
        Task.CompletedTask;

    public Task<ImmutableArray<string>> UnknownAsync(
        ConnectionName connection, ImmutableArray<string> forgeIds, CancellationToken cancellation) => Task.FromResult(forgeIds);

    public Task<DeliveryId?> DeadAsync(ConnectionName connection, string forgeId, CancellationToken cancellation) =>
        Task.FromResult<DeliveryId?>(null);
}
