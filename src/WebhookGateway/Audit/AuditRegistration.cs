using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Completeness;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Audit.Anchors;
using GitOpsGate.WebhookGateway.Audit.Links;
using GitOpsGate.WebhookGateway.Audit.Sinks;
using GitOpsGate.WebhookGateway.Audit.Witnesses;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>The audit log's desk, and the worker that keeps its anchor fresh.</summary>
internal static class AuditRegistration
{
    public static IServiceCollection AddAudit(this IServiceCollection services, GateConfiguration configuration)
    {
        var settings = configuration.Audit ?? AuditSettings.In(configuration.DataFolder);
        services.AddSingleton<AuditProofs>();
        services.AddSingleton<ILogKeyFiles>(_ => new AuditKeyFiles(settings));
        services.AddSingleton<LogKeyring>();
        services.AddSingleton(given => new CheckpointDesk(
            given.GetRequiredService<IAuditReader>(), given.GetRequiredService<ICheckpointStore>(), given.GetRequiredService<AuditProofs>(),
            new LogSeal(given.GetRequiredService<LogKeyring>(), new AnchorFile(settings.AnchorPath)), given.GetRequiredService<TimeProvider>()));
        services.AddHostedService<CheckpointPublisher>();
        services.AddSingleton<LogPulse>();
        services.AddHostedService<PulseWork>();
        services.AddSingleton(_ => AttestationKey.Open(configuration.DataFolder));
        services.AddSingleton<LinkDesk>();
        services.AddSingleton<LinkLog>();
        services.AddAnchors(settings.Anchors, configuration.DataFolder);
        services.AddWitnesses(settings.Witnesses);
        return services.AddSinks(configuration);
    }
}

/// <summary>Has the log's head signed every few seconds, also when nobody asks: what the anchor does not know, it cannot miss.</summary>
internal sealed class CheckpointPublisher(CheckpointDesk desk, TimeProvider clock, ILogger<CheckpointPublisher> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        while (await WaitAsync(timer, stoppingToken))
        {
            try
            {
                await desk.CurrentAsync(stoppingToken);
            }
            catch (Exception trouble) when (trouble is IOException or InvalidDataException or System.Data.Common.DbException)
            {
                // The log itself goes on; whoever asks for a checkpoint is told the same trouble.
                log.NotSigned(trouble);
            }
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>Log lines.</summary>
internal static partial class AuditLog
{
    [LoggerMessage(1301, LogLevel.Error, "the audit log's checkpoint could not be signed and kept")]
    public static partial void NotSigned(this ILogger log, Exception trouble);

    [LoggerMessage(1302, LogLevel.Error, "the audit log could not say that it goes on")]
    public static partial void NoPulse(this ILogger log, Exception trouble);
}
