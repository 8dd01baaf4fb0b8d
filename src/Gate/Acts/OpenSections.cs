using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>Reads what an entry keeps sealed. That somebody did so is in the log before anything is opened.</summary>
/// <param name="Index">The entry's place in the log, from 0.</param>
public sealed record OpenSections(Caller Caller, long Index) : IAct<OpenedEntry>
{
    public Role Needs => Role.Admin;

    public AuditDraft Entry => new()
    {
        Type = AuditTypes.PrivacyOpened,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("entry", Index.ToString(CultureInfo.InvariantCulture)),
    };
}

/// <summary>An entry's sealed sections, as far as they still open.</summary>
public sealed record OpenedEntry(long Index, ImmutableArray<OpenedSection> Sections);

/// <summary>Opens the boxes.</summary>
public sealed class OpenSectionsHandler(IAuditReader audit, ISealedSections sections) : IRequestHandler<OpenSections, ActAnswer<OpenedEntry>>
{
    public async Task<ActAnswer<OpenedEntry>> Handle(OpenSections request, CancellationToken cancellationToken)
    {
        var leaves = request.Index < 0 ? [] : await audit.ReadAsync(request.Index, 1, cancellationToken);
        if (leaves.IsEmpty) return new ActAnswer<OpenedEntry>.Missing($"the log has no entry {request.Index}");
        return new ActAnswer<OpenedEntry>.Done(new OpenedEntry(request.Index, await sections.OpenAsync(leaves, cancellationToken)));
    }
}
