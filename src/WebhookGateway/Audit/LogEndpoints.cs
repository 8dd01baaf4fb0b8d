using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Audit.Anchors;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>
/// The audit log as any transparency log client reads it (C2SP tlog-tiles): checkpoint, tiles and bundles of entries below
/// <c>/audit/v1/log/{SHA-256 of the origin}</c>; beside it proofs of single entries, and the entries as lines.
/// </summary>
internal static class LogEndpoints
{
    private const string Octets = "application/octet-stream";
    private const string Text = "text/plain; charset=utf-8";

    public static void MapLog(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/audit/v1").RequireAuthorization(Schemes.Viewer).WithTags("audit log");
        audit.MapGet("/log/{origin}/checkpoint", CheckpointAsync).WithName("ReadCheckpoint").WithSummary("The log's head as a signed note (C2SP tlog-checkpoint)");
        audit.MapGet("/log/{origin}/witnessed", WitnessedAsync).WithName("ReadWitnessedCheckpoint")
            .WithSummary("The newest checkpoint that a quorum of witnesses has cosigned, with their lines");
        audit.MapGet("/log/{origin}/tile/{**path}", TileAsync).WithName("ReadTile").WithSummary("A tile or a bundle of entries (C2SP tlog-tiles)");
        audit.MapGet("/keys.json", KeysAsync).WithName("ReadLogKeys").WithSummary("The keys that checkpoints verify with, and where the log is");
        audit.MapGet("/proof/{index:long}", ProofAsync).WithName("ReadProof").WithSummary("All that shows that one entry stands in the log (C2SP tlog-proof)");
        audit.MapGet("/consistency", ConsistencyAsync).WithName("ReadConsistency").WithSummary("The hashes that show that one size continues another, one in a line");
        audit.MapGet("/anchors", AnchorEndpoint.ListAsync).WithName("ListAnchors").WithSummary("Who else holds the log's checkpoints: commits and time stamps, newest first");
        audit.MapGet("/events", EventsEndpoint.ReadAsync).WithName("ReadEvents")
            .WithSummary("Entries after an index, nothing ever left out: their canonical bytes one in a line, or a view of them");
    }

    /// <summary>How an origin is written in addresses: the lower-case hex of its SHA-256.</summary>
    public static string HashOf(string origin) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)));

    private static async Task<IResult> CheckpointAsync(string origin, CheckpointDesk desk, HttpContext context, CancellationToken cancellation)
    {
        if (await desk.CurrentAsync(cancellation) is not { } note || HashOf(Checkpoint.Parse(note.Text).Origin) != origin) return Results.NotFound();
        context.Response.Headers.CacheControl = "private, max-age=1";
        return Results.Text(note.ToString(), Text);
    }

    private static async Task<IResult> WitnessedAsync(string origin, WitnessedHead witnessed, HttpContext context, CancellationToken cancellation)
    {
        if (await witnessed.NewestAsync(cancellation) is not { } note || HashOf(Checkpoint.Parse(note.Text).Origin) != origin) return Results.NotFound();
        context.Response.Headers.CacheControl = "private, max-age=1";
        return Results.Text(note.ToString(), Text);
    }

    private static async Task<IResult> TileAsync(
        string origin, string path, CheckpointDesk desk, IAuditReader reader, HttpContext context, CancellationToken cancellation)
    {
        if (!TilePath.TryParse($"tile/{path}", out var tile)) return Results.NotFound();
        // What no checkpoint covers has not been given out, and a crash could still take it away.
        if (await desk.CurrentAsync(cancellation) is not { } note) return Results.NotFound();
        var checkpoint = Checkpoint.Parse(note.Text);
        if (HashOf(checkpoint.Origin) != origin || !IsCovered(tile, checkpoint.Size)) return Results.NotFound();
        var bytes = tile.Level == TilePath.Entries ? await BundleAsync(reader, tile, cancellation) : await reader.TileAsync(tile, cancellation);
        if (bytes is not { } found) return Results.NotFound();
        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        return Results.Bytes(found, Octets);
    }

    private static bool IsCovered(TilePath tile, long size)
    {
        var count = tile.Level == TilePath.Entries ? size : tile.Level < 8 ? size >> (8 * tile.Level) : 0;
        return tile.Index <= (count - tile.Width) / TiledTree.Width && (tile.Index * TiledTree.Width) + tile.Width <= count;
    }

    private static async Task<ReadOnlyMemory<byte>?> BundleAsync(IAuditReader reader, TilePath tile, CancellationToken cancellation)
    {
        var leaves = await reader.ReadAsync(tile.Index * TiledTree.Width, tile.Width, cancellation);
        return leaves.Length == tile.Width ? EntryBundle.Write(leaves.Select(leaf => leaf.Bytes)) : null;
    }

    private static async Task<IResult> KeysAsync(CheckpointDesk desk, CancellationToken cancellation)
    {
        if (await desk.KeysAsync(cancellation) is not { } keys) return Results.NotFound();
        using var json = new MemoryStream();
        // A key holds `+`, which people copy from here.
        await using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("log", $"/audit/v1/log/{HashOf(keys.Origin)}");
            keys.WriteTo(writer);
            writer.WriteEndObject();
        }

        return Results.Bytes(json.ToArray(), "application/json");
    }

    private static async Task<IResult> ProofAsync(long index, CheckpointDesk desk, HttpContext context, CancellationToken cancellation)
    {
        if (await desk.ProofAsync(index, cancellation) is not { } proof) return Results.NotFound();
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"entry-{index}.tlog-proof\"";
        return Results.Text(proof.ToString(), Text);
    }

    private static async Task<IResult> ConsistencyAsync(long from, long to, AuditProofs proofs, IAuditReader reader, CancellationToken cancellation)
    {
        if (from < 0 || to < from || to > (await reader.HeadAsync(cancellation)).Size) return Results.NotFound();
        var hashes = await proofs.ConsistencyAsync(from, to, cancellation);
        return Results.Text(string.Concat(hashes.Select(hash => Convert.ToBase64String(hash) + "\n")), Text);
    }
}
