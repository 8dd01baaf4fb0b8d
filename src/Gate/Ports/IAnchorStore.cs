using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>What was anchored where. Only ever added to. Safe to call concurrently.</summary>
public interface IAnchorStore
{
    /// <summary>Keeps one; durable on return. The same one again changes nothing.</summary>
    Task AddAsync(Anchor anchor, CancellationToken cancellation);

    /// <summary>The newest ones of all kinds, newest first.</summary>
    Task<ImmutableArray<Anchor>> NewestAsync(int limit, CancellationToken cancellation);

    /// <summary>The one of a kind that was made last, or null.</summary>
    Task<Anchor?> LastAsync(AnchorKind kind, CancellationToken cancellation);

    /// <summary>
    /// The first one of a kind that covers entries before <paramref name="end"/>; where there is none, the one that covers most of them. None of more
    /// than <paramref name="size"/> entries. Null when there is none at all.
    /// </summary>
    Task<Anchor?> CoveringAsync(AnchorKind kind, long end, long size, CancellationToken cancellation);
}

/// <summary>How a checkpoint is held on to outside of the gate.</summary>
public enum AnchorKind
{
    /// <summary>Committed to a repository that somebody else owns.</summary>
    Git,

    /// <summary>Stamped with the time by an authority (RFC 3161).</summary>
    Timestamp,
}

/// <summary>A checkpoint that is held on to outside of the gate.</summary>
/// <param name="Size">How many entries it covers.</param>
/// <param name="At">When: by our clock for Git, by the authority's for a stamp.</param>
/// <param name="Reference">A commit that holds it; the stamp's serial number in hex.</param>
/// <param name="Note">The checkpoint, as it was anchored to the byte.</param>
/// <param name="Proof">The stamp's token (DER); null for Git, where the repository is the proof.</param>
public sealed record Anchor(long Size, AnchorKind Kind, DateTimeOffset At, string Reference, string Note, ReadOnlyMemory<byte>? Proof)
{
    /// <summary>A kind as it is written in the database, in addresses and in metrics.</summary>
    public static string WordOf(AnchorKind kind) => kind == AnchorKind.Git ? "git" : "timestamp";
}
