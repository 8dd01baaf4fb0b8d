using GitOpsGate.Changes;

namespace GitOpsGate.Rulings;

/// <summary>What a deployment that asks is told. Held means that it waits on.</summary>
/// <param name="Reason">In one line, for people: what is so, and what would be right.</param>
public sealed record DeploymentRuling(Verdict Verdict, string Reason)
{
    /// <summary>The ruling behind it, where it is a single one.</summary>
    public Ruling? Ruling { get; init; }

    /// <summary>The change request that is waited for, or that it comes from; null for none.</summary>
    public ChangeKey? Change { get; init; }
}
