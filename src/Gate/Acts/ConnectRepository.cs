using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>Registers the gate's webhook on a repository, or repairs the one that is there.</summary>
public sealed record ConnectRepository(Caller Caller, RepositoryKey Repository) : IAct<HookRegistration>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.ConfigChanged,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("repo", Repository.ToString()),
        Attributes = AuditDraft.NoAttributes.Add("what", "webhook"),
    };
}

/// <summary>Asks the repository's forge.</summary>
public sealed class ConnectRepositoryHandler(GateConfiguration configuration, IEnumerable<IForge> forges)
    : IRequestHandler<ConnectRepository, ActAnswer<HookRegistration>>
{
    public async Task<ActAnswer<HookRegistration>> Handle(ConnectRepository request, CancellationToken cancellationToken)
    {
        var connection = configuration.Connections.FirstOrDefault(one => one.Name == request.Repository.Connection);
        var forge = connection is null ? null : forges.FirstOrDefault(one => one.Name == connection.Forge);
        if (connection is null || forge is null)
        {
            return new ActAnswer<HookRegistration>.Missing($"there is no connection `{request.Repository.Connection}` in gate.yaml");
        }

        try
        {
            var address = $"{configuration.PublicUrl}/hooks/{connection.Name}";
            var hook = await forge.RegisterHookAsync(connection, request.Repository, address, cancellationToken);
            return new ActAnswer<HookRegistration>.Done(hook);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return new ActAnswer<HookRegistration>.Missing(trouble.Message);
        }
        catch (ForgeTroubleException trouble)
        {
            return new ActAnswer<HookRegistration>.Refused(trouble.Message, trouble.RetryAfter);
        }
    }
}
