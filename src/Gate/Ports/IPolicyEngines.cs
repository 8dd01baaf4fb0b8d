using GitOpsGate.Policies;

namespace GitOpsGate.Ports;

/// <summary>The loaded policy bundles of <c>gate.yaml</c>, each with its engine. Safe to call concurrently; bundles are loaded once.</summary>
public interface IPolicyEngines
{
    /// <summary>The engine of a bundle. A bundle that is not named, cannot be read or does not compile is a reason, not an exception.</summary>
    /// <param name="bundle">The bundle's name in <c>gate.yaml</c>.</param>
    EngineLookup Find(string bundle);
}

/// <summary>What looking for a bundle's engine gave: the engine, or why there is none.</summary>
/// <param name="Engine">The engine, or null.</param>
/// <param name="Why">Without an engine: the reason, lower case, with file and line where they are known; otherwise empty.</param>
public readonly record struct EngineLookup(IPolicyEngine? Engine, string Why)
{
    public static EngineLookup Found(IPolicyEngine engine) => new(engine, "");

    public static EngineLookup Missing(string why) => new(null, why);
}
