using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>Rulings and the evidence that they rest on.</summary>
internal static class RulingsApi
{
    public static void MapRulings(this RouteGroupBuilder api)
    {
        var rulings = api.MapGroup("/rulings").WithTags("rulings");
        rulings.MapGet("/{id:guid}", ShowAsync).WithName("ShowRuling").WithSummary("One ruling with its reasons and the way to green");
        rulings.MapGet("/{id:guid}/evidence", EvidenceAsync).WithName("ShowEvidence")
            .WithSummary("The canonical evidence of a ruling, byte for byte as its digest was taken");
    }

    private static async Task<Results<Ok<RulingView>, ProblemHttpResult>> ShowAsync(
        Guid id, IGateReader reader, CancellationToken cancellation) =>
        await reader.RulingAsync(new RulingId(id), cancellation) is { } ruling
            ? TypedResults.Ok(RulingView.Of(ruling))
            : GateApi.NotFound($"there is no ruling `{id}`");

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> EvidenceAsync(
        Guid id, IGateReader reader, CancellationToken cancellation) =>
        await reader.EvidenceAsync(new RulingId(id), cancellation) is { } evidence
            ? TypedResults.Bytes(evidence, "application/json")
            : GateApi.NotFound($"there is no evidence of a ruling `{id}`");
}
