namespace GitOpsGate.Targets.Agent;

/// <summary>The settings of a target that a sync agent serves.</summary>
/// <param name="Lifetime">How long an agent may act on what it was told.</param>
internal sealed record AgentOptions(TimeSpan Lifetime)
{
    public static AgentOptions Read(TargetSettings settings) =>
        new(TimeSpan.FromMinutes(settings.Number("lifetimeMinutes", otherwise: 60, from: 5, to: 24 * 60)));
}
