using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Witnesses;

/// <summary>The newest checkpoint that a quorum has cosigned. Safe to call concurrently.</summary>
public sealed class WitnessedHead(ICheckpointStore store, CheckpointDesk desk, WitnessSettings settings)
{
    // Rounds of all witnesses that there may be, and some that were asked twice.
    private const int MostLines = 1000;

    /// <summary>How many entries it has; 0 when there is none.</summary>
    public async Task<long> SizeAsync(CancellationToken cancellation) =>
        await NewestAsync(cancellation) is { } note ? Checkpoint.Parse(note.Text).Size : 0;

    /// <summary>The checkpoint with the lines of all witnesses that are known to us; null when there is none, or nobody is to cosign.</summary>
    public async Task<SignedNote?> NewestAsync(CancellationToken cancellation)
    {
        if (settings.Sources.IsEmpty || await desk.KeysAsync(cancellation) is not { } keys) return null;
        var known = settings.Sources.ToDictionary(one => one.Id, StringComparer.Ordinal);
        var lines = (await store.NewestLinesAsync(MostLines, cancellation)).Where(line => known.ContainsKey(line.Witness));
        foreach (var size in lines.DistinctBy(line => (line.Size, line.Witness)).GroupBy(line => line.Size).Where(size => size.Count() >= settings.Quorum))
        {
            if (await store.AtMostAsync(size.Key, cancellation) is not { } kept || kept.Size != size.Key || Own(kept.Note, keys) is not { } own) continue;
            // Lines of the same size can be another log's, from before it went on under a new name.
            var given = size.Select(line => (Line: SignedNote.ParseLine(line.Line), known[line.Witness].Key))
                .Where(one => one.Key.Verify(own.Text, one.Line.Signature.Span)).Select(one => one.Line).ToArray();
            if (given.Length >= settings.Quorum) return own.With(given);
        }

        return null;
    }

    private static SignedNote? Own(string kept, LogKeys keys)
    {
        try
        {
            var note = SignedNote.Parse(kept);
            keys.Verify(note);
            return note;
        }
        catch (FormatException)
        {
            // Given out under a name that the log had before, or with a key that was taken back.
            return null;
        }
    }
}
