using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage.Reading;

/// <summary>Reads the audit log.</summary>
internal sealed class AuditReader(Database database) : IAuditReader
{
    private const int MostLeaves = 4096;

    public async Task<AuditHead> HeadAsync(CancellationToken cancellation)
    {
        await using var read = database.Read();
        var row = await read.Heads.OrderByDescending(head => head.Size).FirstOrDefaultAsync(cancellation);
        return row is null
            ? new AuditHead(0, MerkleTree.EmptyRoot, DateTimeOffset.UnixEpoch)
            : new AuditHead(row.Size, row.Root, DateTimeOffset.FromUnixTimeMilliseconds(row.TimeMilliseconds));
    }

    public async Task<ImmutableArray<AuditLeaf>> ReadAsync(long from, int count, CancellationToken cancellation)
    {
        var to = from + Math.Clamp(count, 0, MostLeaves);
        await using var read = database.Read();
        var rows = await read.Leaves.Where(row => row.Sequence >= from && row.Sequence < to)
            .OrderBy(row => row.Sequence).ToListAsync(cancellation);
        return [.. rows.Select(Leaf)];
    }

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

    private static AuditLeaf Leaf(LeafRow row) => new(row.Sequence, row.Body, row.Hash);
}
