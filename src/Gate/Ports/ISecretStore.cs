using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>The gate's own secrets, which nobody can read out of the database alone. Safe to call concurrently.</summary>
public interface ISecretStore
{
    /// <summary>Stores a secret in the place of the one with this name; durable on return. Storing the same again changes nothing.</summary>
    Task SetAsync(string name, string value, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>The secret with this name; null when there is none, or when it was sealed with keys that are gone.</summary>
    Task<string?> FindAsync(string name, CancellationToken cancellation);

    /// <summary>All names, in ordinal order, and when each was stored.</summary>
    Task<ImmutableArray<StoredSecretName>> NamesAsync(CancellationToken cancellation);

    /// <summary>Removes a secret; false when there was none.</summary>
    Task<bool> RemoveAsync(string name, CancellationToken cancellation);
}

/// <summary>A secret that is stored, without the secret.</summary>
public sealed record StoredSecretName(string Name, DateTimeOffset ChangedAt);

/// <summary>Where secrets lie that were sealed before: nothing that comes here can be read by itself. Safe to call concurrently.</summary>
public interface ISealedSecrets
{
    /// <summary>Stores a sealed secret in the place of the one with this name; durable on return.</summary>
    Task SetAsync(string name, ReadOnlyMemory<byte> seal, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>The sealed secret with this name, or null.</summary>
    Task<ReadOnlyMemory<byte>?> FindAsync(string name, CancellationToken cancellation);

    /// <summary>All names, in ordinal order.</summary>
    Task<ImmutableArray<StoredSecretName>> NamesAsync(CancellationToken cancellation);

    /// <summary>Removes one; false when there was none.</summary>
    Task<bool> RemoveAsync(string name, CancellationToken cancellation);
}
