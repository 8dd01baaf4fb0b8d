using System.Collections.Immutable;
using GitOpsGate.Access;

namespace GitOpsGate.Ports;

/// <summary>Auditors' links and the tokens that open them, hashed at rest. Safe to call concurrently.</summary>
public interface IAuditorLinks
{
    /// <summary>Stores a link together with the SHA-256 of its token, whose role is <see cref="Role.Auditor"/>. Durable on return.</summary>
    Task AddAsync(AuditorLink link, ReadOnlyMemory<byte> sha256, CancellationToken cancellation);

    /// <summary>The link of a reference, revoked and expired ones too; or null.</summary>
    Task<AuditorLink?> FindAsync(string reference, CancellationToken cancellation);

    /// <summary>All links, newest first.</summary>
    Task<ImmutableArray<AuditorLink>> ListAsync(CancellationToken cancellation);

    /// <summary>Takes a link back, and its token with it. Durable on return.</summary>
    /// <returns>False when there is no such link, or it was taken back before.</returns>
    Task<bool> RevokeAsync(string reference, DateTimeOffset now, CancellationToken cancellation);
}
