using System.Collections.Immutable;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>Signed checkpoints, and their witnesses' lines. Read without the pages' model: each start asks for the newest one.</summary>
internal sealed class CheckpointStore(Database database) : ICheckpointStore
{
    public Task<StoredCheckpoint?> NewestAsync(CancellationToken cancellation) => AtMostAsync(long.MaxValue, cancellation);

    public Task<StoredCheckpoint?> AtMostAsync(long size, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        var rows = session.Query(
            "SELECT size, signed_ms, note FROM audit_checkpoint WHERE size <= @size ORDER BY size DESC, signed_ms DESC LIMIT 1",
            row => new StoredCheckpoint(row.GetInt64(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetString(2)), size);
        return Task.FromResult(rows.FirstOrDefault());
    }

    public Task AddAsync(StoredCheckpoint checkpoint, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session => session.Sql.Execute(
                "INSERT INTO audit_checkpoint (size, signed_ms, note) VALUES (@size, @signed, @note) ON CONFLICT (size, signed_ms) DO NOTHING",
                checkpoint.Size, checkpoint.SignedAt.ToUnixTimeMilliseconds(), checkpoint.Note),
            cancellation);

    public Task AddLineAsync(long size, string witness, DateTimeOffset at, string line, CancellationToken cancellation) =>
        database.Writer.WriteAsync(
            session => session.Sql.Execute(
                "INSERT INTO audit_cosignature (size, witness, at_ms, line) VALUES (@size, @witness, @at, @line) ON CONFLICT (size, witness, at_ms) DO NOTHING",
                size, witness, at.ToUnixTimeMilliseconds(), line),
            cancellation);

    public Task<ImmutableArray<string>> LinesAsync(long size, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        var rows = session.Query(
            "SELECT witness, line FROM audit_cosignature WHERE size = @size ORDER BY witness, at_ms DESC",
            row => (Witness: row.GetString(0), Line: row.GetString(1)), size);
        return Task.FromResult<ImmutableArray<string>>([.. rows.DistinctBy(row => row.Witness).Select(row => row.Line)]);
    }

    public Task<ImmutableArray<WitnessLine>> NewestLinesAsync(int most, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        var rows = session.Query(
            "SELECT size, witness, at_ms, line FROM audit_cosignature ORDER BY size DESC, witness, at_ms DESC LIMIT @most",
            row => new WitnessLine(row.GetInt64(0), row.GetString(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), row.GetString(3)), most);
        return Task.FromResult<ImmutableArray<WitnessLine>>([.. rows]);
    }
}
