using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Policies;
using GitOpsGate.Policies.Rego.Replay;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>
/// The engines of a ruling that is made again: what its policies asked of the world, they are told again, so that a <see cref="Judge"/>
/// with the same evidence gives the same ruling, byte for byte. A policy that asks what it did not ask then fails
/// (<c>replay_missing</c>), and a bundle of another revision is missing: doubt is never allowed. Safe to call concurrently.
/// </summary>
public sealed class ReplayEngines(IPolicyEngines engines, Ruling ruling) : IPolicyEngines
{
    private readonly ConcurrentDictionary<WorldUse, bool> _asked = new();
    private readonly ConcurrentQueue<string> _unused = new();

    /// <summary>What the ruling's policies asked then and did not ask now, in order; meaningful once the ruling is made again.</summary>
    public ImmutableArray<string> Unused =>
    [
        .. Uses.Where(use => !_asked.ContainsKey(use)).Select(use => $"{use.Query} of bundle {use.Bundle}").Concat(_unused)
            .Order(StringComparer.Ordinal),
    ];

    private ImmutableArray<WorldUse> Uses => ruling.World ?? [];

    /// <inheritdoc/>
    public EngineLookup Find(string bundle)
    {
        var (engine, why) = engines.Find(bundle);
        if (engine is null) return EngineLookup.Missing(why);
        var then = ruling.Bundles.FirstOrDefault(use => use.Name == bundle);
        if (then is not null && then.Revision != engine.BundleRevision)
        {
            return EngineLookup.Missing($"it is at revision `{engine.BundleRevision}`; the ruling asked `{then.Revision}`");
        }

        return engine is IReplayingEngine replaying
            ? EngineLookup.Found(new Again(this, replaying, bundle))
            : EngineLookup.Missing($"engine `{engine.Name}` does not take decisions again; the embedded engine would");
    }

    private NondeterminismRecord RecordOf(string bundle, string query, PolicyInput input)
    {
        var digest = WorldUse.DigestOf(input.Json);
        var found = Uses.FirstOrDefault(use => use.Bundle == bundle && use.Query == query && use.Input == digest);
        if (found is null) return NondeterminismRecord.Empty;
        _asked[found] = true;
        return NondeterminismRecord.TryParse(Encoding.UTF8.GetBytes(found.Answers), out var record, out _) ? record : NondeterminismRecord.Empty;
    }

    private sealed class Again(ReplayEngines replay, IReplayingEngine engine, string bundle) : IPolicyEngine
    {
        public string Name => engine.Name;

        public string BundleRevision => engine.BundleRevision;

        public IReadOnlyList<string> Packages => engine.Packages;

        public IReadOnlyList<string> RulesIn(string package) => engine.RulesIn(package);

        public async ValueTask<Decision> DecideAsync(string query, PolicyInput input, CancellationToken cancellation)
        {
            var (decision, unused) = await engine.ReplayAsync(query, input, replay.RecordOf(bundle, query, input), cancellation);
            foreach (var call in unused) replay._unused.Enqueue($"{query} of bundle {bundle}: {call}");
            return decision;
        }
    }
}
