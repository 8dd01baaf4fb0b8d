using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>Who hears what an evaluation says aside from its answers.</summary>
/// <param name="Print">Gets each line of <c>print</c>, and where it was called.</param>
/// <param name="TestCase">Gets the keys of each case that a test with keys begins.</param>
internal sealed record EvaluationListener(Action<PolicyPlace?, string>? Print, Action<RegoValue>? TestCase);
