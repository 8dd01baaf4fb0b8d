using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>Sealed secrets in memory, for a test to look at and to spoil.</summary>
internal sealed class MemorySecrets : ISealedSecrets
{
    public SortedDictionary<string, (byte[] Seal, DateTimeOffset ChangedAt)> Seals { get; } = new(StringComparer.Ordinal);

    public Task SetAsync(string name, ReadOnlyMemory<byte> seal, DateTimeOffset now, CancellationToken cancellation)
    {
        Seals[name] = (seal.ToArray(), now);
        return Task.CompletedTask;
    }

    public Task<ReadOnlyMemory<byte>?> FindAsync(string name, CancellationToken cancellation) =>
        Task.FromResult(Seals.TryGetValue(name, out var found) ? found.Seal : (ReadOnlyMemory<byte>?)null);

    public Task<ImmutableArray<StoredSecretName>> NamesAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<StoredSecretName>>([.. Seals.Select(one => new StoredSecretName(one.Key, one.Value.ChangedAt))]);

    public Task<bool> RemoveAsync(string name, CancellationToken cancellation) => Task.FromResult(Seals.Remove(name));
}

/// <summary>The same budget for every connection.</summary>
internal sealed class MemoryBudgets : IForgeBudgets
{
    public BudgetView View { get; set; } = new(0, 0, 0, []);

    public BudgetView Of(ConnectionName connection) => View;
}
