using GitOpsGate.Acts;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>Webhook calls that passed the door.</summary>
internal static class DeliveriesApi
{
    public static void MapDeliveries(this RouteGroupBuilder api)
    {
        var deliveries = api.MapGroup("/deliveries").WithTags("deliveries");
        deliveries.MapGet("/", ListAsync).WithName("ListDeliveries").WithSummary("Deliveries, newest first");
        deliveries.MapGet("/{id:guid}", ShowAsync).WithName("ShowDelivery").WithSummary("One delivery with its body, or why that is gone");
        deliveries.MapPost("/{id:guid}/replay", ReplayAsync).WithName("ReplayDelivery")
            .WithSummary("Walk a stored delivery through the gate again");
    }

    private static async Task<Results<Ok<PageView<DeliveryView>>, ProblemHttpResult>> ListAsync(
        string? state, string? connection, string? after, int? limit, IGateReader reader, CancellationToken cancellation)
    {
        if (!GateApi.TryWord<DeliveryState>(state, out var wanted)) return GateApi.UnknownWord<DeliveryState>("state", state);
        var page = await reader.DeliveriesAsync(new DeliveryFilter(wanted, connection, after, GateApi.Limit(limit)), cancellation);
        return TypedResults.Ok(new PageView<DeliveryView>([.. page.Items.Select(DeliveryView.Of)], page.Next));
    }

    private static async Task<Results<Ok<DeliveryBodyView>, ProblemHttpResult>> ShowAsync(
        Guid id, IGateReader reader, CancellationToken cancellation) =>
        await reader.DeliveryAsync(new DeliveryId(id), cancellation) is { } stored
            ? TypedResults.Ok(new DeliveryBodyView(DeliveryView.Of(stored.Summary), stored.Delivery.Headers, stored.Delivery.Body, stored.Gone))
            : GateApi.NotFound($"there is no delivery `{id}`");

    private static async Task<Results<Ok<ReplayView>, ProblemHttpResult>> ReplayAsync(
        Guid id, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var answer = await acts.Send(new ReplayDelivery(Schemes.CallerOf(context.User), new DeliveryId(id)), cancellation);
        return ActResults.Of(answer, context, delivery => new ReplayView(delivery.Value));
    }
}
