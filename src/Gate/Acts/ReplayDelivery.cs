using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>
/// Makes a stored delivery walk through the house once more. Harmless: a ruling for unchanged facts says the same.
/// </summary>
public sealed record ReplayDelivery(Caller Caller, DeliveryId Delivery) : IAct<DeliveryId>
{
    public Role Needs => Role.Operator;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.DeliveryReplayed,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("delivery", Delivery.ToString()),
    };
}

/// <summary>Puts the delivery back into the inbox.</summary>
public sealed class ReplayDeliveryHandler(IDeliveryInbox inbox, IGateReader reader, TimeProvider clock)
    : IRequestHandler<ReplayDelivery, ActAnswer<DeliveryId>>
{
    public async Task<ActAnswer<DeliveryId>> Handle(ReplayDelivery request, CancellationToken cancellationToken)
    {
        if (await inbox.ReplayAsync(request.Delivery, clock.GetUtcNow(), cancellationToken)) return new ActAnswer<DeliveryId>.Done(request.Delivery);
        return await reader.DeliveryAsync(request.Delivery, cancellationToken) is { Gone: { } why }
            ? new ActAnswer<DeliveryId>.Refused($"delivery `{request.Delivery}` cannot be replayed: {why}")
            : new ActAnswer<DeliveryId>.Missing($"there is no delivery `{request.Delivery}`");
    }
}
