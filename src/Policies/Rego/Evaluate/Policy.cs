using GitOpsGate.Policies.Rego.Compile;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>A compiled policy: the tree of rules with everything planned. Shared by all evaluations.</summary>
internal sealed class Policy
{
    public required RuleNode Root { get; init; }

    public required IReadOnlyList<RuleGroup> Groups { get; init; }

    public required int PlanCount { get; init; }

    /// <summary>Machines that can evaluate this policy.</summary>
    public MachinePool Machines => field ??= new MachinePool(this);
}
