using GitOpsGate.Acts;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Configuration;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Api;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Audit.Links;

/// <summary>
/// What the holder of an auditor's link reads, all below <c>/audit/v1/link</c>: the evidence, the entries and the proofs of the link's period, and the
/// checkpoint that they are proven against. Nothing else opens to it, and each reading is in the log before it is answered.
/// </summary>
internal static class LinkEndpoints
{
    private const string Text = "text/plain; charset=utf-8";

    public static void MapLinks(this IEndpointRouteBuilder routes)
    {
        var link = routes.MapGroup("/audit/v1/link").RequireAuthorization(Schemes.Auditor).WithTags("auditor's link");
        link.MapGet("", ShowAsync).WithName("ShowLink").WithSummary("What this link lets its holder read, and the key that it verifies with")
            .Produces<LinkContentView>();
        link.MapGet("/export", ExportAsync).WithName("DownloadLinkEvidence").WithSummary("The bundle of evidence of the link's period")
            .Produces(StatusCodes.Status200OK, contentType: "application/zip");
        link.MapGet("/events", EventsAsync).WithName("ReadLinkEvents").WithSummary("The period's entries after an index, in one of the views");
        link.MapGet("/proof/{index:long}", ProofAsync).WithName("ReadLinkProof").WithSummary("All that shows that one entry of the period stands in the log");
        link.MapGet("/checkpoint", CheckpointAsync).WithName("ReadLinkCheckpoint").WithSummary("The log's head as a signed note");
    }

    private static ProblemHttpResult Closed() =>
        TypedResults.Problem("this link has expired or was taken back; ask for a new one", statusCode: StatusCodes.Status403Forbidden, title: "not allowed");

    private static async Task<IResult> ShowAsync(LinkDesk desk, CheckpointDesk checkpoints, HttpContext context, CancellationToken cancellation)
    {
        if (await desk.OpenAsync(context.User, cancellation) is not { } link) return Closed();
        await desk.RecordAsync(link, "page");
        var key = (await checkpoints.KeysAsync(cancellation))?.Current;
        return TypedResults.Ok(new LinkContentView(link.From, link.To, link.Environment, link.ExpiresAt, key?.Name ?? "", key?.ToString() ?? ""));
    }

    private static async Task<IResult> ExportAsync(
        [AsParameters] LinkExportParameters asked, LinkDesk desk, HttpContext context, IMediator acts, TimeProvider clock, CancellationToken cancellation)
    {
        if (await desk.OpenAsync(context.User, cancellation) is not { } link) return Closed();
        var query = link.Query with { Previous = asked.Previous, Sample = asked.Sample, Nonce = asked.Nonce };
        var act = new DownloadEvidence(Schemes.CallerOf(context.User), $"x_{Guid.CreateVersion7(clock.GetUtcNow()):N}", query);
        var answer = await acts.Send(act, cancellation);
        return answer is ActAnswer<EvidenceFile>.Done(var file)
            ? ExportEndpoint.Download(file, query, context)
            : ActResults.Of(answer, context, made => made.Bundle);
    }

    private static async Task<IResult> EventsAsync(
        [AsParameters] EventsParameters asked, LinkDesk desk, LinkLog log, HttpContext context, CancellationToken cancellation)
    {
        if (await desk.OpenAsync(context.User, cancellation) is not { } link) return Closed();
        if (EntryView.Find(asked.View ?? EntryView.Jsonl.Name) is not { } view) return EventsEndpoint.UnknownView(asked.View);
        var places = await desk.PlacesAsync(link, cancellation);
        var from = Math.Max(places.First, (asked.After ?? -1) + 1);
        var count = (int)Math.Clamp(places.End - from, 0, EventsEndpoint.Limit(asked.Limit));
        await desk.RecordAsync(link, "events", from, count);
        var leaves = count == 0 ? [] : await log.Reader.ReadAsync(from, count, cancellation);
        context.Response.Headers.CacheControl = "no-store";
        return EventsEndpoint.Answer(view, leaves, await EventsEndpoint.PlaceAsync(log.Reader, log.Configuration, cancellation), context);
    }

    private static async Task<IResult> ProofAsync(
        long index, LinkDesk desk, CheckpointDesk checkpoints, HttpContext context, CancellationToken cancellation)
    {
        if (await desk.OpenAsync(context.User, cancellation) is not { } link) return Closed();
        var places = await desk.PlacesAsync(link, cancellation);
        if (!places.Holds(index)) return GateApi.NotFound($"entry {index} is not of the period that this link is for");
        await desk.RecordAsync(link, "proof", index, 1);
        if (await checkpoints.ProofAsync(index, cancellation) is not { } proof) return GateApi.NotFound($"there is no entry {index}");
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"entry-{index}.tlog-proof\"";
        context.Response.Headers.CacheControl = "no-store";
        return Results.Text(proof.ToString(), Text);
    }

    private static async Task<IResult> CheckpointAsync(LinkDesk desk, CheckpointDesk checkpoints, HttpContext context, CancellationToken cancellation)
    {
        if (await desk.OpenAsync(context.User, cancellation) is not { } link) return Closed();
        await desk.RecordAsync(link, "checkpoint");
        context.Response.Headers.CacheControl = "no-store";
        return await checkpoints.CurrentAsync(cancellation) is { } note ? Results.Text(note.ToString(), Text) : GateApi.NotFound("the log has no signed entry yet");
    }
}

/// <summary>The log that links read from.</summary>
internal sealed record LinkLog(IAuditReader Reader, GateConfiguration Configuration);

/// <summary>What the auditor may choose beside the link's own period.</summary>
/// <param name="Previous">The size of an earlier checkpoint.</param>
/// <param name="Sample">How many rows are drawn.</param>
/// <param name="Nonce">The auditor's words that they are drawn from.</param>
internal sealed record LinkExportParameters(long? Previous, int? Sample, string? Nonce);
