using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Configuration;
using GitOpsGate.Forges;
using GitOpsGate.Ports;
using GitOpsGate.Storage;
using GitOpsGate.Targets;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Audit.Anchors;
using GitOpsGate.WebhookGateway.Audit.Witnesses;
using GitOpsGate.WebhookGateway.Intake;
using GitOpsGate.WebhookGateway.Secrets;
using GitOpsGate.WebhookGateway.Witnesses;
using GitOpsGate.WebhookGateway.Workers;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>From a command line to a running gateway.</summary>
internal static class Startup
{
    private const int Stopped = 0;
    private const int Unusable = 2;

    /// <summary>Runs until the process is asked to stop.</summary>
    /// <returns>0 after a stop; 2 when the command line or the configuration is wrong: every problem was written to the
    /// errors.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        if (args is [RecoverOptions.Verb, .. var rest]) return await RecoverRun.RunAsync(rest, output, errors);
        if (args is [WitnessOptions.Verb, .. var more]) return await WitnessRun.RunAsync(more, output, errors);
        if (args is ["--help" or "-h"])
        {
            await output.WriteLineAsync(StartOptions.Usage);
            return Stopped;
        }

        var (options, problem) = StartOptions.Read(args, Environment.GetEnvironmentVariable);
        if (options is null)
        {
            await errors.WriteLineAsync($"{problem}\n{StartOptions.Usage}");
            return Unusable;
        }

        var reading = GateFileReader.ReadFile(options.ConfigPath);
        foreach (var warning in reading.Warnings) await errors.WriteLineAsync($"warning: {warning}");
        ImmutableArray<FileProblem> problems = [.. reading.Problems, .. reading.Value is { } read ? Wrong(read, options.ConfigPath) : []];
        foreach (var wrong in problems) await errors.WriteLineAsync(wrong.ToString());
        if (reading.Value is not { } configuration || problems.Length > 0)
        {
            await errors.WriteLineAsync($"the gateway does not start: {problems.Length} to put right in `{options.ConfigPath}`");
            return Unusable;
        }

        try
        {
            await using var app = GatewayHost.Build(
                configuration, options.Urls, new IntakeOptions(), services =>
                {
                    services.AddRooms(configuration);
                    if (!options.HasWorkers) services.RemoveWorkers();
                });
            await OpenAsync(app.Services, output, errors);
            await app.StartAsync();
            await LoadAsync(app.Services, configuration, errors);
            await app.WaitForShutdownAsync();
            return Stopped;
        }
        catch (Exception trouble) when (trouble is DbException or IOException or UnauthorizedAccessException or SchemaMismatchException
            or LogRolledBackException or InvalidDataException or FormatException)
        {
            // A database that is away, a folder or an address in use: for people, not a fault of ours to be traced.
            await errors.WriteLineAsync($"the gateway does not start: {trouble.Message}");
            return Unusable;
        }
    }

    /// <summary>What only the rooms know to be wrong: forges and targets that there are not, and targets' own settings.</summary>
    private static IEnumerable<FileProblem> Wrong(GateConfiguration configuration, string path)
    {
        var file = Path.GetFileName(path);
        foreach (var connection in configuration.Connections.Where(connection => !ForgeRegistration.All.ContainsKey(connection.Forge)))
        {
            var known = string.Join("`, `", ForgeRegistration.All.Keys);
            yield return new FileProblem(file, 0, $"connection `{connection.Name}`: forge `{connection.Forge}` is not known; right is `{known}`");
        }

        foreach (var wrong in configuration.Targets.SelectMany(target => TargetRegistration.Check(target))) yield return new FileProblem(file, 0, wrong);
    }

    /// <summary>Before the door opens: the audit log is what it was, the stored secrets are at hand, and somebody can sign in.</summary>
    private static async Task OpenAsync(IServiceProvider rooms, TextWriter output, TextWriter errors)
    {
        await rooms.GetRequiredService<CheckpointDesk>().CheckAsync(CancellationToken.None);
        await rooms.CheckWitnessesAsync(CancellationToken.None);
        await rooms.GetRequiredService<SecretWatch>().BeginAsync(CancellationToken.None);
        await rooms.CheckAnchorsAsync(errors);
        var (store, clock) = (rooms.GetRequiredService<IGateStore>(), rooms.GetRequiredService<TimeProvider>());
        var token = await FirstToken.MakeAsync(rooms.GetRequiredService<ITokenStore>(), store, clock, CancellationToken.None);
        if (token is not null) await output.WriteLineAsync($"admin token: {token}");
        await rooms.GetRequiredService<LogKeyring>().AnnounceAsync(CancellationToken.None);
    }

    /// <summary>
    /// While the door is open already: the bundles are loaded, and what changed since the last start is recorded. Deliveries wait for it
    /// in the inbox, for they cannot be judged before.
    /// </summary>
    private static async Task LoadAsync(IServiceProvider rooms, GateConfiguration configuration, TextWriter errors)
    {
        var (store, clock) = (rooms.GetRequiredService<IGateStore>(), rooms.GetRequiredService<TimeProvider>());
        var (engines, stopping) = (rooms.GetRequiredService<BundleEngines>(), rooms.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        try
        {
            await rooms.GetRequiredService<KeptGround>().KeepRulesAsync(stopping);
            await engines.LoadAsync(stopping);
            foreach (var lost in engines.NotKept) await errors.WriteLineAsync($"warning: {lost}");
            foreach (var problem in engines.Problems) await errors.WriteLineAsync($"warning: {problem}");
            await new StartEntries(configuration, engines, store, clock).WriteAsync(stopping);
            engines.Open();
            // What only the start needed goes back to the operating system.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop meanwhile: the next start loads them again.
        }
    }
}
