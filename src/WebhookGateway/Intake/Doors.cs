using System.Collections.Frozen;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>One connection and the forge that speaks for it: where a call to <c>/hooks/{connection}</c> ends up.</summary>
public sealed record Door(Connection Connection, IForge Forge);

/// <summary>All doors by the connection's name. The forge comes from the configuration, never from a caller's headers.</summary>
public sealed class Doors
{
    private readonly FrozenDictionary<string, Door> _byName;

    public Doors(GateConfiguration configuration, IEnumerable<IForge> forges)
    {
        var byName = forges.ToDictionary(forge => forge.Name, StringComparer.Ordinal);
        _byName = configuration.Connections
            .Where(connection => byName.ContainsKey(connection.Forge))
            .ToFrozenDictionary(
                connection => connection.Name.Value,
                connection => new Door(connection, byName[connection.Forge]),
                StringComparer.Ordinal);
    }

    /// <summary>The doors in the order of their names.</summary>
    public IEnumerable<Door> All => _byName.Values.OrderBy(door => door.Connection.Name.Value, StringComparer.Ordinal);

    /// <summary>The door with this name, or null.</summary>
    public Door? Find(string name) => _byName.GetValueOrDefault(name);
}
