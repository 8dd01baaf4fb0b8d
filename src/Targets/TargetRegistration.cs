using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Agent;
using GitOpsGate.Targets.Directory;
using GitOpsGate.Targets.Webhook;

namespace GitOpsGate.Targets;

/// <summary>What targets are made with.</summary>
/// <param name="Git">Where files are exported from.</param>
/// <param name="Connections">The connections of the configuration.</param>
/// <param name="PublicUrl">Where this gateway is reached; it names the gate as the sender.</param>
/// <param name="Clock">The time.</param>
/// <param name="Desired">Where orders are published for agents.</param>
public sealed record TargetTools(
    IGitMirror Git, ImmutableArray<Connection> Connections, string PublicUrl, TimeProvider Clock, DesiredDesk Desired)
{
    /// <summary>The connection that an order's repository is reached by, or null.</summary>
    internal Connection? Find(ConnectionName name) => Connections.FirstOrDefault(connection => connection.Name == name);
}

/// <summary>A kind of target: how its settings are checked, and how one is made from settings without fault.</summary>
internal sealed record TargetKind(Func<TargetSettings, object> Read, Func<TargetSource, TargetTools, ITarget> Make);

/// <summary>All kinds of targets that the gate knows. A new one adds its line to the table; the contract tests then run for it.</summary>
public static class TargetRegistration
{
    private static readonly ImmutableSortedDictionary<string, TargetKind> Table = new Dictionary<string, TargetKind>
    {
        ["agent"] = new(AgentOptions.Read, (source, tools) => new AgentTarget(source.Name, AgentOptions.Read(new(source)), tools)),
        ["directory"] = new(DirectoryOptions.Read, (source, tools) => new DirectoryTarget(source.Name, DirectoryOptions.Read(new(source)), tools)),
        ["webhook"] = new(WebhookOptions.Read, (source, tools) => new WebhookTarget(source.Name, WebhookOptions.Read(new(source)), tools)),
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>The words that <c>gate.yaml</c> may have as a target's kind, in order.</summary>
    public static IEnumerable<string> Kinds => Table.Keys;

    /// <summary>Says what is wrong with a target's settings, in order of their names; empty when nothing is.</summary>
    public static ImmutableArray<string> Check(TargetSource source)
    {
        if (!Table.TryGetValue(source.Kind, out var kind))
        {
            var known = string.Join(" or ", Kinds.Select(name => $"`{name}`"));
            return [$"target `{source.Name}` is of the unknown kind `{source.Kind}`; it can be {known}"];
        }

        var settings = new TargetSettings(source);
        kind.Read(settings);
        return settings.Problems;
    }

    /// <summary>Makes a target.</summary>
    /// <exception cref="ArgumentException">The settings are wrong: <see cref="Check"/> says how.</exception>
    public static ITarget Make(TargetSource source, TargetTools tools)
    {
        var problems = Check(source);
        return problems.IsEmpty ? Table[source.Kind].Make(source, tools) : throw new ArgumentException(string.Join("; ", problems), nameof(source));
    }

    /// <summary>Makes all targets of a configuration, by name.</summary>
    /// <exception cref="ArgumentException">The settings of one are wrong, or two have the same name.</exception>
    public static ImmutableSortedDictionary<string, ITarget> MakeAll(IEnumerable<TargetSource> sources, TargetTools tools) =>
        sources.ToImmutableSortedDictionary(source => source.Name, source => Make(source, tools), StringComparer.Ordinal);
}
