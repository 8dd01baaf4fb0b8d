using System.Collections.Immutable;
using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Connections;

/// <summary>The links to forges, how many calls they still take, and the form that sets repositories up.</summary>
internal static class ConnectionPages
{
    public static void MapConnectionPages(this IEndpointRouteBuilder routes) => routes.MapGet("/connections", ListAsync);

    private static async Task<RazorComponentResult<ConnectionsPage>> ListAsync(
        ClaimsPrincipal user, GateConfiguration configuration, IForgeBudgets budgets, IAccessStore access, TimeProvider clock,
        CancellationToken cancellation)
    {
        var lost = await access.LostAsync(cancellation);
        var now = clock.GetUtcNow();
        return new RazorComponentResult<ConnectionsPage>(new
        {
            Rows = configuration.Connections.OrderBy(one => one.Name.Value, StringComparer.Ordinal)
                .Select(one => ConnectionRow.Of(one, configuration.PublicUrl, budgets.Of(one.Name), now) with
                {
                    Lost = [.. lost.Where(place => place.Place.Connection == one.Name).Take(GateUi.PageLength).Select(place => LostRow.Of(place, now))],
                })
                .ToImmutableArray(),
            MayConnect = Schemes.CallerOf(user).May(Role.Admin),
            MayExamine = Schemes.CallerOf(user).May(Role.Operator),
        });
    }
}
