using System.Collections.Immutable;

namespace GitOpsGate.Policies.World;

/// <summary>
/// What a bundle may ask of the world, as the operator says in <c>gate.yaml</c>; OPA's capabilities have the same names. Nothing is
/// granted that is not named.
/// </summary>
public sealed record WorldGrants
{
    /// <summary>The functions that can be granted.</summary>
    public static ImmutableArray<string> Known { get; } = ["http.send", "net.lookup_ip_addr", "opa.runtime"];

    /// <summary>Nothing is granted.</summary>
    public static WorldGrants None { get; } = new();

    /// <summary>Which of <see cref="Known"/> are granted.</summary>
    public ImmutableArray<string> Functions { get; init; } = [];

    /// <summary>
    /// The hosts that may be asked and looked up, as OPA's <c>allow_net</c>: <c>HOST</c> for all of its ports, or <c>HOST:PORT</c>.
    /// </summary>
    public ImmutableArray<string> AllowNet { get; init; } = [];

    /// <summary>Whether anything is granted.</summary>
    public bool IsEmpty => Functions.IsEmpty;

    /// <summary>Whether a function is granted.</summary>
    public bool Allows(string function) => Functions.Contains(function);

    /// <summary>Whether a host may be asked.</summary>
    public bool AllowsHost(string host, int port) =>
        AllowNet.Any(one => string.Equals(one, host, StringComparison.OrdinalIgnoreCase)
            || string.Equals(one, $"{host}:{port}", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a name may be looked up.</summary>
    public bool AllowsName(string host) =>
        AllowNet.Any(one => string.Equals(one.Split(':')[0], host, StringComparison.OrdinalIgnoreCase));
}
