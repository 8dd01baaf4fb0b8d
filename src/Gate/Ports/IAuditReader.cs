using System.Collections.Immutable;
using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Ports;

/// <summary>Reads the audit log. Safe to call concurrently with appends; never sees half a batch.</summary>
public interface IAuditReader
{
    /// <summary>The newest head: how many entries, and their root hash.</summary>
    Task<AuditHead> HeadAsync(CancellationToken cancellation);

    /// <summary>The stored bytes of entries <c>[from, from + count)</c>, in order; fewer at the end of the log.</summary>
    Task<ImmutableArray<AuditLeaf>> ReadAsync(long from, int count, CancellationToken cancellation);

    /// <summary>The log's origin: the name under which its checkpoints are signed. Null until its first entry is written.</summary>
    Task<string?> OriginAsync(CancellationToken cancellation);

    /// <summary>The hashes of a tile: its width × 32 bytes. Null when the log has not so many.</summary>
    /// <param name="path">Of hashes; bundles of entries are read with <see cref="ReadAsync"/>.</param>
    Task<ReadOnlyMemory<byte>?> TileAsync(TilePath path, CancellationToken cancellation);

    /// <summary>The newest entries that carry a correlation, newest first.</summary>
    Task<ImmutableArray<AuditLeaf>> OfAsync(string correlation, int limit, CancellationToken cancellation);

    /// <summary>The newest entries of pushes that no ruling covers (<c>change.unmanaged</c>), newest first.</summary>
    Task<ImmutableArray<AuditLeaf>> UnmanagedAsync(int limit, CancellationToken cancellation);

    /// <summary>
    /// Re-derives the whole tree from the stored leaf bytes and compares every stored hash, tile and head with it.
    /// Trusts nothing that was computed before.
    /// </summary>
    Task<AuditVerification> VerifyAsync(CancellationToken cancellation);
}

/// <param name="Root">32 bytes (RFC 6962 §2.1).</param>
public sealed record AuditHead(long Size, ReadOnlyMemory<byte> Root, DateTimeOffset At);

/// <param name="Bytes">The canonical JSON that was hashed.</param>
/// <param name="Hash">SHA-256(0x00 ‖ bytes).</param>
public sealed record AuditLeaf(long Index, ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<byte> Hash);

/// <summary>What verification found.</summary>
/// <param name="Root">The root that was derived from the leaves alone.</param>
/// <param name="Problems">Each with the table and the place; empty when the log is whole.</param>
public sealed record AuditVerification(long Size, ReadOnlyMemory<byte> Root, ImmutableArray<string> Problems);
