using System.Data.Common;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Recovery;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Storage;
using GitOpsGate.WebhookGateway.Audit;
using GitOpsGate.WebhookGateway.Audit.Witnesses;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>The gateway's other way to be started: not to serve, but to put its audit log right, with nobody else at the database.</summary>
internal static class RecoverRun
{
    private const int Done = 0;
    private const int Refused = 1;
    private const int Unusable = 2;

    /// <param name="args">What stands behind the verb.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        if (args is ["--help" or "-h"])
        {
            await output.WriteLineAsync(RecoverOptions.Usage);
            return Done;
        }

        var (options, problem) = RecoverOptions.Read(args, Environment.GetEnvironmentVariable);
        if (options is null)
        {
            await errors.WriteLineAsync($"{problem}\n{RecoverOptions.Usage}");
            return Unusable;
        }

        var reading = GateFileReader.ReadFile(options.ConfigPath);
        foreach (var wrong in reading.Problems) await errors.WriteLineAsync(wrong.ToString());
        if (reading.Value is not { } configuration) return Unusable;
        try
        {
            await output.WriteLineAsync(await RecoverAsync(configuration, options));
            return Done;
        }
        catch (RecoveryRefusedException trouble)
        {
            await errors.WriteLineAsync($"not recovered: {trouble.Message}");
            return Refused;
        }
        catch (Exception trouble) when (trouble is DbException or IOException or InvalidDataException or FormatException or UnauthorizedAccessException
            or SchemaMismatchException or LogRolledBackException)
        {
            await errors.WriteLineAsync($"not recovered: {trouble.Message}");
            return Unusable;
        }
    }

    // Where the anchor is gone, too, only the witnesses may know that entries are lost.
    private static LogRecovery Recovery(IServiceProvider rooms) => new(
        rooms.GetRequiredService<IAuditReader>(), rooms.GetRequiredService<ILogRecovery>(), rooms.GetRequiredService<IGateStore>(),
        rooms.GetRequiredService<CheckpointDesk>(), rooms.GetRequiredService<TimeProvider>())
    {
        Others = rooms.CheckWitnessesAsync,
    };

    private static async Task<string> RecoverAsync(GateConfiguration configuration, RecoverOptions options)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddMetrics().AddSingleton(TimeProvider.System);
        services.AddGateStorage(configuration.DataFolder, configuration.PostgreSql?.Reveal());
        services.AddAudit(configuration).AddSingleton(Recovery);
        await using var rooms = services.BuildServiceProvider();
        var recovery = rooms.GetRequiredService<LogRecovery>();
        if (options.Mirror is { } mirror)
        {
            var done = await recovery.FromMirrorAsync(new MirrorFolder(Path.GetFullPath(mirror)), CancellationToken.None);
            return $"recovered: {done.Restored} entries came back from the mirror; the log of `{done.Origin}` has {done.After} entries";
        }

        var begun = await recovery.NewEpochAsync(options.Reason!, CancellationToken.None);
        return $"the log goes on as `{begun.Origin}`, after {begun.Before} entries that it kept: tell everybody who holds its old key or a checkpoint";
    }
}
