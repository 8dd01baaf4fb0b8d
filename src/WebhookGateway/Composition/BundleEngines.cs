using System.Collections.Concurrent;
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
internal sealed class BundleEngines(GateConfiguration configuration, IHttpClientFactory http, TimeProvider clock)
    : IPolicyEngines, IPreparation
{
    /// <summary>The name of the client that asks OPA servers.</summary>
    public const string ClientName = "opa";

    /// <summary>The name of the client that policies with the capability <c>http.send</c> ask with.</summary>
    public const string WorldClientName = "policies";

    private readonly ConcurrentDictionary<string, EngineLookup> _engines = new(StringComparer.Ordinal);
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
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
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
                return Compile(complete.Bundle, source);
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

    private EngineLookup Compile(PolicyBundle bundle, BundleSource source)
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
