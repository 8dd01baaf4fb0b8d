namespace GitOpsGate.Policies;

/// <summary>One engine's answer to one query (OPA's term). Closed: a value, undefined, or a failure.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>
    /// What the policy asked of the world and was told (time, chance, addresses), as JSON in the form of OPA's
    /// <c>nd_builtin_cache</c>; null when it asked for nothing, or when the engine does not say. Who keeps it with the input can take
    /// the decision again: see <see cref="Rego.Replay.IReplayingEngine"/>.
    /// </summary>
    public string? Nondeterminism { get; init; }

    private protected abstract void Close();

    /// <summary>The document exists.</summary>
    /// <param name="Json">Its JSON text in UTF-8; sets are arrays in Rego's order, object keys are sorted.</param>
    public sealed record Value(ReadOnlyMemory<byte> Json) : Decision
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>The document is undefined for this input: neither true nor false.</summary>
    public sealed record Undefined : Decision
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>The question could not be answered. A gate must never read this as consent.</summary>
    /// <param name="Code">OPA's error code (<c>eval_conflict_error</c>, <c>eval_builtin_error</c>…), <c>limit_…</c> for an exhausted
    /// budget, or <c>engine_unreachable</c> and <c>engine_refused</c> for a server.</param>
    /// <param name="Message">What went wrong, lower case, with what would be right where that is known.</param>
    /// <param name="Place">Where in the policy, or null when it is nowhere in particular.</param>
    public sealed record Failed(string Code, string Message, PolicyPlace? Place) : Decision
    {
        private protected override void Close()
        {
        }
    }
}

/// <summary>A place in a policy's source.</summary>
/// <param name="File">Path inside the bundle, with forward slashes.</param>
/// <param name="Row">Line, from 1.</param>
/// <param name="Column">Code point in the line, from 1.</param>
public sealed record PolicyPlace(string File, int Row, int Column);
