using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego;

/// <summary>What compiling gave: an engine, or the reasons why there is none.</summary>
/// <param name="Engine">The engine, or null.</param>
/// <param name="Errors">What is wrong, in the order of files and lines; empty when there is an engine.</param>
public sealed record RegoCompilation(RegoEngine? Engine, IReadOnlyList<RegoError> Errors);

/// <summary>What one evaluation gave.</summary>
/// <param name="Answers">The bindings of each answer; none when the query is undefined.</param>
/// <param name="Error">Why the evaluation ended early, or null.</param>
public sealed record RegoAnswers(IReadOnlyList<IReadOnlyDictionary<string, Values.RegoValue>> Answers, RegoError? Error)
{
    /// <summary>What the evaluation asked of the world and was told; with it the evaluation can be repeated.</summary>
    public Replay.NondeterminismRecord Recorded { get; init; } = Replay.NondeterminismRecord.Empty;
}
