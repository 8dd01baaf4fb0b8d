using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>The doer of rounds, and what it looks up and tells.</summary>
internal sealed record ReconcileRooms(
    Reconciler Reconciler, KnownForges Forges, IReconcileStore Store, IAccessStore Access, ReconcileMeters Meters);

/// <summary>
/// Compares the repositories with their forges, few at a time and one question after the other, so that webhooks never wait for it.
/// </summary>
internal sealed class ReconcileWork(
    ReconcileRooms rooms, GateConfiguration configuration, ReconcileSchedule schedule, TimeProvider clock, ILogger<ReconcileWork> log)
    : IWork<ReconcileRound>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    /// <summary>
    /// For so long nothing is expected of a place that a forge took from us. Then it is asked after all: the word that it came back may have
    /// got lost.
    /// </summary>
    private static readonly TimeSpan Believed = TimeSpan.FromDays(1);

    private DateTimeOffset _lookAt = DateTimeOffset.MinValue;
    private ImmutableArray<LostAccess> _lost = [];

    public string Name => "reconciler";

    public int Width => 2;

    public async Task<ImmutableArray<ReconcileRound>> ClaimAsync(int limit, CancellationToken cancellation)
    {
        if (configuration.Reconcile.IsOff) return [];
        if (clock.GetUtcNow() >= _lookAt)
        {
            _lost = await rooms.Access.LostAsync(cancellation);
            schedule.Know([.. Once(await rooms.Store.RepositoriesAsync(cancellation)).Where(IsExpected)]);
            _lookAt = clock.GetUtcNow() + LookAgain;
        }

        return schedule.Take(limit);
    }

    public async Task<string> DoAsync(ReconcileRound piece, CancellationToken cancellation)
    {
        var repository = piece.Repository;
        if (rooms.Forges.Find(repository.Connection) is not { } reach) return "unknown";
        RoundReport? report = null;
        // Nobody waits for it: calls that people or webhooks wait for go first, and a part of the forge's budget is kept for them.
        using var background = ForgeWork.Background();
        try
        {
            report = piece.IsWhole
                ? await rooms.Reconciler.RoundAsync(reach, repository, piece.Doubt, cancellation)
                : await rooms.Reconciler.CheckHookAsync(reach, repository, cancellation);
        }
        finally
        {
            schedule.Done(piece, report);
        }

        Tell(repository, report, piece.IsWhole);
        if (report.Trouble is { } trouble)
        {
            schedule.Troubled(repository.Connection, mayHaveLost: trouble.Kind is TroubleKind.Unavailable or TroubleKind.Unclear);
            return "trouble";
        }

        schedule.Works(repository.Connection);
        // It answers, whatever was said of it.
        foreach (var lost in _lost.Where(one => one.MovedTo is null && one.Covers(repository))) await rooms.Access.RegainAsync(lost.Place, cancellation);
        return report.Misses > 0 ? "differs" : "same";
    }

    /// <summary>The schedule knows already; nothing is stored that would have to be given back.</summary>
    public Task TroubleAsync(ReconcileRound piece, Exception trouble, CancellationToken cancellation) => Task.CompletedTask;

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => Task.Delay(atMost, clock, cancellation);

    // Forges take a repository's name in either case of letters; it is compared once, as it was recorded.
    private RepositoryKey[] Once(ImmutableArray<RepositoryKey> recorded) =>
    [
        .. recorded.Concat(configuration.Environments.Select(environment => environment.Repository))
            .Where(one => rooms.Forges.Find(one.Connection) is not null)
            .DistinctBy(one => one.ToString(), StringComparer.OrdinalIgnoreCase),
    ];

    // At its old path a forge answers for the repository that has moved, which is compared under its new one.
    private bool IsExpected(RepositoryKey repository) => !_lost.Any(
        lost => lost.Covers(repository) && (lost.MovedTo is not null || clock.GetUtcNow() - lost.Since < Believed));

    private void Tell(RepositoryKey repository, RoundReport report, bool isWhole)
    {
        rooms.Meters.Count(repository.Connection, report, isWhole);
        var round = report.Round;
        if (round.IsHookRepaired) log.HookRepaired(repository.ToString());
        if (isWhole && round.Backfilled + round.Redelivered > 0)
        {
            log.Reconciled(repository.ToString(), report.Misses, round.Backfilled, round.Redelivered);
        }

        if (round.Trouble.Length > 0) log.NotReconciled(repository.ToString(), round.Trouble);
    }
}

/// <summary>What the reconciler says.</summary>
internal static partial class ReconcileLog
{
    [LoggerMessage(2011, LogLevel.Warning, "the webhook of `{Repository}` was not as it should be, and is registered anew")]
    public static partial void HookRepaired(this ILogger log, string repository);

    [LoggerMessage(2012, LogLevel.Warning,
        "`{Repository}`: {Misses} things that no webhook told of, {Backfilled} back-filled, {Redelivered} asked for again")]
    public static partial void Reconciled(this ILogger log, string repository, int misses, int backfilled, int redelivered);

    [LoggerMessage(2013, LogLevel.Warning, "`{Repository}` could not be compared with its forge as a whole: {Trouble}")]
    public static partial void NotReconciled(this ILogger log, string repository, string trouble);
}
