using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.WebhookGateway.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Rulings;

/// <summary>One ruling, and the evidence it rests on.</summary>
internal static class RulingPages
{
    /// <summary>How many obligations of a change request are looked through for those of one ruling.</summary>
    private const int MostObligations = 500;

    public static void MapRulingPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/rulings/{id:guid}", ShowAsync);
        routes.MapGet("/rulings/{id:guid}/evidence", EvidenceAsync);
    }

    private static async Task<IResult> ShowAsync(
        Guid id, ClaimsPrincipal user, IGateReader reader, TimeProvider clock, CancellationToken cancellation)
    {
        var stored = await reader.RulingAsync(new RulingId(id), cancellation);
        if (stored is null) return GateUi.Missing($"There is no ruling `{id}`.");
        if (!Schemes.CallerOf(user).May(Role.Operator)) stored = stored with { Ruling = stored.Ruling.ForEverybody() };
        var key = stored.Ruling.Revision.Change;
        var change = await reader.ChangeAsync(key, cancellation);
        var history = await reader.RulingsOfAsync(key, cancellation);
        var owed = await reader.ObligationsAsync(new ObligationFilter(null, key.ToString(), null, MostObligations), cancellation);
        var view = RulingView.Of(stored, change, history, owed.Items, clock.GetUtcNow());
        return new RazorComponentResult<RulingPage>(new { View = view });
    }

    private static async Task<IResult> EvidenceAsync(Guid id, IGateReader reader, CancellationToken cancellation) =>
        await reader.EvidenceAsync(new RulingId(id), cancellation) is { } evidence
            ? TypedResults.Bytes(evidence, "application/json")
            : GateUi.Missing($"There is no evidence of a ruling `{id}`; where it named somebody who was erased, it is gone.");
}
