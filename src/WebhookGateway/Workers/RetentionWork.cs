using System.Data.Common;
using System.Globalization;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>
/// Seals webhooks that were walked, and ends days whose time has come. A few at a time, with pauses: the writer belongs to the door.
/// </summary>
internal sealed class RetentionWork(IWebhookRetention retention, GateConfiguration configuration, TimeProvider clock, ILogger<RetentionWork> log)
    : BackgroundService
{
    /// <summary>From one round to the next.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // A day that waits is told once, and not every minute.
    private readonly HashSet<WaitingDay> _told = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await RoundAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops; what was begun is gone on with after the next start.
        }
    }

    private async Task RoundAsync(CancellationToken cancellation)
    {
        try
        {
            while (await retention.SealAsync(cancellation) > 0) await Task.Delay(Pause, clock, cancellation);
            var ended = await retention.EndAsync(clock.GetUtcNow(), configuration.Retention.Webhooks, cancellation);
            foreach (var (day, bodies) in ended.Done) log.Ended(Text(day), bodies);
            foreach (var waiting in ended.Waiting.Where(_told.Add)) log.Waits(Text(waiting.Day), waiting.Why);
        }
        catch (Exception trouble) when (trouble is IOException or InvalidDataException or DbException)
        {
            // Nothing is lost by it: what is neither sealed nor ended is read as before.
            log.NotRetained(trouble);
        }
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
