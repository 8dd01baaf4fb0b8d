using System.Diagnostics;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>The outer behaviour: a caller without the act's role gets no further, and the attempt is recorded.</summary>
public sealed class Authorise<TAct, TOutcome>(IGateStore store, TimeProvider clock) : IPipelineBehavior<TAct, ActAnswer<TOutcome>>
    where TAct : IAct<TOutcome>
{
    public async Task<ActAnswer<TOutcome>> Handle(
        TAct request, CancellationToken cancellationToken, RequestHandlerDelegate<ActAnswer<TOutcome>> next)
    {
        if (request.Caller.May(request.Needs)) return await next();
        await ActEntries.WriteAsync(store, clock, request, AuditOutcome.Deny, cancellationToken);
        return new ActAnswer<TOutcome>.Forbidden($"this needs the role `{request.Needs}`, the token has `{request.Caller.Role}`");
    }
}

/// <summary>
/// The inner behaviour: writes that the act is about to happen, and afterwards what came of it. A crash in between leaves the
/// first
/// entry, so that the log never knows less than happened.
/// </summary>
public sealed class RecordAct<TAct, TOutcome>(IGateStore store, TimeProvider clock) : IPipelineBehavior<TAct, ActAnswer<TOutcome>>
    where TAct : IAct<TOutcome>
{
    public async Task<ActAnswer<TOutcome>> Handle(
        TAct request, CancellationToken cancellationToken, RequestHandlerDelegate<ActAnswer<TOutcome>> next)
    {
        await ActEntries.WriteAsync(store, clock, request, AuditOutcome.Pending, cancellationToken);
        var outcome = AuditOutcome.Error;
        try
        {
            var answer = await next();
            outcome = answer switch
            {
                ActAnswer<TOutcome>.Forbidden => AuditOutcome.Deny,
                ActAnswer<TOutcome>.Missing => AuditOutcome.Failure,
                ActAnswer<TOutcome>.Refused => AuditOutcome.Failure,
                ActAnswer<TOutcome>.Done => AuditOutcome.Success,
                _ => throw new UnreachableException(),
            };
            return answer;
        }
        finally
        {
            // The act has happened or not; a caller who hung up does not change what is written.
            await ActEntries.WriteAsync(store, clock, request, outcome, CancellationToken.None);
        }
    }
}

internal static class ActEntries
{
    public static Task WriteAsync<TOutcome>(
        IGateStore store, TimeProvider clock, IAct<TOutcome> act, AuditOutcome outcome, CancellationToken cancellation)
    {
        var entry = act.Entry with { Outcome = outcome, Actor = new AuditActor("user", act.Caller.Reference) };
        return store.RecordAsync(new Record { Entries = [entry], At = clock.GetUtcNow() }, cancellation);
    }
}
