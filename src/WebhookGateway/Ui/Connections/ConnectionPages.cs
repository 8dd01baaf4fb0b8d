using System.Collections.Immutable;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Connections;

/// <summary>The links to forges, and how many calls they still take.</summary>
internal static class ConnectionPages
{
    public static void MapConnectionPages(this IEndpointRouteBuilder routes) => routes.MapGet("/connections", List);

    private static RazorComponentResult<ConnectionsPage> List(GateConfiguration configuration, IForgeBudgets budgets, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new RazorComponentResult<ConnectionsPage>(new
        {
            Rows = configuration.Connections.OrderBy(one => one.Name.Value, StringComparer.Ordinal)
                .Select(one => ConnectionRow.Of(one, configuration.PublicUrl, budgets.Of(one.Name), now)).ToImmutableArray(),
        });
    }
}
