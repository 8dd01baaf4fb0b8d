using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Acts;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Obligations;

/// <summary>What the gate owes, and trying dead letters again.</summary>
internal static class ObligationPages
{
    public static void MapObligationPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/obligations", ListAsync);
        routes.MapPost("/obligations/{id:long}/retry", RetryAsync);
    }

    private static async Task<RazorComponentResult<ObligationsPage>> ListAsync(
        string? show, string? after, string? notice, ClaimsPrincipal user, IGateReader reader, TimeProvider clock,
        CancellationToken cancellation)
    {
        var tab = ObligationsView.Filters.FirstOrDefault(tab => tab.Word == show, ObligationsView.Filters[0]);
        var page = await reader.ObligationsAsync(new ObligationFilter(tab.State, null, after, GateUi.PageLength), cancellation);
        var counts = await reader.CountsAsync(cancellation);
        return new RazorComponentResult<ObligationsPage>(new
        {
            View = ObligationsView.Of(tab.Word, page, counts, clock.GetUtcNow()),
            MayRetry = Schemes.CallerOf(user).May(Role.Operator),
            Notice = notice == "retried" ? "It will be tried again." : null,
        });
    }

    private static async Task<IResult> RetryAsync(
        long id, HttpContext context, IAntiforgery antiforgery, IMediator mediator, CancellationToken cancellation)
    {
        var act = new RetryObligation(Schemes.CallerOf(context.User), id);
        return await Acting.DoAsync(context, antiforgery, mediator, act, "/obligations?notice=retried", cancellation);
    }
}
