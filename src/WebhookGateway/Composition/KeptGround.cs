using System.Collections.Immutable;
using GitOpsGate.Configuration;
using GitOpsGate.Policies.Bundles;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>What a ruling stood on.</summary>
/// <param name="Configuration">Has the server's rules of that day.</param>
/// <param name="Engines">Have the bundles of that day.</param>
/// <param name="Problems">Why it is not that of the ruling, one line each; empty when it is.</param>
internal sealed record Ground(GateConfiguration Configuration, IPolicyEngines Engines, ImmutableArray<string> Problems);

/// <summary>
/// Finds what stored rulings were made with: what is loaded, where that is the same, and else what was kept. What cannot be had is told by its name,
/// and nothing else is taken instead of it without saying so. Safe to call concurrently.
/// </summary>
internal sealed class KeptGround(GateConfiguration configuration, BundleEngines engines, IKeptSources kept) : IDisposable
{
    /// <summary>Old bundles that stay compiled: whoever makes one ruling again makes others of that time.</summary>
    private const int MostCompiled = 4;

    private const string Embedded = "embedded";

    private readonly KeptRules _rules = KeptRules.Of(configuration);
    private readonly List<(string Key, EngineLookup Engine)> _compiled = [];

    // One compilation at a time: each may use as much as limits allow.
    private readonly SemaphoreSlim _compiling = new(1);

    public void Dispose() => _compiling.Dispose();

    /// <summary>Keeps the server's rules; to be called before anything is judged.</summary>
    public Task KeepRulesAsync(CancellationToken cancellation) => kept.KeepAsync(_rules.ToSource(), cancellation);

    public async Task<Ground> OfAsync(Ruling ruling, CancellationToken cancellation)
    {
        var (rules, problem) = await RulesOfAsync(ruling, cancellation);
        var isNow = rules.Digest == _rules.Digest;
        var found = new Dictionary<string, EngineLookup>(StringComparer.Ordinal);
        foreach (var use in ruling.Bundles) found[use.Name] = await EngineOfAsync(use, rules, isNow, cancellation);
        return new Ground(isNow ? configuration : rules.ToConfiguration(), new Engines(found, engines), problem is null ? [] : [problem]);
    }

    private async Task<(KeptRules Rules, string? Problem)> RulesOfAsync(Ruling ruling, CancellationToken cancellation)
    {
        // What was not kept may be what is loaded; the ruling's own digest of its rules tells.
        if (ruling.ServerDigest is not { } digest || digest == _rules.Digest) return (_rules, null);
        try
        {
            return await kept.FindAsync(digest, cancellation) is var source && source?.Content is { } content
                ? (KeptRules.Read(content, digest), null)
                : (_rules, $"the server's rules `{digest}` are not kept{(source is null ? "" : $": {source.Why}")}; those of now were taken");
        }
        catch (InvalidDataException trouble)
        {
            return (_rules, $"the server's rules `{digest}` cannot be used: {trouble.Message}; those of now were taken");
        }
    }

    private async Task<EngineLookup> EngineOfAsync(BundleUse use, KeptRules rules, bool isNow, CancellationToken cancellation)
    {
        if (use.Engine != Embedded)
            return EngineLookup.Missing($"it was asked on an OPA server (engine `{use.Engine}`), whose bundles are not kept and whose decisions are not taken again");
        if (isNow && engines.Find(use.Name).Engine is { } loaded && loaded.BundleRevision == use.Revision) return engines.Find(use.Name);
        if (rules.Bundles.FirstOrDefault(bundle => bundle.Name == use.Name) is not { } asked)
            return EngineLookup.Missing($"the rules that are at hand name no bundle `{use.Name}`");
        var key = $"{use.Name} {use.Revision} {rules.Digest}";
        await _compiling.WaitAsync(cancellation);
        try
        {
            var at = _compiled.FindIndex(one => one.Key == key);
            var engine = at >= 0 ? _compiled[at].Engine : await CompileAsync(use, asked, cancellation);
            if (at >= 0) _compiled.RemoveAt(at);
            // The newest stands last. What could not be had may be there another time.
            if (engine.Engine is not null) _compiled.Add((key, engine));
            if (_compiled.Count > MostCompiled) _compiled.RemoveAt(0);
            return engine;
        }
        finally
        {
            _compiling.Release();
        }
    }

    private async Task<EngineLookup> CompileAsync(BundleUse use, KeptBundle asked, CancellationToken cancellation)
    {
        try
        {
            return await kept.FindAsync(use.Revision, cancellation) is var source && source?.Content is { } content
                ? engines.Compile(BundlePack.Read(content, use.Revision), asked.ToSource())
                : EngineLookup.Missing($"revision `{use.Revision}` is not kept{(source is null ? "" : $": {source.Why}")}");
        }
        catch (InvalidDataException trouble)
        {
            return EngineLookup.Missing($"revision `{use.Revision}`, as it is kept, cannot be used: {trouble.Message}");
        }
    }

    /// <summary>Those of the ruling; a bundle that it could not ask then is looked for among those of now.</summary>
    private sealed class Engines(Dictionary<string, EngineLookup> found, IPolicyEngines now) : IPolicyEngines
    {
        public EngineLookup Find(string bundle) => found.TryGetValue(bundle, out var lookup) ? lookup : now.Find(bundle);
    }
}
