using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Composition;
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
        rulings.MapGet("/{id:guid}/replay", ReplayAsync).RequireAuthorization(Schemes.Operator).WithName("ReplayRuling")
            .WithSummary("Make a ruling again from its stored evidence, and say what comes out otherwise; nothing is changed");
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
            : GateApi.NotFound($"there is no evidence of a ruling `{id}`; where it named somebody who was erased, it is gone");

    private static async Task<Results<Ok<RulingAgainView>, ProblemHttpResult>> ReplayAsync(
        Guid id, IGateReader reader, IAuditReader audit, IServiceProvider services, CancellationToken cancellation)
    {
        // A gateway without workers takes in webhooks and has no policies.
        if (services.GetService<KeptGround>() is not { } kept || services.GetService<BundleEngines>() is not { } engines)
            return TypedResults.Problem("this gateway does not judge", statusCode: StatusCodes.Status409Conflict, title: "not done");
        if (await reader.RulingAsync(new RulingId(id), cancellation) is not { } stored) return GateApi.NotFound($"there is no ruling `{id}`");
        if (await reader.EvidenceAsync(new RulingId(id), cancellation) is not { } evidence)
            return GateApi.NotFound($"there is no evidence of a ruling `{id}`");
        if (await audit.ReadAsync(stored.AuditIndex, 1, cancellation) is not [var leaf])
            return GateApi.NotFound($"the audit log has no entry {stored.AuditIndex}, which would be that of ruling `{id}`");
        await engines.Opened.WaitAsync(cancellation);
        var ground = await kept.OfAsync(stored.Ruling, cancellation);
        var replayed = await new RulingReplay(ground.Configuration, ground.Engines).AgainAsync(stored.Ruling, evidence, leaf.Bytes, cancellation);
        replayed = replayed with { Differences = [.. ground.Problems, .. replayed.Differences] };
        return TypedResults.Ok(new RulingAgainView(
            id, replayed.IsSame, stored.Ruling.Verdict, replayed.Again?.Verdict, stored.AuditIndex, stored.Ruling.EvidenceDigest,
            replayed.Differences));
    }
}
