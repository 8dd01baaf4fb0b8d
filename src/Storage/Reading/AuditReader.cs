using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Ports;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage.Reading;

/// <summary>Reads the audit log.</summary>
internal sealed class AuditReader(Database database) : IAuditReader
{
    private const int MostLeaves = 4096;

    // Head, origin and tiles are asked for at each start, which should not wait for the pages' model.
    public Task<AuditHead> HeadAsync(CancellationToken cancellation) => OfSession(
        session =>
        {
            var rows = session.Query(
                "SELECT size, root, time_ms FROM audit_head ORDER BY size DESC LIMIT 1",
                row => new AuditHead(row.GetInt64(0), row.GetFieldValue<byte[]>(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))));
            return rows is [var head] ? head : new AuditHead(0, MerkleTree.EmptyRoot, DateTimeOffset.UnixEpoch);
        },
        cancellation);

    public async Task<ImmutableArray<AuditLeaf>> ReadAsync(long from, int count, CancellationToken cancellation)
    {
        var to = from + Math.Clamp(count, 0, MostLeaves);
        await using var read = database.Read();
        var rows = await read.Leaves.Where(row => row.Sequence >= from && row.Sequence < to)
            .OrderBy(row => row.Sequence).ToListAsync(cancellation);
        return [.. rows.Select(Leaf)];
    }

    // A log that lost entries for good goes on under a new name, which its entries tell.
    public Task<string?> OriginAsync(CancellationToken cancellation) => OfSession(
        session => LogMilestones.Read(session).Select(LogMilestone.Read).LastOrDefault(one => one.Type == AuditTypes.LogOpened && one.Origin is not null)?.Origin
            ?? (string?)session.Scalar("SELECT origin FROM audit_log"),
        cancellation);

    // Only full tiles are stored. A narrower one is the beginning of a full one that came later, or is put together from what stands below.
    public Task<ReadOnlyMemory<byte>?> TileAsync(TilePath path, CancellationToken cancellation) =>
        OfSession(session => Tile(session, path) is { } hashes ? hashes.AsMemory() : (ReadOnlyMemory<byte>?)null, cancellation);

    public async Task<ImmutableArray<AuditLeaf>> OfAsync(string correlation, int limit, CancellationToken cancellation)
    {
        await using var read = database.Read();
        var rows = await read.Leaves.Where(row => row.Correlation == correlation)
            .OrderByDescending(row => row.Sequence).Take(Math.Clamp(limit, 0, MostLeaves)).ToListAsync(cancellation);
        return [.. rows.Select(Leaf)];
    }

    // The type is a constant in the SQL, so that the partial index of these rare entries serves it.
    public async Task<ImmutableArray<AuditLeaf>> UnmanagedAsync(int limit, CancellationToken cancellation)
    {
        await using var read = database.Read();
        var rows = await read.Leaves.Where(row => row.Type == AuditTypes.ChangeUnmanaged)
            .OrderByDescending(row => row.Sequence).Take(Math.Clamp(limit, 0, MostLeaves)).ToListAsync(cancellation);
        return [.. rows.Select(Leaf)];
    }

    // Verifying reads the whole log: it gets a thread and a connection of its own.
    public Task<AuditVerification> VerifyAsync(CancellationToken cancellation) =>
        Task.Run(
            () =>
            {
                using var session = new Session(database.Dialect.Connect());
                return new LogVerification(session).Run(cancellation);
            },
            cancellation);

    private static byte[]? Tile(Session session, TilePath path)
    {
        if (session.Scalar("SELECT data FROM audit_tile WHERE level = @level AND idx = @index", path.Level, path.Index) is byte[] full)
            return full[..(path.Width * MerkleTree.HashLength)];
        if (path.IsFull) return null;
        var from = path.Index * TiledTree.Width;
        var hashes = path.Level == 0
            ? session.Query(
                "SELECT hash FROM audit_leaf WHERE seq >= @from AND seq < @to ORDER BY seq", row => row.GetFieldValue<byte[]>(0), from, from + path.Width)
            : session.Query(
                "SELECT root FROM audit_tile WHERE level = @level AND idx >= @from AND idx < @to ORDER BY idx",
                row => row.GetFieldValue<byte[]>(0), path.Level - 1, from, from + path.Width);
        return hashes.Count == path.Width ? [.. hashes.SelectMany(hash => hash)] : null;
    }

    private Task<T> OfSession<T>(Func<Session, T> read, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        return Task.FromResult(read(session));
    }

    private static AuditLeaf Leaf(LeafRow row) => new(row.Sequence, row.Body, row.Hash);
}
