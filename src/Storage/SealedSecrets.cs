using System.Collections.Immutable;
using GitOpsGate.Ports;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage;

/// <summary>Sealed secrets by name.</summary>
internal sealed class SealedSecrets(Database database) : ISealedSecrets
{
    public Task SetAsync(string name, ReadOnlyMemory<byte> seal, DateTimeOffset now, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session => session.Sql.Execute(
                """
                INSERT INTO secret (name, seal, changed_ms) VALUES (@name, @seal, @changed)
                ON CONFLICT (name) DO UPDATE SET seal = excluded.seal, changed_ms = excluded.changed_ms
                """,
                name, seal.ToArray(), now.ToUnixTimeMilliseconds()),
            cancellation);

    public async Task<ReadOnlyMemory<byte>?> FindAsync(string name, CancellationToken cancellation)
    {
        await using var read = database.Read();
        var seal = await read.Secrets.Where(row => row.Name == name).Select(row => row.Seal).FirstOrDefaultAsync(cancellation);
        // An absent array would become an empty memory, which is something else than none.
        return seal is null ? (ReadOnlyMemory<byte>?)null : seal;
    }

    public async Task<ImmutableArray<StoredSecretName>> NamesAsync(CancellationToken cancellation)
    {
        await using var read = database.Read();
        var rows = await read.Secrets.Select(row => new { row.Name, row.ChangedMilliseconds }).ToListAsync(cancellation);
        // Ordered here: a database's collation is its own.
        return
        [
            .. rows.OrderBy(row => row.Name, StringComparer.Ordinal)
                .Select(row => new StoredSecretName(row.Name, DateTimeOffset.FromUnixTimeMilliseconds(row.ChangedMilliseconds))),
        ];
    }

    public Task<bool> RemoveAsync(string name, CancellationToken cancellation) =>
        database.Writer.WriteAsync(session => session.Sql.Execute("DELETE FROM secret WHERE name = @name", name) == 1, cancellation);
}
