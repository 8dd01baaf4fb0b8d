using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Exports;

namespace GitOpsGate.Acts;

/// <summary>Makes bundles of evidence against the head of the log, for all acts that give one out.</summary>
public sealed class EvidenceDesk(CheckpointDesk desk, EvidenceExport export, WitnessedHead witnessed)
{
    /// <summary>Makes a bundle; whoever takes its file closes it.</summary>
    public async Task<ActAnswer<EvidenceFile>> MakeAsync(ExportQuery query, CancellationToken cancellation)
    {
        if (query.Problem is { } problem) return new ActAnswer<EvidenceFile>.Refused(problem);
        if (await desk.CurrentAsync(cancellation) is not { } note || await desk.KeysAsync(cancellation) is not { } keys)
            return new ActAnswer<EvidenceFile>.Missing("the log has no signed entry yet");
        note = await CosignedAsync(query, cancellation) ?? note;
        if (query.Previous > Checkpoint.Parse(note.Text).Size)
            return new ActAnswer<EvidenceFile>.Refused($"`previous` is {query.Previous}, but the log has {Checkpoint.Parse(note.Text).Size} entries");
        var file = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        var isMade = false;
        try
        {
            var bundle = await export.WriteAsync(note, keys, query, file, cancellation);
            file.Position = 0;
            isMade = true;
            return new ActAnswer<EvidenceFile>.Done(new EvidenceFile(bundle, file));
        }
        finally
        {
            if (!isMade) await file.DisposeAsync();
        }
    }

    /// <summary>
    /// The newest checkpoint that a quorum of witnesses has cosigned, where it covers all that the query asks for: an entry after the period, and the
    /// earlier checkpoint. Null where it does not, or there is none: then the head itself is the better one.
    /// </summary>
    private async Task<SignedNote?> CosignedAsync(ExportQuery query, CancellationToken cancellation)
    {
        if (await witnessed.NewestAsync(cancellation) is not { } note) return null;
        var size = Checkpoint.Parse(note.Text).Size;
        var (_, end) = await export.PlacesAsync(query, size, cancellation);
        return end < size && !(query.Previous > size) ? note : null;
    }

    /// <summary>What the log says of a bundle. A caller's own words (the environment) stand there only once they are known to be short and plain.</summary>
    /// <param name="made">What was made, or null before.</param>
    internal static ImmutableSortedDictionary<string, AuditValue> Attributes(ExportQuery query, EvidenceBundle? made)
    {
        var attributes = AuditDraft.NoAttributes.Add("from", query.Begins).Add("to", query.Ends);
        if (query.Problem is not null) return attributes;
        if (query.Environment is { } environment) attributes = attributes.Add("environment", environment);
        if (query.Previous is { } previous) attributes = attributes.Add("previous", previous);
        if (query.Discloses) attributes = attributes.Add("disclosed", true);
        if (query.Sample is { } sample) attributes = attributes.Add("sample", (long)sample);
        return made is null ? attributes : attributes.Add("entries", made.Entries).Add("size", made.Size);
    }
}
