using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Audit.Witnesses;

/// <summary>What a witness answers, by the status of C2SP tlog-witness. The zero value is the least certain.</summary>
public enum WitnessVerdict
{
    Malformed = 400,

    /// <summary>No trusted key of the log signed the checkpoint.</summary>
    NotSigned = 403,
    UnknownLog = 404,

    /// <summary>
    /// The log believes in another old size than the one that was cosigned last, or has another root at that very size; the answer says which it is.
    /// </summary>
    OtherSize = 409,

    /// <summary>The checkpoint is not shown to continue what was cosigned: the log may have been rewritten.</summary>
    NotConsistent = 422,
    Cosigned = 200,
}

/// <summary>A witness' answer.</summary>
/// <param name="Body">The cosignature's line, or the size of the last cosigned checkpoint, or why not.</param>
public sealed record WitnessAnswer(WitnessVerdict Verdict, string Body);

/// <summary>Keeps the newest cosigned checkpoint of each log. Safe to call concurrently.</summary>
public interface IWitnessMemory
{
    /// <summary>The newest one of an origin, or null when none was ever cosigned.</summary>
    Task<Checkpoint?> NewestAsync(string origin, CancellationToken cancellation);

    /// <summary>
    /// Puts a newer one in the place of another; durable on return. False, and nothing is changed, when the newest is not
    /// <paramref name="before"/> any more.
    /// </summary>
    Task<bool> ReplaceAsync(Checkpoint? before, Checkpoint after, CancellationToken cancellation);
}

/// <summary>
/// Cosigns the checkpoints of logs that it knows, and of each log one history only (C2SP tlog-witness): what it has cosigned is remembered before
/// the cosignature leaves. Safe to call concurrently.
/// </summary>
/// <param name="logs">The keys of each log, by its origin.</param>
public sealed class Witness(IReadOnlyDictionary<string, LogKeys> logs, IWitnessMemory memory, NoteSigner signer, TimeProvider clock)
{
    /// <summary>Answers one <c>add-checkpoint</c>.</summary>
    public async Task<WitnessAnswer> AddAsync(string body, CancellationToken cancellation)
    {
        WitnessRequest request;
        Checkpoint checkpoint;
        try
        {
            request = WitnessRequest.Parse(body);
            checkpoint = Checkpoint.Parse(request.Note.Text);
        }
        catch (FormatException trouble)
        {
            return new WitnessAnswer(WitnessVerdict.Malformed, trouble.Message);
        }

        if (!logs.TryGetValue(checkpoint.Origin, out var keys)) return new WitnessAnswer(WitnessVerdict.UnknownLog, $"`{checkpoint.Origin}` is not watched here");
        try
        {
            keys.Verify(request.Note);
        }
        catch (FormatException trouble)
        {
            return new WitnessAnswer(WitnessVerdict.NotSigned, trouble.Message);
        }

        if (request.OldSize > checkpoint.Size) return new WitnessAnswer(WitnessVerdict.Malformed, $"old size {request.OldSize} is above the new one, {checkpoint.Size}");
        return await JudgeAsync(request, checkpoint, cancellation);
    }

    private async Task<WitnessAnswer> JudgeAsync(WitnessRequest request, Checkpoint checkpoint, CancellationToken cancellation)
    {
        while (true)
        {
            var newest = await memory.NewestAsync(checkpoint.Origin, cancellation);
            if (request.OldSize != (newest?.Size ?? 0)) return new WitnessAnswer(WitnessVerdict.OtherSize, $"{newest?.Size ?? 0}");
            // Two roots of one size: nothing that a proof could lead from one to the other.
            if (newest?.Size == checkpoint.Size && request.Proof.Count == 0 && !newest.Root.Span.SequenceEqual(checkpoint.Root.Span))
                return new WitnessAnswer(WitnessVerdict.OtherSize, $"{newest.Size}");
            if (!IsContinued(newest, request, checkpoint)) return new WitnessAnswer(WitnessVerdict.NotConsistent, "the proof does not lead from the last cosigned tree to this one");
            // Remembered first: a crash between the two costs a cosignature, and never makes two histories.
            if (!await memory.ReplaceAsync(newest, checkpoint, cancellation)) continue;
            return new WitnessAnswer(WitnessVerdict.Cosigned, $"{signer.Sign(request.Note.Text, clock.GetUtcNow())}\n");
        }
    }

    private static bool IsContinued(Checkpoint? newest, WitnessRequest request, Checkpoint checkpoint) => newest is null || newest.Size == 0
        ? request.Proof.Count == 0
        : MerkleProof.VerifyConsistency(newest.Size, checkpoint.Size, newest.Root.Span, checkpoint.Root.Span, request.Proof);
}
