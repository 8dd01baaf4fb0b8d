using System.Globalization;
using GitOpsGate.Access;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>Lets somebody from outside read the evidence of a period for some days.</summary>
/// <param name="Name">Who gets it, for people.</param>
/// <param name="Period">The period, and the environment where only one is meant.</param>
/// <param name="Reference">The link's own name, chosen by whoever makes this record, so that the log names it before it exists.</param>
public sealed record CreateAuditorLink(Caller Caller, string Name, ExportQuery Period, int Days, string Reference) : IAct<NewAuditorLink>
{
    /// <summary>The longest that a link may be open.</summary>
    public const int MostDays = 365;

    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.LinkCreated,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("link", Reference),
        Attributes = EvidenceDesk.Attributes(Period, null).Add("days", (long)Days).Add("role", "auditor"),
    };
}

/// <summary>A link that was just made.</summary>
/// <param name="Token">The secret that opens it: this is the only time that it is seen.</param>
public sealed record NewAuditorLink(AuditorLink Link, string Token)
{
    public override string ToString() => $"{Link} (secret)";
}

/// <summary>Takes a link back: what it opened is closed at once.</summary>
public sealed record RevokeAuditorLink(Caller Caller, string Reference) : IAct<string>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.LinkRevoked,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("link", Words.Plain(Reference, 40)),
    };
}

/// <summary>A bundle of evidence for the holder of a link: of the link's period, and of no other.</summary>
/// <param name="Reference">The export's own name.</param>
/// <param name="Query">The link's own period and environment, and what the auditor chose beside them.</param>
public sealed record DownloadEvidence(Caller Caller, string Reference, ExportQuery Query) : IAct<EvidenceFile>
{
    private EvidenceBundle? _made;

    public Role Needs => Role.Auditor;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.ExportDownloaded,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("export", Reference, _made is null ? null : $"sha256:{_made.ManifestDigest}"),
        Populations = _made is null ? [] : ["export"],
        Attributes = EvidenceDesk.Attributes(Query, _made).Add("what", "bundle"),
    };

    /// <summary>Has the entry afterwards say what was given.</summary>
    internal void Tell(EvidenceBundle made) => _made = made;
}

/// <summary>Stores the link and the hash of its token.</summary>
public sealed class CreateAuditorLinkHandler(IAuditorLinks links, TimeProvider clock) : IRequestHandler<CreateAuditorLink, ActAnswer<NewAuditorLink>>
{
    public async Task<ActAnswer<NewAuditorLink>> Handle(CreateAuditorLink request, CancellationToken cancellationToken)
    {
        var name = request.Name.Trim();
        if (name.Length is 0 or > CreateToken.LongestName || name.Any(char.IsControl))
            return new ActAnswer<NewAuditorLink>.Refused($"a link's name has 1 to {CreateToken.LongestName} printable characters");
        if (request.Period.Problem is { } problem) return new ActAnswer<NewAuditorLink>.Refused(problem);
        if (request.Days is < 1 or > CreateAuditorLink.MostDays)
        {
            return new ActAnswer<NewAuditorLink>.Refused(
                string.Create(CultureInfo.InvariantCulture, $"a link is open for 1 to {CreateAuditorLink.MostDays} days, not {request.Days}"));
        }

        var (text, now) = (TokenText.New(), clock.GetUtcNow());
        var link = new AuditorLink(
            request.Reference, name, request.Period.From, request.Period.To, request.Period.Environment, now, now.AddDays(request.Days));
        await links.AddAsync(link, TokenText.Digest(text), cancellationToken);
        return new ActAnswer<NewAuditorLink>.Done(new NewAuditorLink(link, text));
    }
}

/// <summary>Closes the link and its token.</summary>
public sealed class RevokeAuditorLinkHandler(IAuditorLinks links, TimeProvider clock) : IRequestHandler<RevokeAuditorLink, ActAnswer<string>>
{
    public async Task<ActAnswer<string>> Handle(RevokeAuditorLink request, CancellationToken cancellationToken) =>
        await links.RevokeAsync(request.Reference, clock.GetUtcNow(), cancellationToken)
            ? new ActAnswer<string>.Done(request.Reference)
            : new ActAnswer<string>.Missing($"there is no open link `{Words.Plain(request.Reference, 40)}`");
}

/// <summary>Makes the bundle against the head of the log.</summary>
public sealed class DownloadEvidenceHandler(EvidenceDesk desk) : IRequestHandler<DownloadEvidence, ActAnswer<EvidenceFile>>
{
    public async Task<ActAnswer<EvidenceFile>> Handle(DownloadEvidence request, CancellationToken cancellationToken)
    {
        var answer = await desk.MakeAsync(request.Query, cancellationToken);
        if (answer is ActAnswer<EvidenceFile>.Done(var file)) request.Tell(file.Bundle);
        return answer;
    }
}
