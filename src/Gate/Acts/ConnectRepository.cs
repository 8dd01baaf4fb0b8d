using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Setup;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>Registers the gate's webhook on a repository, or mends the one that is there, and makes the block real.</summary>
public sealed record ConnectRepository(Caller Caller, RepositoryKey Repository, SetupWish Wish) : IAct<SetupReport>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => SetupActs.Entry(Repository, "connect", Wish);
}

/// <summary>Takes the webhook away from a repository, and the requirement of the gate's status.</summary>
public sealed record DisconnectRepository(Caller Caller, RepositoryKey Repository, SetupWish Wish) : IAct<SetupReport>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => SetupActs.Entry(Repository, "disconnect", Wish);
}

/// <summary>Asks the repository's forge.</summary>
public sealed class ConnectRepositoryHandler(KnownForges forges, RepositorySetup setup)
    : IRequestHandler<ConnectRepository, ActAnswer<SetupReport>>
{
    public Task<ActAnswer<SetupReport>> Handle(ConnectRepository request, CancellationToken cancellationToken) =>
        SetupActs.AskAsync(forges, request.Repository, reach => setup.ConnectAsync(reach, request.Repository, request.Wish, cancellationToken));
}

/// <summary>Asks the repository's forge.</summary>
public sealed class DisconnectRepositoryHandler(KnownForges forges, RepositorySetup setup)
    : IRequestHandler<DisconnectRepository, ActAnswer<SetupReport>>
{
    public Task<ActAnswer<SetupReport>> Handle(DisconnectRepository request, CancellationToken cancellationToken) =>
        SetupActs.AskAsync(forges, request.Repository, reach => setup.DisconnectAsync(reach, request.Repository, request.Wish, cancellationToken));
}

/// <summary>What connecting and disconnecting have in common.</summary>
internal static class SetupActs
{
    public static AuditDraft Entry(RepositoryKey repository, string what, SetupWish wish) => new()
    {
        Type = AuditTypes.ConfigChanged,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("repo", repository.ToString()),
        Attributes = AuditDraft.NoAttributes.Add("dryRun", wish.IsDryRun).Add("protect", wish.Protects).Add("what", what),
    };

    public static async Task<ActAnswer<SetupReport>> AskAsync(
        KnownForges forges, RepositoryKey repository, Func<Reach, Task<SetupReport>> ask)
    {
        if (forges.Find(repository.Connection) is not { } reach)
        {
            return new ActAnswer<SetupReport>.Missing($"there is no connection `{repository.Connection}` in gate.yaml");
        }

        try
        {
            return new ActAnswer<SetupReport>.Done(await ask(reach));
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return new ActAnswer<SetupReport>.Missing(trouble.Message);
        }
        catch (ForgeTroubleException trouble)
        {
            return new ActAnswer<SetupReport>.Refused(trouble.Message, trouble.RetryAfter);
        }
    }
}
