using GitOpsGate.Acts;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Reconciling;

/// <summary>Notes which repositories were connected: the gate looks after their hooks from then on.</summary>
public sealed class RememberHook(IReconcileStore store) : IPipelineBehavior<ConnectRepository, ActAnswer<HookRegistration>>
{
    public async Task<ActAnswer<HookRegistration>> Handle(
        ConnectRepository request, CancellationToken cancellationToken, RequestHandlerDelegate<ActAnswer<HookRegistration>> next)
    {
        var answer = await next();
        // The hook is there now, whether or not the caller still listens.
        if (answer is ActAnswer<HookRegistration>.Done) await store.KnowHookAsync(request.Repository, isOurs: true, CancellationToken.None);
        return answer;
    }
}
