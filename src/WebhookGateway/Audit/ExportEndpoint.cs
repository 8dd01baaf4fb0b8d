using GitOpsGate.Acts;
using GitOpsGate.Exports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Api;
using MediatR;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>Evidence as one file: <c>/audit/v1/export</c>.</summary>
internal static class ExportEndpoint
{
    private const string Zip = "application/zip";

    public static void MapExport(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/audit/v1").RequireAuthorization(Schemes.Viewer).WithTags("audit log");
        audit.MapGet("/export", ExportAsync).WithName("DownloadEvidence").Describe();
        audit.MapPost("/export", ExportAsync).WithName("ExportEvidence").Describe();
    }

    /// <summary>The act of a caller who asks now.</summary>
    public static ExportEvidence Act(HttpContext context, TimeProvider clock, ExportQuery query) =>
        new(Schemes.CallerOf(context.User), $"x_{Guid.CreateVersion7(clock.GetUtcNow()):N}", query);

    /// <summary>The bundle as a download; its file is gone when it was sent.</summary>
    public static IResult Download(EvidenceFile file, ExportQuery query, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        var day = (DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return Results.Stream(file.Content, Zip, $"evidence-{day(query.From)}-{day(query.To)}.zip");
    }

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder route) => route
        .WithSummary("The entries of a period with their proof, the reports that follow from them, and what checks them offline")
        .Produces(StatusCodes.Status200OK, contentType: Zip)
        .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status409Conflict);

    private static async Task<IResult> ExportAsync(
        [AsParameters] ExportParameters asked, HttpContext context, IMediator acts, TimeProvider clock, CancellationToken cancellation)
    {
        var query = new ExportQuery(asked.From, asked.To)
        {
            Environment = asked.Environment,
            Previous = asked.Previous,
            Sample = asked.Sample,
            Nonce = asked.Nonce,
            Discloses = asked.Disclose ?? false,
        };
        var answer = await acts.Send(Act(context, clock, query), cancellation);
        return answer is ActAnswer<EvidenceFile>.Done(var file) ? Download(file, query, context) : ActResults.Of(answer, context, made => made.Bundle);
    }
}

/// <summary>What an export is asked for, in the address.</summary>
/// <param name="From">The period's first instant.</param>
/// <param name="To">The instant after the period.</param>
/// <param name="Environment">Whose deployments are reported; all without it.</param>
/// <param name="Previous">The size of an earlier checkpoint.</param>
/// <param name="Sample">How many rows are drawn.</param>
/// <param name="Nonce">The auditor's words that they are drawn from.</param>
/// <param name="Disclose">Whether names and reasons are disclosed, which an admin alone may have.</param>
internal sealed record ExportParameters(
    DateTimeOffset From, DateTimeOffset To, string? Environment, long? Previous, int? Sample, string? Nonce, bool? Disclose);
