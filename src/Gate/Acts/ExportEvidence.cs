using System.Collections.Immutable;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
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
        Attributes = Attributes(),
    };

    /// <summary>Has the entry afterwards say what was made.</summary>
    internal void Tell(EvidenceBundle made) => _made = made;

    // A caller's own words (the environment, the nonce) stand in the log only once they are known to be short and plain.
    private ImmutableSortedDictionary<string, AuditValue> Attributes()
    {
        var attributes = AuditDraft.NoAttributes.Add("from", Query.Begins).Add("to", Query.Ends);
        if (Query.Problem is not null) return attributes;
        if (Query.Environment is { } environment) attributes = attributes.Add("environment", environment);
        if (Query.Previous is { } previous) attributes = attributes.Add("previous", previous);
        if (Query.Discloses) attributes = attributes.Add("disclosed", true);
        if (Query.Sample is { } sample) attributes = attributes.Add("sample", (long)sample);
        return _made is null ? attributes : attributes.Add("entries", _made.Entries).Add("size", _made.Size);
    }
}

/// <summary>A bundle that was made, as a file that is gone when it is closed.</summary>
/// <param name="Content">The zip, from its beginning; whoever takes it closes it.</param>
public sealed record EvidenceFile(EvidenceBundle Bundle, FileStream Content);

/// <summary>Makes the bundle against the head of the log.</summary>
public sealed class ExportEvidenceHandler(CheckpointDesk desk, EvidenceExport export) : IRequestHandler<ExportEvidence, ActAnswer<EvidenceFile>>
{
    public async Task<ActAnswer<EvidenceFile>> Handle(ExportEvidence request, CancellationToken cancellationToken)
    {
        if (request.Query.Problem is { } problem) return new ActAnswer<EvidenceFile>.Refused(problem);
        if (await desk.CurrentAsync(cancellationToken) is not { } note || await desk.KeysAsync(cancellationToken) is not { } keys)
            return new ActAnswer<EvidenceFile>.Missing("the log has no signed entry yet");
        if (request.Query.Previous > Checkpoint.Parse(note.Text).Size)
            return new ActAnswer<EvidenceFile>.Refused($"`previous` is {request.Query.Previous}, but the log has {Checkpoint.Parse(note.Text).Size} entries");
        var file = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        var isMade = false;
        try
        {
            var bundle = await export.WriteAsync(note, keys, request.Query, file, cancellationToken);
            file.Position = 0;
            request.Tell(bundle);
            isMade = true;
            return new ActAnswer<EvidenceFile>.Done(new EvidenceFile(bundle, file));
        }
        finally
        {
            if (!isMade) await file.DisposeAsync();
        }
    }
}
