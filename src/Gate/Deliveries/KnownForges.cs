using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Deliveries;

/// <summary>A forge, and the connection that reaches it.</summary>
public sealed record Reach(IForge Forge, Connection Connection);

/// <summary>The connections of <c>gate.yaml</c>, each with its forge. Immutable.</summary>
public sealed class KnownForges(GateConfiguration configuration, IEnumerable<IForge> forges)
{
    private readonly ImmutableDictionary<ConnectionName, Reach> _reaches =
        (from connection in configuration.Connections
         from forge in forges
         where forge.Name == connection.Forge
         select new Reach(forge, connection)).ToImmutableDictionary(reach => reach.Connection.Name);

    /// <summary>How a connection is reached, or null when it is not, or no more, in <c>gate.yaml</c>.</summary>
    public Reach? Find(ConnectionName connection) => _reaches.GetValueOrDefault(connection);
}
