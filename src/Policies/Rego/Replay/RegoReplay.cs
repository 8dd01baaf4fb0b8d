namespace GitOpsGate.Policies.Rego.Replay;

/// <summary>What an evaluation gave when it was told what a record holds instead of asking the world.</summary>
/// <param name="Answers">The answers. A call that the record does not hold ends in the error <c>replay_missing</c>.</param>
/// <param name="Unused">The calls of the record that the evaluation did not make, as <c>name[operands]</c>, in order: a policy that
/// asks less than it did is not the policy that was asked.</param>
public sealed record RegoReplay(RegoAnswers Answers, IReadOnlyList<string> Unused);

/// <summary>What a decision was when it was taken again from its record.</summary>
/// <param name="Decision">The decision; a failure with the code <c>replay_missing</c> when the record lacks what was asked.</param>
/// <param name="Unused">The calls of the record that were not made, as <c>name[operands]</c>, in order.</param>
public sealed record ReplayedDecision(Decision Decision, IReadOnlyList<string> Unused);

/// <summary>An engine that takes decisions again from what was recorded with them. Safe for many threads.</summary>
public interface IReplayingEngine : IPolicyEngine
{
    /// <summary>Takes a decision again. The same bundle, query, input and record give the same decision, byte for byte.</summary>
    /// <param name="query">A reference below <c>data</c>, as it was asked then.</param>
    /// <param name="input">The input document of then.</param>
    /// <param name="record">What the decision's <see cref="Decision.Nondeterminism"/> says; empty for null.</param>
    /// <param name="cancellation">Ends the evaluation with <see cref="OperationCanceledException"/>.</param>
    ValueTask<ReplayedDecision> ReplayAsync(string query, PolicyInput input, NondeterminismRecord record, CancellationToken cancellation);
}
