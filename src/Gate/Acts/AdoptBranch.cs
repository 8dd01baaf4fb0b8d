using GitOpsGate.Access;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>
/// Takes what went past the gate as good: a held branch counts as covered up to its tip, and the next covered merge is dispatched again.
/// Somebody answers for it with a reason, since no ruling does. Nothing is dispatched by it.
/// </summary>
/// <param name="Tip">The branch's tip as the caller has seen it; another one is refused.</param>
/// <param name="Reason">Why, for those who review it later: 1 to 300 characters.</param>
public sealed record AdoptBranch(Caller Caller, RepositoryKey Repository, string Branch, CommitId Tip, string Reason) : IAct<BranchStanding>
{
    /// <summary>Characters in a reason.</summary>
    public const int LongestReason = 300;

    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.OverrideUsed,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("repo", Repository.ToString()),
        Correlation = Tip.Value,
        Populations = ["override"],
        Attributes = AuditDraft.NoAttributes
            .Add("branch", Words.Plain(Branch))
            .Add("commit", Tip.Value)
            .Add("what", "unmanaged-change"),
        Personal = [new PersonalText(PersonalText.Reason, Caller.Reference, Words.Plain(Reason, LongestReason))],
    };
}

/// <summary>Moves the branch.</summary>
public sealed class AdoptBranchHandler(IBranchStore branches, TimeProvider clock) : IRequestHandler<AdoptBranch, ActAnswer<BranchStanding>>
{
    public async Task<ActAnswer<BranchStanding>> Handle(AdoptBranch request, CancellationToken cancellationToken)
    {
        if (request.Reason.Trim().Length is 0 or > AdoptBranch.LongestReason)
        {
            return new ActAnswer<BranchStanding>.Refused($"adopting needs a reason of 1 to {AdoptBranch.LongestReason} characters");
        }

        if (await branches.OfAsync(request.Repository, request.Branch, cancellationToken) is not { HeldSince: not null } held)
        {
            return new ActAnswer<BranchStanding>.Missing($"nothing is held back from `{Words.Plain(request.Branch)}` of {request.Repository}");
        }

        return await branches.AdoptAsync(request.Repository, request.Branch, request.Tip, clock.GetUtcNow(), cancellationToken)
            ? new ActAnswer<BranchStanding>.Done(held with { Covered = request.Tip, HeldSince = null })
            : new ActAnswer<BranchStanding>.Refused(
                $"the tip of `{Words.Plain(request.Branch)}` is `{held.Seen.Short}`, not `{request.Tip.Short}`; look at what it brings and adopt that");
    }
}
