using GitOpsGate.Access;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>
/// Makes a new key for the audit log. It signs beside the others from the next checkpoint on, until somebody ends the older one
/// (<see cref="RevokeLogKey"/>): whoever trusts the old key can learn the new one from entries that the old key has signed.
/// </summary>
public sealed record RotateLogKey(Caller Caller) : IAct<LogKey>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.KeyRotated,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("key", "audit"),
    };
}

/// <summary>Ends a key of the audit log: what it signed up to a size goes on to count, what it signs above counts for nobody.</summary>
/// <param name="Id">The key's hash, eight lower-case hex digits.</param>
/// <param name="Reason">In a person's words; they stand in the log.</param>
/// <param name="Last">The largest size that counts; null for all that was signed until now. For a key that was stolen, the last one that is surely ours.</param>
public sealed record RevokeLogKey(Caller Caller, string Id, string Reason, long? Last) : IAct<LogKey>
{
    /// <summary>Characters in a reason.</summary>
    public const int LongestReason = 500;

    private const int IdLength = 8;

    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.KeyRevoked,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("key", Words.Plain(Id, IdLength)),
    };
}

/// <summary>Makes it, and announces it in the log.</summary>
public sealed class RotateLogKeyHandler(LogKeyring keys) : IRequestHandler<RotateLogKey, ActAnswer<LogKey>>
{
    public async Task<ActAnswer<LogKey>> Handle(RotateLogKey request, CancellationToken cancellationToken) =>
        await keys.RotateAsync(new AuditActor("user", request.Caller.Reference), cancellationToken) is { } key
            ? new ActAnswer<LogKey>.Done(key)
            : new ActAnswer<LogKey>.Missing("the log has no entry yet, and so no name");
}

/// <summary>Ends it, as long as another one is left.</summary>
public sealed class RevokeLogKeyHandler(LogKeyring keys, IAuditReader reader) : IRequestHandler<RevokeLogKey, ActAnswer<LogKey>>
{
    public async Task<ActAnswer<LogKey>> Handle(RevokeLogKey request, CancellationToken cancellationToken)
    {
        var reason = request.Reason.Trim();
        if (reason.Length is 0 or > RevokeLogKey.LongestReason || reason.Any(char.IsControl))
            return new ActAnswer<LogKey>.Refused($"ending a key needs a reason of 1 to {RevokeLogKey.LongestReason} characters in one line");
        var all = await keys.KeysAsync(cancellationToken);
        if (all?.Keys.FirstOrDefault(one => $"{one.Key.Id:x8}" == request.Id) is not { } key)
            return new ActAnswer<LogKey>.Missing($"the log has no key `{Words.Plain(request.Id)}`; `gate audit key list` shows them");
        var last = request.Last ?? (await reader.HeadAsync(cancellationToken)).Size;
        return await keys.WhyNotAsync(key, last, cancellationToken) is { } why
            ? new ActAnswer<LogKey>.Refused(why)
            : new ActAnswer<LogKey>.Done(await keys.EndAsync(key, last, reason, new AuditActor("user", request.Caller.Reference), cancellationToken));
    }
}
