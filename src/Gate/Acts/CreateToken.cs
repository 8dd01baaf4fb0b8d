using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>
/// Makes an API token. Its reference is chosen by the caller of this record, so that the log names it before it exists.
/// </summary>
public sealed record CreateToken(Caller Caller, string Name, Role Role, string Reference) : IAct<NewToken>
{
    /// <summary>Characters in a token's name.</summary>
    public const int LongestName = 80;

    /// <summary>The target that an agent's token is bound to; no other role has one.</summary>
    public string? Target { get; init; }

    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.TokenCreated,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("token", Reference),
        Attributes = (Target is null ? AuditDraft.NoAttributes : AuditDraft.NoAttributes.Add("target", Target)).Add("role", Role switch
        {
            Role.None => "none",
            Role.Agent => "agent",
            Role.Auditor => "auditor",
            Role.Viewer => "viewer",
            Role.Operator => "operator",
            Role.Admin => "admin",
        }),
    };
}

/// <summary>A token that was just made.</summary>
/// <param name="Text">The token itself: this is the only time that it is seen.</param>
public sealed record NewToken(AccessToken Token, string Text)
{
    public override string ToString() => $"{Token} (secret)";
}

/// <summary>Stores the digest of a new token.</summary>
public sealed class CreateTokenHandler(ITokenStore tokens, GateConfiguration configuration, TimeProvider clock)
    : IRequestHandler<CreateToken, ActAnswer<NewToken>>
{
    public async Task<ActAnswer<NewToken>> Handle(CreateToken request, CancellationToken cancellationToken)
    {
        var name = request.Name.Trim();
        if (name.Length is 0 or > CreateToken.LongestName || name.Any(char.IsControl))
        {
            return new ActAnswer<NewToken>.Refused($"a token's name has 1 to {CreateToken.LongestName} printable characters");
        }

        if (request.Role is not (Role.Viewer or Role.Operator or Role.Admin or Role.Agent))
        {
            return new ActAnswer<NewToken>.Refused("a token's role is `viewer`, `operator`, `admin` or `agent`");
        }

        if (request.Role == Role.Agent && !configuration.Targets.Any(target => target.IsOfAgent && target.Name == request.Target))
        {
            return new ActAnswer<NewToken>.Refused("an agent's token is bound to one target of kind `agent` in gate.yaml; name it as `target`");
        }

        if (request.Role != Role.Agent && request.Target is not null)
        {
            return new ActAnswer<NewToken>.Refused("only a token of the role `agent` is bound to a target");
        }

        var text = TokenText.New();
        var token = new AccessToken(request.Reference, name, request.Role, clock.GetUtcNow(), request.Target);
        await tokens.AddAsync(token, TokenText.Digest(text), cancellationToken);
        return new ActAnswer<NewToken>.Done(new NewToken(token, text));
    }
}
