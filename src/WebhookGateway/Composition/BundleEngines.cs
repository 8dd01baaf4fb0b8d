using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using GitOpsGate.Configuration;
using GitOpsGate.Policies;
using GitOpsGate.Policies.Bundles;
using GitOpsGate.Policies.OpaServer;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;
using GitOpsGate.Policies.World;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Telemetry;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>
/// One engine for each bundle of <c>gate.yaml</c>: compiled here, or an OPA server that is given the bundle. A bundle that
/// cannot be used
/// is a reason, so that what it should judge is errored and never allowed.
/// </summary>
internal sealed class BundleEngines(GateConfiguration configuration, IHttpClientFactory http, IKeptSources kept, TimeProvider clock)
    : IPolicyEngines, IPreparation
{
    /// <summary>Bytes of a bundle that is kept, at most.</summary>
    private const long KeptBytes = 16 << 20;

    /// <summary>The name of the client that asks OPA servers.</summary>
    public const string ClientName = "opa";

    /// <summary>The name of the client that policies with the capability <c>http.send</c> ask with.</summary>
    public const string WorldClientName = "policies";

    private readonly ConcurrentDictionary<string, EngineLookup> _engines = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _notKept = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Completes when every bundle has an engine or a reason, and the log says which: nothing is judged before.
    /// </summary>
    public Task Opened => _opened.Task;

    public string? Missing => Opened.IsCompleted ? null : "the policy bundles are being loaded";

    /// <summary>The engines by bundle, in the order of their names; those that could not be made are left out.</summary>
    public IEnumerable<(string Bundle, IPolicyEngine Engine)> Ready =>
        from found in _engines
        where found.Value.Engine is not null
        orderby found.Key
        select (found.Key, found.Value.Engine);

    /// <summary>Why bundles cannot be asked, one line for each, in the order of their names.</summary>
    public IEnumerable<string> Problems =>
        from found in _engines
        where found.Value.Engine is null
        orderby found.Key
        select $"bundle `{found.Key}`: {found.Value.Why}";

    /// <summary>Which bundles are not kept, so that rulings they made cannot be made again once they change; one line for each.</summary>
    public IEnumerable<string> NotKept => from one in _notKept orderby one.Key select $"bundle `{one.Key}` is not kept for replays: {one.Value}";

    public EngineLookup Find(string bundle) =>
        _engines.TryGetValue(bundle, out var found) ? found : EngineLookup.Missing($"there is no bundle `{bundle}` in gate.yaml");

    /// <summary>Loads every bundle that has no engine yet; may be called again, for servers that were away.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        foreach (var source in configuration.Bundles)
        {
            if (Find(source.Name).Engine is not null) continue;
            try
            {
                _engines[source.Name] = await LoadAsync(source, cancellation);
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or DbException)
            {
                _engines[source.Name] = EngineLookup.Missing(trouble.Message);
            }
        }
    }

    /// <summary>Lets judging begin.</summary>
    public void Open() => _opened.TrySetResult();

    private async Task<EngineLookup> LoadAsync(BundleSource source, CancellationToken cancellation)
    {
        switch (await BundleReader.ReadAsync(source.Path, BundleOptions.Default, cancellation))
        {
            case BundleReading.Complete complete when source.OpaUrl is { } address:
                return await PushAsync(complete.Bundle, address, cancellation);
            case BundleReading.Complete complete:
                return await KeepAsync(complete.Bundle, Compile(complete.Bundle, source), source, cancellation);
            case BundleReading.Refused refused:
                return EngineLookup.Missing(string.Join("; ", refused.Problems.Select(one => $"{one.Path ?? source.Path}: {one.Message}")));
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<EngineLookup> PushAsync(PolicyBundle bundle, string address, CancellationToken cancellation)
    {
        var options = new OpaServerOptions { Address = new Uri(address.TrimEnd('/') + "/"), Clock = clock };
        return await OpaServerEngine.PushAsync(http.CreateClient(ClientName), options, bundle, cancellation) switch
        {
            OpaConnection.Ready ready => EngineLookup.Found(ready.Engine),
            OpaConnection.Failed failed => EngineLookup.Missing($"the OPA server at `{address}`: {failed.Message}"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>Kept before anything is judged with it: no ruling names a bundle that is nowhere.</summary>
    private async Task<EngineLookup> KeepAsync(PolicyBundle bundle, EngineLookup compiled, BundleSource source, CancellationToken cancellation)
    {
        if (compiled.Engine is null) return compiled;
        var bytes = bundle.Files.Sum(file => (long)file.Content.Length);
        var why = bytes <= KeptBytes ? "" : string.Create(CultureInfo.InvariantCulture, $"it has {bytes:N0} bytes; up to {KeptBytes:N0} are kept");
        await kept.KeepAsync(new KeptSource(bundle.Revision, KeptSource.Bundle, why.Length == 0 ? BundlePack.Write(bundle) : null, why), cancellation);
        if (why.Length > 0) _notKept[source.Name] = why;
        return compiled;
    }

    /// <summary>The engine of a bundle, or why it does not compile.</summary>
    internal EngineLookup Compile(PolicyBundle bundle, BundleSource source)
    {
        var modules = bundle.Modules.Where(module => !module.IsTest)
            .Select(module => new RegoModuleSource(module.Path, module.Source, module.RegoVersion == 0 ? RegoVersion.V0 : RegoVersion.V1));
        if (!RegoJson.TryParse(bundle.Data.Span, out var data, out var problem)) return EngineLookup.Missing($"its data: {problem}");
        var options = new RegoOptions
        {
            BundleRevision = bundle.Revision,
            Clock = clock,
            Limits = source.Limits,
            World = source.Grants.IsEmpty ? null : () => new GrantedWorld(clock, 0, source.Grants, http.CreateClient(WorldClientName)),
        };
        var compiled = RegoEngine.Compile(modules, data, options);
        return compiled.Engine is { } engine
            ? EngineLookup.Found(engine)
            : EngineLookup.Missing(string.Join("; ", compiled.Errors.Take(5)));
    }
}

/// <summary>
/// Tries bundles without an engine again now and then, as long as there are any: an OPA server may start after the gate.
/// </summary>
internal sealed class BundleRetry(BundleEngines engines, TimeProvider clock) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(15), clock);
        try
        {
            await engines.Opened.WaitAsync(stoppingToken);
            while (engines.Problems.Any() && await timer.WaitForNextTickAsync(stoppingToken)) await engines.LoadAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }
}
