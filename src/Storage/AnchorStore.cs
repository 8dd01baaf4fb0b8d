using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>Checkpoints that others hold on to.</summary>
internal sealed class AnchorStore(Database database) : IAnchorStore
{
    private const string Columns = "size, kind, at_ms, ref, note, proof";

    public Task AddAsync(Anchor anchor, CancellationToken cancellation) => database.Writer.WriteAsync(
        session => session.Sql.Execute(
            $"INSERT INTO audit_anchor ({Columns}) VALUES (@size, @kind, @at, @ref, @note, @proof) ON CONFLICT (kind, size, at_ms) DO NOTHING",
            anchor.Size, Anchor.WordOf(anchor.Kind), anchor.At.ToUnixTimeMilliseconds(), anchor.Reference, anchor.Note, anchor.Proof?.ToArray()),
        cancellation);

    public Task<ImmutableArray<Anchor>> NewestAsync(int limit, CancellationToken cancellation) => QueryAsync(
        $"SELECT {Columns} FROM audit_anchor ORDER BY at_ms DESC, size DESC, kind LIMIT @limit", cancellation, limit);

    public async Task<Anchor?> LastAsync(AnchorKind kind, CancellationToken cancellation) => First(await QueryAsync(
        $"SELECT {Columns} FROM audit_anchor WHERE kind = @kind ORDER BY at_ms DESC, size DESC LIMIT 1", cancellation, Anchor.WordOf(kind)));

    public async Task<Anchor?> CoveringAsync(AnchorKind kind, long end, long size, CancellationToken cancellation)
    {
        var covering = await QueryAsync(
            $"SELECT {Columns} FROM audit_anchor WHERE kind = @kind AND size >= @end AND size <= @size ORDER BY size, at_ms LIMIT 1",
            cancellation, Anchor.WordOf(kind), end, size);
        return First(covering) ?? First(await QueryAsync(
            $"SELECT {Columns} FROM audit_anchor WHERE kind = @kind AND size <= @size ORDER BY size DESC, at_ms LIMIT 1",
            cancellation, Anchor.WordOf(kind), size));
    }

    private static Anchor? First(ImmutableArray<Anchor> rows) => rows.IsEmpty ? null : rows[0];

    private Task<ImmutableArray<Anchor>> QueryAsync(string sql, CancellationToken cancellation, params object?[] values)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        return Task.FromResult<ImmutableArray<Anchor>>([.. session.Query(sql, Read, values)]);
    }

    private static Anchor Read(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1) == Anchor.WordOf(AnchorKind.Git) ? AnchorKind.Git : AnchorKind.Timestamp,
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), row.GetString(3), row.GetString(4),
        row.IsDBNull(5) ? default(ReadOnlyMemory<byte>?) : row.GetFieldValue<byte[]>(5));
}
