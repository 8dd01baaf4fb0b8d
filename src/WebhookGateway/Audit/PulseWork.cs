using GitOpsGate.Audit.Completeness;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>Has the log say every few minutes that it goes on, and after each day how far it has come.</summary>
internal sealed class PulseWork(LogPulse pulse, TimeProvider clock, ILogger<PulseWork> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LogPulse.Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await BeatAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task BeatAsync(CancellationToken cancellation)
    {
        try
        {
            await pulse.BeatAsync(cancellation);
            await pulse.CloseAsync(cancellation);
        }
        catch (Exception trouble) when (trouble is IOException or FormatException or System.Data.Common.DbException)
        {
            // A heartbeat that is missing is what tells of it; the next one is tried in time.
            log.NoPulse(trouble);
        }
    }
}
