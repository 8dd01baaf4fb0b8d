using GitOpsGate.Access;

namespace GitOpsGate.Ports;

/// <summary>API tokens, hashed at rest. Safe to call concurrently.</summary>
public interface ITokenStore
{
    /// <summary>Whether any token was ever made; the first one is made at the first start and printed once.</summary>
    Task<bool> AnyAsync(CancellationToken cancellation);

    /// <summary>Stores the SHA-256 of a token; the token itself is not kept.</summary>
    Task AddAsync(AccessToken token, ReadOnlyMemory<byte> sha256, CancellationToken cancellation);

    /// <summary>The token with this hash, if it exists and is not revoked.</summary>
    Task<AccessToken?> FindAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellation);
}
