using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Exports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>
/// Makes a bundle of evidence. That it was asked for is in the log before it is made; afterwards the log names its digest, with the next number of
/// the population <c>export</c>.
/// </summary>
/// <param name="Reference">The export's own name, chosen by whoever makes this record, so that the log names it before it exists.</param>
public sealed record ExportEvidence(Caller Caller, string Reference, ExportQuery Query) : IAct<EvidenceFile>
{
    private EvidenceBundle? _made;

    public Role Needs => Query.Discloses ? Role.Admin : Role.Operator;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.ExportCreated,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("export", Reference, _made is null ? null : $"sha256:{_made.ManifestDigest}"),
        Populations = _made is null ? [] : ["export"],
        Attributes = EvidenceDesk.Attributes(Query, _made),
    };

    /// <summary>Has the entry afterwards say what was made.</summary>
    internal void Tell(EvidenceBundle made) => _made = made;
}

/// <summary>A bundle that was made, as a file that is gone when it is closed.</summary>
/// <param name="Content">The zip, from its beginning; whoever takes it closes it.</param>
public sealed record EvidenceFile(EvidenceBundle Bundle, FileStream Content);

/// <summary>Makes the bundle against the head of the log.</summary>
public sealed class ExportEvidenceHandler(EvidenceDesk desk) : IRequestHandler<ExportEvidence, ActAnswer<EvidenceFile>>
{
    public async Task<ActAnswer<EvidenceFile>> Handle(ExportEvidence request, CancellationToken cancellationToken)
    {
        var answer = await desk.MakeAsync(request.Query, cancellationToken);
        if (answer is ActAnswer<EvidenceFile>.Done(var file)) request.Tell(file.Bundle);
        return answer;
    }
}
