using System.Globalization;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>Makes an obligation that was given up wait again.</summary>
public sealed record RetryObligation(Caller Caller, long Obligation) : IAct<long>
{
    public Role Needs => Role.Operator;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.ObligationRetried,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("obligation", Obligation.ToString(CultureInfo.InvariantCulture)),
    };
}

/// <summary>Takes the obligation out of the dead letters.</summary>
public sealed class RetryObligationHandler(IObligationOutbox outbox, TimeProvider clock)
    : IRequestHandler<RetryObligation, ActAnswer<long>>
{
    public async Task<ActAnswer<long>> Handle(RetryObligation request, CancellationToken cancellationToken) =>
        await outbox.RetryAsync(request.Obligation, clock.GetUtcNow(), cancellationToken)
            ? new ActAnswer<long>.Done(request.Obligation)
            : new ActAnswer<long>.Missing($"obligation `{request.Obligation}` is not among the dead letters, or a newer one has taken its place");
}
