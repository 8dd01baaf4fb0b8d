using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Acts;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Deliveries;

/// <summary>Deliveries, one delivery, and replaying it.</summary>
internal static class DeliveryPages
{
    public static void MapDeliveryPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/deliveries", ListAsync);
        routes.MapGet("/deliveries/{id:guid}", ShowAsync);
        routes.MapPost("/deliveries/{id:guid}/replay", ReplayAsync);
    }

    private static async Task<RazorComponentResult<DeliveriesPage>> ListAsync(
        string? show, string? after, string? notice, IGateReader reader, TimeProvider clock, CancellationToken cancellation)
    {
        var tab = DeliveriesView.Filters.FirstOrDefault(tab => tab.Word == show, DeliveriesView.Filters[0]);
        var page = await reader.DeliveriesAsync(new DeliveryFilter(tab.State, null, after, GateUi.PageLength), cancellation);
        var counts = await reader.CountsAsync(cancellation);
        return new RazorComponentResult<DeliveriesPage>(new
        {
            View = DeliveriesView.Of(tab.Word, page, counts, clock.GetUtcNow()),
            Notice = notice == "replayed" ? "The delivery waits again." : null,
        });
    }

    private static async Task<IResult> ShowAsync(
        Guid id, ClaimsPrincipal user, IGateReader reader, TimeProvider clock, CancellationToken cancellation)
    {
        var stored = await reader.DeliveryAsync(new DeliveryId(id), cancellation);
        if (stored is null) return GateUi.Missing($"There is no delivery `{id}`.");
        return new RazorComponentResult<DeliveryPage>(new
        {
            View = DeliveryView.Of(stored, clock.GetUtcNow()),
            MayReplay = Schemes.CallerOf(user).May(Role.Operator),
        });
    }

    private static async Task<IResult> ReplayAsync(
        Guid id, HttpContext context, IAntiforgery antiforgery, IMediator mediator, CancellationToken cancellation)
    {
        var act = new ReplayDelivery(Schemes.CallerOf(context.User), new DeliveryId(id));
        return await Acting.DoAsync(context, antiforgery, mediator, act, "/deliveries?notice=replayed", cancellation);
    }
}
