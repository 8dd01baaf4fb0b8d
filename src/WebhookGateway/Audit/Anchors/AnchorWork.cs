using System.Data.Common;
using GitOpsGate.Audit.Anchors;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Audit.Anchors;

/// <summary>
/// Has the log's head anchored, each kind at its own pace. The log waits for none of them: an anchor that fails is shown, and tried again sooner than
/// its next turn would be.
/// </summary>
internal sealed class AnchorWork(IEnumerable<IAnchoring> kinds, IAnchorStore store, AnchorBoard board, TimeProvider clock, ILogger<AnchorWork> log)
    : BackgroundService
{
    private static readonly TimeSpan FirstAgain = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestAgain = TimeSpan.FromMinutes(10);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(kinds.Select(kind => RunAsync(kind, stoppingToken)));

    private async Task RunAsync(IAnchoring kind, CancellationToken stopping)
    {
        try
        {
            var failures = 0;
            await Task.Delay(await FirstAsync(kind, stopping), clock, stopping);
            while (true)
            {
                failures = await TurnAsync(kind, stopping) ? 0 : failures + 1;
                await Task.Delay(failures == 0 ? kind.Every : Again(kind, failures), clock, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    // A gateway that is restarted often does not anchor more often.
    private async Task<TimeSpan> FirstAsync(IAnchoring kind, CancellationToken cancellation)
    {
        try
        {
            if (await store.LastAsync(kind.Kind, cancellation) is not { } last) return TimeSpan.Zero;
            board.Stands(kind.Kind, last, null);
            var wait = last.At + kind.Every - clock.GetUtcNow();
            return wait < TimeSpan.Zero ? TimeSpan.Zero : wait < kind.Every ? wait : kind.Every;
        }
        catch (DbException)
        {
            // The turn itself tells of it.
            return TimeSpan.Zero;
        }
    }

    /// <returns>Whether there was something to anchor, and it was.</returns>
    private async Task<bool> TurnAsync(IAnchoring kind, CancellationToken cancellation)
    {
        try
        {
            var done = await kind.TurnAsync(cancellation);
            board.Stands(kind.Kind, done.Made, done.Warning);
            if (done.Warning is { } warning) log.NotQuiteAnchored(Anchor.WordOf(kind.Kind), warning);
            return done.Made is not null;
        }
        catch (Exception trouble) when (trouble is LogRolledBackException or GitTroubleException or IOException or FormatException
            or InvalidDataException or UnauthorizedAccessException or DbException)
        {
            board.Failed(kind.Kind, trouble);
            log.NotAnchored(Anchor.WordOf(kind.Kind), trouble.Message);
            return false;
        }
    }

    private static TimeSpan Again(IAnchoring kind, int failures)
    {
        var wait = FirstAgain * Math.Pow(2, Math.Min(failures - 1, 10));
        return new[] { wait, LongestAgain, kind.Every }.Min();
    }
}

/// <summary>Log lines.</summary>
internal static partial class AnchorLog
{
    [LoggerMessage(1303, LogLevel.Error, "the audit log was not anchored ({Kind}): {Why}")]
    public static partial void NotAnchored(this ILogger log, string kind, string why);

    [LoggerMessage(1304, LogLevel.Warning, "the audit log was anchored ({Kind}), but {Why}")]
    public static partial void NotQuiteAnchored(this ILogger log, string kind, string why);
}
