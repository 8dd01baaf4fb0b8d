using System.Globalization;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Witnesses;

/// <summary>How a witness stands to the log. The zero value is the least certain.</summary>
public enum WitnessStanding
{
    /// <summary>It did not answer, or not as it should have: nothing is known.</summary>
    Unknown,

    /// <summary>It has cosigned more entries than the log has: entries are lost.</summary>
    Ahead,

    /// <summary>It has cosigned other entries than the log has: the log was rewritten, or has two histories.</summary>
    Forked,

    /// <summary>It has cosigned, and its line is kept.</summary>
    Cosigned,
}

/// <summary>What came of asking a witness.</summary>
/// <param name="Size">How many entries it has cosigned, as far as is known.</param>
/// <param name="Why">What is wrong, for people; empty when it has cosigned.</param>
public sealed record WitnessReply(WitnessStanding Standing, long Size, string Why);

/// <summary>
/// Asks witnesses to cosign the log's head, and keeps what they give: only lines that verify. An answer that was lost costs nothing: the witness
/// says the size that it knows, and the proof begins there. Safe to call concurrently.
/// </summary>
public sealed class WitnessFeed(IAuditReader reader, AuditProofs proofs, CheckpointDesk desk, ICheckpointStore store, TimeProvider clock)
{
    // One for what we believe, one for what it says, and some for a log that others feed meanwhile.
    private const int MostQuestions = 4;

    /// <summary>The head that witnesses are asked to cosign, kept as it is given to them; null as long as the log has no entry.</summary>
    public async Task<SignedNote?> HeadAsync(CancellationToken cancellation)
    {
        if (await desk.CurrentAsync(cancellation) is not { } note) return null;
        var checkpoint = Checkpoint.Parse(note.Text);
        // What other witnesses gave is not theirs to judge.
        var own = note with { Signatures = [.. note.Signatures.Where(line => line.Name == checkpoint.Origin)] };
        if ((await store.AtMostAsync(checkpoint.Size, cancellation))?.Size != checkpoint.Size)
            await store.AddAsync(new StoredCheckpoint(checkpoint.Size, clock.GetUtcNow(), own.ToString()), cancellation);
        return own;
    }

    /// <summary>Asks one witness.</summary>
    /// <param name="head">What it is to cosign.</param>
    /// <param name="believed">How many entries it has cosigned, as far as we know.</param>
    /// <param name="patience">How long it has for each answer.</param>
    public async Task<WitnessReply> AskAsync(IWitnessLink link, SignedNote head, long believed, TimeSpan patience, CancellationToken cancellation)
    {
        var (note, checkpoint, old) = (head, Checkpoint.Parse(head.Text), believed);
        for (var asked = 0; asked < MostQuestions; asked++)
        {
            if (old > checkpoint.Size)
            {
                // Another gateway on this database may have shown it what we have not read yet.
                if ((await reader.HeadAsync(cancellation)).Size < old) return Ahead(link.Source, checkpoint.Size, old);
                await Task.Delay(CheckpointDesk.Pace, clock, cancellation);
                note = await HeadAsync(cancellation) ?? note;
                checkpoint = Checkpoint.Parse(note.Text);
                if (old > checkpoint.Size) continue;
            }

            var proof = old == 0 ? [] : await proofs.ConsistencyAsync(old, checkpoint.Size, cancellation);
            WitnessAnswer answer;
            try
            {
                answer = await link.AddAsync(new WitnessRequest(old, proof, note), patience, cancellation);
            }
            catch (IOException trouble)
            {
                return new WitnessReply(WitnessStanding.Unknown, old, trouble.Message);
            }

            switch (answer.Verdict)
            {
                case WitnessVerdict.Cosigned:
                    return await KeepAsync(link.Source, note, answer.Body, old, cancellation);
                case WitnessVerdict.NotConsistent:
                    return Forked(link.Source, old);
                case WitnessVerdict.OtherSize when SizeIn(answer.Body) is { } size:
                    if (size == old) return old == checkpoint.Size ? Forked(link.Source, old) : Odd(old, $"it refuses {old} entries as the size that it knows, and says that it knows {old}");
                    old = size;
                    break;
                case WitnessVerdict.OtherSize:
                    return Odd(old, "it answered 409 without the size that it knows");
                case WitnessVerdict.UnknownLog:
                    return Odd(old, $"it does not watch `{checkpoint.Origin}`: give its operator the log's key");
                case WitnessVerdict.NotSigned:
                    return Odd(old, "it trusts none of the keys that sign the log: give its operator `keys.json` anew");
                case WitnessVerdict.Malformed:
                default:
                    return Odd(old, $"it answered {(int)answer.Verdict}");
            }
        }

        return Odd(old, "it says another size each time that it is asked");
    }

    private async Task<WitnessReply> KeepAsync(WitnessSource witness, SignedNote note, string body, long old, CancellationToken cancellation)
    {
        var size = Checkpoint.Parse(note.Text).Size;
        NoteSignature? line;
        try
        {
            line = body.Split('\n', SignedNote.MaxSignatures + 1, StringSplitOptions.RemoveEmptyEntries).Select(SignedNote.ParseLine)
                .FirstOrDefault(one => one.Name == witness.Key.Name && one.KeyId == witness.Key.Id);
        }
        catch (FormatException trouble)
        {
            return Odd(old, $"it answered with what is no signature: {trouble.Message}");
        }

        if (line is null) return Odd(old, $"it answered without a line of `{witness.Id}`: is that its key?");
        if (!witness.Key.Verify(note.Text, line.Signature.Span) || witness.Key.TimeOf(line.Signature.Span) is not { } at)
            return Odd(old, $"its signature is not that of `{witness.Id}` over {size} entries");
        await store.AddLineAsync(size, witness.Id, at, line.ToString(), cancellation);
        return new WitnessReply(WitnessStanding.Cosigned, size, "");
    }

    private static long? SizeIn(string body) =>
        body.EndsWith('\n') && Checkpoint.IsNumber(body.AsSpan()[..^1]) && long.TryParse(body.AsSpan()[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : null;

    private static WitnessReply Ahead(WitnessSource witness, long local, long size) => new(
        WitnessStanding.Ahead, size, string.Create(CultureInfo.InvariantCulture, $"log rolled back: local {local} < {size} that witness `{witness.Name}` has cosigned"));

    private static WitnessReply Forked(WitnessSource witness, long size) => new(
        WitnessStanding.Forked, size, string.Create(CultureInfo.InvariantCulture, $"log rewritten: its first {size} entries are not those that witness `{witness.Name}` has cosigned"));

    private static WitnessReply Odd(long size, string why) => new(WitnessStanding.Unknown, size, why);
}
