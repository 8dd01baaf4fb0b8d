using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>Where access was lost, and which hooks are known, in memory.</summary>
internal sealed class MemoryAccess : IAccessStore, IReconcileStore
{
    public List<LostAccess> Lost { get; } = [];

    public HashSet<RepositoryKey> Hooked { get; } = [];

    public Task<ImmutableArray<LostAccess>> LostAsync(CancellationToken cancellation) => Task.FromResult<ImmutableArray<LostAccess>>([.. Lost]);

    public Task LoseAsync(LostAccess lost, CancellationToken cancellation)
    {
        Lost.RemoveAll(known => known.Place == lost.Place);
        Lost.Add(lost);
        return Task.CompletedTask;
    }

    public Task RegainAsync(RepositoryKey place, CancellationToken cancellation)
    {
        Lost.RemoveAll(known => known.Place == place);
        return Task.CompletedTask;
    }

    public Task<Reconciled> LastAsync(RepositoryKey repository, CancellationToken cancellation) =>
        Task.FromResult(Reconciled.Never(repository) with { HasHook = Hooked.Contains(repository) });

    public Task KnowHookAsync(RepositoryKey repository, bool isOurs, CancellationToken cancellation)
    {
        if (isOurs) Hooked.Add(repository);
        else Hooked.Remove(repository);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<Reconciled>> OfConnectionAsync(ConnectionName connection, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task KeepAsync(Reconciled round, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<KnownTip>> TipsAsync(RepositoryKey repository, CancellationToken cancellation) => throw new NotSupportedException();

    public Task SeeTipAsync(RepositoryKey repository, string branch, CommitId tip, DateTimeOffset at, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<ImmutableArray<string>> UnknownAsync(ConnectionName connection, ImmutableArray<string> forgeIds, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<DeliveryId?> DeadAsync(ConnectionName connection, string forgeId, CancellationToken cancellation) => throw new NotSupportedException();
}
