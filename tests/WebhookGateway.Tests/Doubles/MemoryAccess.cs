using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>Where access was lost, in memory.</summary>
internal sealed class MemoryAccess : IAccessStore
{
    public List<LostAccess> Lost { get; } = [];

    public Task<ImmutableArray<LostAccess>> LostAsync(CancellationToken cancellation) => Task.FromResult<ImmutableArray<LostAccess>>([.. Lost]);

    public Task LoseAsync(LostAccess lost, CancellationToken cancellation)
    {
        Lost.Add(lost);
        return Task.CompletedTask;
    }

    public Task RegainAsync(RepositoryKey place, CancellationToken cancellation)
    {
        Lost.RemoveAll(known => known.Place == place);
        return Task.CompletedTask;
    }
}
