using System.Data;
using System.Data.Common;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Ports;
using Microsoft.Data.Sqlite;

namespace GitOpsGate.Storage.Reading;

/// <summary>Walks the stored log once, page by page, beside a tree that is derived from the leaf bytes alone.</summary>
internal sealed class LogVerification(Session sql)
{
    private const int PageLength = 4096;

    /// <summary>The log's name at the leaf that is looked at: it goes on under another one where entries were lost for good.</summary>
    private string? _origin;

    public AuditVerification Run(CancellationToken cancellation)
    {
        using var snapshot = Snapshot(sql.Connection);
        sql.Transaction = snapshot;
        var verifier = new AuditVerifier((string?)sql.Scalar("SELECT tenant FROM audit_log"));
        _origin = (string?)sql.Scalar("SELECT origin FROM audit_log");
        for (var from = 0L; ; from += PageLength)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!Page(verifier, from, from + PageLength)) break;
        }

        Totals(verifier);
        sql.Transaction = null;
        return new AuditVerification(verifier.Size, verifier.Root(), verifier.Problems());
    }

    /// <summary>A view of one moment, which neither sees what is appended meanwhile nor keeps anybody from appending.</summary>
    internal static DbTransaction Snapshot(DbConnection connection) =>
        connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(deferred: true)
            : connection.BeginTransaction(IsolationLevel.RepeatableRead);

    private bool Page(AuditVerifier verifier, long from, long to)
    {
        var leaves = sql.Query(
            """
            SELECT seq, id, time_ms, type, corr, actor, outcome, body, hash FROM audit_leaf
            WHERE seq >= @from AND seq < @to ORDER BY seq
            """,
            Leaf, from, to);
        if (leaves.Count == 0) return false;
        var heads = sql.Query(
            "SELECT size, root FROM audit_head WHERE size > @from AND size <= @to ORDER BY size",
            row => (Size: row.GetInt64(0), Root: row.GetFieldValue<byte[]>(1)), from, to).ToDictionary(head => head.Size, head => head.Root);
        var numbers = sql.Query(
            "SELECT pop, n, seq FROM audit_pop WHERE seq >= @from AND seq < @to ORDER BY seq, pop",
            row => new StoredNumber(row.GetString(0), row.GetInt64(1), row.GetInt64(2)), from, to).ToLookup(one => one.Index);
        var notes = sql.Query(
            "SELECT size, note FROM audit_checkpoint WHERE size > @from AND size <= @to ORDER BY size, signed_ms",
            row => (Size: row.GetInt64(0), Note: row.GetString(1)), from, to).ToLookup(one => one.Size, one => one.Note);
        foreach (var leaf in leaves)
        {
            if (verifier.Leaf(leaf) is { } fields) verifier.Numbers(fields, numbers[leaf.Index]);
            if (leaf.Columns.Type == AuditTypes.LogOpened) _origin = NameIn(leaf) ?? _origin;
            if (heads.TryGetValue(verifier.Size, out var root)) verifier.Head(verifier.Size, root);
            // The database does not hold the keys; who has them verifies the signatures (the start, a bundle's reader).
            foreach (var note in notes[verifier.Size]) verifier.Note(verifier.Size, note, _origin, []);
        }

        foreach (var tile in verifier.TakeFullTiles()) Tile(verifier, tile);
        return true;
    }

    private static string? NameIn(StoredLeaf leaf)
    {
        try
        {
            return LogMilestone.Read(new AuditLeaf(leaf.Index, leaf.Bytes, leaf.Hash)).Origin;
        }
        catch (InvalidDataException)
        {
            // A leaf that cannot be read is told as such, by its hash.
            return null;
        }
    }

    private void Tile(AuditVerifier verifier, Tile derived)
    {
        var stored = sql.Query(
            "SELECT data, root FROM audit_tile WHERE level = @level AND idx = @index",
            row => (Data: row.GetFieldValue<byte[]>(0), Root: row.GetFieldValue<byte[]>(1)), derived.Level, derived.Index);
        if (stored.Count == 0) verifier.Stored(derived, null, null);
        else verifier.Stored(derived, stored[0].Data, stored[0].Root);
    }

    /// <summary>Rows that no leaf accounts for, and a log without its newest head.</summary>
    private void Totals(AuditVerifier verifier)
    {
        var leaves = Count("SELECT count(*) FROM audit_leaf");
        if (leaves != verifier.Size) verifier.Problem($"audit_leaf: {leaves} leaves, but only {verifier.Size} follow one another from 0 on");
        var tiles = Count("SELECT count(*) FROM audit_tile");
        if (tiles != verifier.TileCount) verifier.Problem($"audit_tile: {tiles} tiles, the leaves make {verifier.TileCount}");
        var numbers = Count("SELECT count(*) FROM audit_pop");
        if (numbers != verifier.NumberCount) verifier.Problem($"audit_pop: {numbers} numbers, the leaves carry {verifier.NumberCount}");
        var newest = sql.Scalar("SELECT max(size) FROM audit_head") as long? ?? 0;
        if (newest != verifier.Size) verifier.Problem($"audit_head {newest}: the newest head should be of size {verifier.Size}");
        var later = Count($"SELECT count(*) FROM audit_checkpoint WHERE size < 1 OR size > {verifier.Size}");
        if (later > 0) verifier.Problem($"audit_checkpoint: {later} are of sizes that the log of {verifier.Size} leaves does not have");
        var logs = Count("SELECT count(*) FROM audit_log");
        if (logs != 1 && verifier.Size > 0) verifier.Problem($"audit_log: {logs} rows, there should be one");
    }

    private long Count(string query) => (long)sql.Scalar(query)!;

    private static StoredLeaf Leaf(DbDataReader row) => new(
        row.GetInt64(0), row.GetFieldValue<byte[]>(7), row.GetFieldValue<byte[]>(8),
        new LeafColumns(row.GetString(1), row.GetInt64(2), row.GetString(3), Text(row, 4), Text(row, 5), row.GetString(6)));

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
