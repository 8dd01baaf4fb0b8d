namespace GitOpsGate.Ports;

/// <summary>
/// What rulings were made with, by its digest: policy bundles and the server's rules. What was kept is never deleted, since rulings name it. Safe to
/// call concurrently.
/// </summary>
public interface IKeptSources
{
    /// <summary>Keeps it, unless its content is kept already; durable on return. What had no content gets it.</summary>
    Task KeepAsync(KeptSource source, CancellationToken cancellation);

    /// <summary>What is kept under a digest, or null. That the content has this digest is for the caller to check.</summary>
    /// <exception cref="System.IO.InvalidDataException">It does not even unpack: it was changed in the database.</exception>
    Task<KeptSource?> FindAsync(string digest, CancellationToken cancellation);
}

/// <summary>Something that rulings were made with.</summary>
/// <param name="Digest">By which rulings name it.</param>
/// <param name="Kind"><see cref="Bundle"/> or <see cref="Rules"/>.</param>
/// <param name="Content">Its bytes; null when they are not kept.</param>
/// <param name="Why">Why there are none, lower case; empty when there are.</param>
public sealed record KeptSource(string Digest, string Kind, ReadOnlyMemory<byte>? Content, string Why)
{
    public const string Bundle = "bundle";
    public const string Rules = "rules";
}
