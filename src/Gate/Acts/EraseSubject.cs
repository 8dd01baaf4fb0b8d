using GitOpsGate.Access;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>The first half of an erasure: asks for it. Nothing is erased before somebody else confirms it.</summary>
/// <param name="Reference">The person's opaque reference: the log never names anybody else's way.</param>
/// <param name="Basis">The legal basis in a word, for instance <c>gdpr-17-1</c>: it stands in the log for ever.</param>
/// <param name="Reason">Why, for those who confirm it: 1 to 300 characters. Sealed with the key of whoever asks.</param>
public sealed record RequestErasure(Caller Caller, string Reference, string Basis, string Reason) : IAct<ErasureStanding>
{
    public const int LongestReason = 300;

    private const int LongestBasis = 40;

    public Role Needs => Role.Admin;

    /// <summary>Whether the basis may stand in the log.</summary>
    public bool IsBasis => Basis.Length is > 0 and <= LongestBasis
        && Basis.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '.');

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.PrivacyRequested,
        Outcome = AuditOutcome.Pending,
        Subject = PrivacyActs.Person(Reference),
        Attributes = IsBasis ? AuditDraft.NoAttributes.Add("basis", Basis) : AuditDraft.NoAttributes,
        Personal = [new PersonalText(PersonalText.Reason, Caller.Reference, Words.Plain(Reason, LongestReason))],
    };
}

/// <summary>The second half: erases somebody whose erasure another admin asked for.</summary>
/// <param name="Asked">What was asked for, as it stands.</param>
public sealed record ConfirmErasure(Caller Caller, ErasureStanding Asked) : IAct<ErasureReport>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.PrivacyErased,
        Outcome = AuditOutcome.Pending,
        Subject = PrivacyActs.Person(Asked.Reference),
        Attributes = AuditDraft.NoAttributes.Add("basis", Asked.Basis ?? "").Add("requestedBy", Asked.RequestedBy ?? ""),
    };
}

/// <summary>Has a person's erasure wait, because the law asks that what is known stays for now; or ends that.</summary>
/// <param name="Reason">Why: 1 to 300 characters. Sealed with the key of whoever says so.</param>
public sealed record HoldSubject(Caller Caller, string Reference, bool IsHeld, string Reason) : IAct<ErasureStanding>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = IsHeld ? AuditTypes.HoldPlaced : AuditTypes.HoldReleased,
        Outcome = AuditOutcome.Pending,
        Subject = PrivacyActs.Person(Reference),
        Attributes = AuditDraft.NoAttributes.Add("what", "legal"),
        Personal = [new PersonalText(PersonalText.Reason, Caller.Reference, Words.Plain(Reason, RequestErasure.LongestReason))],
    };
}

/// <summary>Keeps the request.</summary>
public sealed class RequestErasureHandler(IPrivacyStore store, TimeProvider clock) : IRequestHandler<RequestErasure, ActAnswer<ErasureStanding>>
{
    public async Task<ActAnswer<ErasureStanding>> Handle(RequestErasure request, CancellationToken cancellationToken)
    {
        if (PrivacyActs.WhyNoReason(request.Reason) is { } why) return new ActAnswer<ErasureStanding>.Refused(why);
        if (!request.IsBasis)
            return new ActAnswer<ErasureStanding>.Refused("a legal basis is a word of up to 40 small letters, digits, `-` and `.`, for instance `gdpr-17-1`");
        await store.RequestAsync(request.Reference, request.Basis, request.Caller.Reference, clock.GetUtcNow(), cancellationToken);
        return new ActAnswer<ErasureStanding>.Done(await store.StandingAsync(request.Reference, cancellationToken));
    }
}

/// <summary>Erases, unless a hold is in force or the same person asked for it.</summary>
public sealed class ConfirmErasureHandler(IPrivacyStore store, TimeProvider clock) : IRequestHandler<ConfirmErasure, ActAnswer<ErasureReport>>
{
    public async Task<ActAnswer<ErasureReport>> Handle(ConfirmErasure request, CancellationToken cancellationToken)
    {
        var reference = request.Asked.Reference;
        // Asked again here: what the caller saw may be old.
        var standing = await store.StandingAsync(reference, cancellationToken);
        if (standing.RequestedBy is null) return new ActAnswer<ErasureReport>.Missing($"nobody asked for the erasure of `{reference}`");
        if (standing.IsHeld) return new ActAnswer<ErasureReport>.Refused($"a legal hold keeps `{reference}`; `gate privacy release` ends it");
        if (standing.RequestedBy == request.Caller.Reference)
            return new ActAnswer<ErasureReport>.Refused("whoever asked for an erasure does not confirm it; another admin does");
        var report = await store.EraseAsync(reference, request.Caller.Reference, clock.GetUtcNow(), cancellationToken);
        return report.Waiting == 0
            ? new ActAnswer<ErasureReport>.Done(report)
            : new ActAnswer<ErasureReport>.Refused(
                $"{Words.Count((int)report.Waiting, "webhook")} that name the person wait to be read; erase again when they were", TimeSpan.FromSeconds(30));
    }
}

/// <summary>Places the hold, or ends it.</summary>
public sealed class HoldSubjectHandler(IPrivacyStore store, TimeProvider clock) : IRequestHandler<HoldSubject, ActAnswer<ErasureStanding>>
{
    public async Task<ActAnswer<ErasureStanding>> Handle(HoldSubject request, CancellationToken cancellationToken)
    {
        if (PrivacyActs.WhyNoReason(request.Reason) is { } why) return new ActAnswer<ErasureStanding>.Refused(why);
        if (await store.StandingAsync(request.Reference, cancellationToken) is { ErasedAt: not null })
            return new ActAnswer<ErasureStanding>.Refused($"`{request.Reference}` was erased; nothing is left to hold");
        if (!await store.HoldAsync(request.Reference, request.IsHeld, request.Caller.Reference, clock.GetUtcNow(), cancellationToken))
        {
            return new ActAnswer<ErasureStanding>.Refused(
                request.IsHeld ? $"`{request.Reference}` is held already" : $"`{request.Reference}` is not held");
        }

        return new ActAnswer<ErasureStanding>.Done(await store.StandingAsync(request.Reference, cancellationToken));
    }
}

/// <summary>What these acts have in common.</summary>
internal static class PrivacyActs
{
    public static AuditSubject Person(string reference) => new("person", reference);

    public static string? WhyNoReason(string reason) => reason.Trim().Length is 0 or > RequestErasure.LongestReason
        ? $"this needs a reason of 1 to {RequestErasure.LongestReason} characters"
        : null;
}
