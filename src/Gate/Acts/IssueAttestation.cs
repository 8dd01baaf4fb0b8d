using System.Security.Cryptography;
using GitOpsGate.Access;
using GitOpsGate.Attestations;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>
/// Signs a statement of a ruling for others to verify without the gate. The log names the envelope's digest before anybody has the envelope.
/// </summary>
public sealed record IssueAttestation(Caller Caller, RulingId Ruling, AttestationPredicate Predicate) : IAct<IssuedAttestation>
{
    public Role Needs => Role.Operator;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.AttestationIssued,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("ruling", Ruling.ToString()),
        Attributes = AuditDraft.NoAttributes.Add("predicate", Predicate.Word),
    };
}

/// <summary>Gathers, writes, signs, keeps.</summary>
public sealed class IssueAttestationHandler(AttestedRulings rulings, IAttestations issued, AttestationSigner signer, TimeProvider clock)
    : IRequestHandler<IssueAttestation, ActAnswer<IssuedAttestation>>
{
    public async Task<ActAnswer<IssuedAttestation>> Handle(IssueAttestation request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await rulings.FindAsync(request.Ruling, now, cancellationToken) is not { } facts)
            return new ActAnswer<IssuedAttestation>.Missing($"there is no ruling `{request.Ruling}` in the signed log");
        if (request.Predicate.IsOfMerge && WhyNotMerged(facts) is { } why) return new ActAnswer<IssuedAttestation>.Refused(why);
        var envelope = signer.Sign(Statements.Write(request.Predicate, facts));
        var attestation = new IssuedAttestation(
            Convert.ToHexStringLower(SHA256.HashData(envelope)), request.Ruling, request.Predicate.Word, now, envelope)
        {
            Commit = request.Predicate.IsOfMerge ? facts.Merged : facts.Ruling.Revision.Head,
        };
        var about = (facts.Change.Key.Repository, request.Predicate.IsOfMerge ? facts.Change.TargetBranch : null);
        var actor = new AuditActor("user", request.Caller.Reference);
        await issued.AddAsync(attestation, AttestationEntries.Issued(attestation, actor, about, facts.Change.Key.ToString()), cancellationToken);
        return new ActAnswer<IssuedAttestation>.Done(attestation);
    }

    // A branch holds what was merged, and only the last ruling before the merge speaks for it.
    private static string? WhyNotMerged(AttestedFacts facts) => facts switch
    {
        { Change.State: not ChangeState.Merged } => $"`{facts.Change.Key}` is not merged: only its `decision` can be attested",
        { Merged.IsNone: true } => $"the forge did not say as which commit `{facts.Change.Key}` was merged",
        _ when facts.Ruling.Revision.Head != facts.Change.Head => $"ruling `{facts.Ruling.Id}` is of another revision than the one that was merged",
        _ => null,
    };
}
