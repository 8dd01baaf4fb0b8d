using System.Collections.Immutable;
using GitOpsGate.WebhookGateway.Telemetry;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>What a worker does, again and again: claim, do, mark, and sleep when there is nothing.</summary>
/// <typeparam name="T">One piece of work; pieces go side by side.</typeparam>
internal interface IWork<T>
{
    /// <summary>The worker's name in log lines and metrics.</summary>
    string Name { get; }

    /// <summary>How many pieces are done at one moment.</summary>
    int Width { get; }

    /// <summary>Takes at most so many pieces into this process' hands. Called by one thread.</summary>
    Task<ImmutableArray<T>> ClaimAsync(int limit, CancellationToken cancellation);

    /// <summary>Does one piece and marks it; what it throws goes to <see cref="TroubleAsync"/>.</summary>
    /// <returns>How it went, in one word, for the metrics.</returns>
    Task<string> DoAsync(T piece, CancellationToken cancellation);

    /// <summary>Marks a piece that met trouble, to be tried again or given up.</summary>
    Task TroubleAsync(T piece, Exception trouble, CancellationToken cancellation);

    /// <summary>Completes when there may be work, or after a while.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken cancellation);
}

/// <summary>
/// Runs a work for as long as the gateway runs. It is the one place where every exception is caught: a bug in one piece must
/// not stop the
/// others. When the gateway stops, nothing new is claimed and what is in hand is finished; what cannot be is claimed again by
/// the next
/// start, once its lease is over.
/// </summary>
internal sealed class WorkerLoop<T>(IWork<T> work, GateMeters meters, TimeProvider clock, ILogger<WorkerLoop<T>> log) : BackgroundService
{
    private static readonly TimeSpan Nap = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Work in hand outlives the call to stop by a while.
        using var giveUp = new CancellationTokenSource();
        using var stopping = stoppingToken.Register(() => giveUp.CancelAfter(Farewell));
        var inHand = new HashSet<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            inHand.RemoveWhere(task => task.IsCompleted);
            var isIdle = await TakeAsync(inHand, giveUp.Token, stoppingToken);
            if (isIdle) await PauseAsync(inHand, stoppingToken);
        }

        await Task.WhenAll(inHand);
    }

    private async Task<bool> TakeAsync(HashSet<Task> inHand, CancellationToken giveUp, CancellationToken stopping)
    {
        if (inHand.Count >= work.Width) return true;
        try
        {
            var claimed = await work.ClaimAsync(work.Width - inHand.Count, stopping);
            foreach (var piece in claimed) inHand.Add(Task.Run(() => DoAsync(piece, giveUp), CancellationToken.None));
            return claimed.IsEmpty;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception trouble)
        {
            log.CannotClaim(trouble, work.Name);
            await Quietly(Task.Delay(AfterTrouble, clock, stopping));
            return true;
        }
    }

    private async Task DoAsync(T piece, CancellationToken cancellation)
    {
        var (began, result) = (clock.GetTimestamp(), "stopped");
        try
        {
            result = await work.DoAsync(piece, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            log.Stopped(work.Name);
        }
        catch (Exception trouble)
        {
            result = "trouble";
            await MarkAsync(piece, trouble);
        }

        meters.Worked(work.Name, result, clock.GetElapsedTime(began));
    }

    private async Task MarkAsync(T piece, Exception trouble)
    {
        log.Trouble(trouble, work.Name);
        try
        {
            await work.TroubleAsync(piece, trouble, CancellationToken.None);
        }
        catch (Exception second)
        {
            // Its lease runs out, and then it is claimed again.
            log.CannotMark(second, work.Name);
        }
    }

    private async Task PauseAsync(HashSet<Task> inHand, CancellationToken stopping)
    {
        // With all hands full only a finished piece is news; otherwise new work is as well.
        if (inHand.Count >= work.Width) await Task.WhenAny([.. inHand, Quietly(Task.Delay(Nap, clock, stopping))]);
        else await Quietly(work.WaitAsync(Nap, stopping));
    }

    private static Task Quietly(Task task) =>
        task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
