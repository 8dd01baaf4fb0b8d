using GitOpsGate.Access;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>Stores a secret for <c>stored:NAME</c> in <c>gate.yaml</c>; it counts at once. The log says that it was stored, and never what.</summary>
public sealed record StoreSecret(Caller Caller, string Name, Secret Value) : IAct<StoredSecretName>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.SecretStored,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("secret", Words.Plain(Name, StoredSecrets.LongestName)),
    };
}

/// <summary>Removes a stored secret; what it signed in cannot sign in any more.</summary>
public sealed record RemoveSecret(Caller Caller, string Name) : IAct<string>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.SecretRemoved,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("secret", Words.Plain(Name, StoredSecrets.LongestName)),
    };
}

/// <summary>Stores it, and puts it in force here; other gateways on the same database see it soon.</summary>
public sealed class StoreSecretHandler(ISecretStore secrets, GateConfiguration configuration, TimeProvider clock)
    : IRequestHandler<StoreSecret, ActAnswer<StoredSecretName>>
{
    public async Task<ActAnswer<StoredSecretName>> Handle(StoreSecret request, CancellationToken cancellationToken)
    {
        if (!StoredSecrets.IsName(request.Name))
        {
            return new ActAnswer<StoredSecretName>.Refused(
                $"a secret's name has 1 to {StoredSecrets.LongestName} letters, digits, `.`, `_` and `-`, the first one a letter or a digit");
        }

        var value = request.Value.Reveal();
        if (value.Length is 0 or > StoredSecrets.LongestSecret)
        {
            return new ActAnswer<StoredSecretName>.Refused($"a secret has 1 to {StoredSecrets.LongestSecret} characters");
        }

        var now = clock.GetUtcNow();
        await secrets.SetAsync(request.Name, value, now, cancellationToken);
        configuration.Stored.Set(request.Name, value);
        return new ActAnswer<StoredSecretName>.Done(new StoredSecretName(request.Name, now));
    }
}

/// <summary>Removes it, and takes it out of force here.</summary>
public sealed class RemoveSecretHandler(ISecretStore secrets, GateConfiguration configuration) : IRequestHandler<RemoveSecret, ActAnswer<string>>
{
    public async Task<ActAnswer<string>> Handle(RemoveSecret request, CancellationToken cancellationToken)
    {
        if (!await secrets.RemoveAsync(request.Name, cancellationToken))
        {
            return new ActAnswer<string>.Missing($"no secret `{Words.Plain(request.Name)}` is stored");
        }

        configuration.Stored.Set(request.Name, null);
        return new ActAnswer<string>.Done(request.Name);
    }
}
