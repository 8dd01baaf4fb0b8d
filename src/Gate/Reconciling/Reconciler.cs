using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Reconciling;

/// <summary>What a round was and what it found.</summary>
/// <param name="Misses">What the forge had and no delivery had told of.</param>
/// <param name="IsAll">Whether nothing was left for the next round.</param>
/// <param name="Trouble">The trouble that kept it from comparing, or null.</param>
public sealed record RoundReport(Reconciled Round, int Misses, bool IsAll, ForgeTroubleException? Trouble);

/// <summary>The rooms that a round goes through.</summary>
public sealed record RoundRooms(HookKeeper Hooks, MissedDeliveries Missed, ForgeSurvey Survey, Comparison Comparison);

/// <summary>
/// No forge promises that every webhook arrives. A round looks after a repository's hook, has what the forge's log says to have failed sent
/// again, compares what the forge has with what is recorded, and makes a delivery for each thing that nobody told of. It changes no record
/// of its own: a delivery is walked like any other, so a round that ends in the middle, or is done twice, loses and doubles nothing. Safe
/// to call concurrently for different repositories.
/// </summary>
public sealed class Reconciler(RoundRooms rooms, IDeliveryInbox inbox, IGateStore gate, IReconcileStore store, TimeProvider clock)
{
    /// <summary>How long a webhook that is on its way is waited for before its absence counts.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // The forge's clock, and the time that a delivery takes to fail.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    /// <summary>As far back as GitHub sends again; others go further.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3);

    /// <summary>Looks after the hook only.</summary>
    public async Task<RoundReport> CheckHookAsync(Reach reach, RepositoryKey repository, CancellationToken cancellation)
    {
        var last = await store.LastAsync(repository, cancellation);
        var (isRepaired, trouble) = await AskAsync(() => rooms.Hooks.CheckAsync(reach, last, cancellation));
        if (isRepaired) await store.KeepAsync(last with { IsHookRepaired = true }, cancellation);
        return new RoundReport(last with { IsHookRepaired = isRepaired, Trouble = LineOf(trouble) }, 0, IsAll: true, trouble);
    }

    /// <summary>Goes a whole round.</summary>
    /// <param name="doubt">What was looked at before this moment may have changed without a word.</param>
    public async Task<RoundReport> RoundAsync(Reach reach, RepositoryKey repository, DateTimeOffset doubt, CancellationToken cancellation)
    {
        var began = clock.GetUtcNow();
        var last = await store.LastAsync(repository, cancellation);
        var (isRepaired, hookTrouble) = await AskAsync(() => rooms.Hooks.CheckAsync(reach, last, cancellation));
        var since = (last.ComparedAt ?? began - Longest) - Overlap;
        var (redelivered, logTrouble) = await AskAsync(() => rooms.Missed.AskAsync(reach, repository, since, cancellation));
        var (difference, trouble) = await AskAsync(() => CompareAsync(reach, repository, doubt, cancellation));
        var (backfilled, isFull) = await FillAsync(reach, difference?.Misses ?? [], cancellation);

        var isAll = !isFull && difference is { IsAll: true } && redelivered is null or { IsAll: true };
        // A log that we may not read is made up for by comparing; one that could not be read this time is read from the same moment again.
        var isLogRead = logTrouble is null || logTrouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused;
        var round = last with
        {
            ComparedAt = trouble is null && isLogRead && isAll ? began : last.ComparedAt,
            TriedAt = began,
            Redelivered = redelivered?.Ids.Length ?? 0,
            Backfilled = backfilled.Length,
            IsHookRepaired = isRepaired,
            Trouble = isFull ? "the inbox is full" : LineOf(trouble ?? logTrouble ?? hookTrouble),
        };
        await WriteAsync(round, [.. redelivered?.Ids ?? [], .. backfilled], cancellation);
        await store.KeepAsync(round, cancellation);
        return new RoundReport(round, difference?.Misses.Length ?? 0, isAll, trouble);
    }

    private static async Task<(T? Answer, ForgeTroubleException? Trouble)> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return (await ask(), null);
        }
        catch (ForgeTroubleException trouble)
        {
            // One part that cannot be done does not keep the others from being done.
            return (default, trouble);
        }
    }

    private static string LineOf(ForgeTroubleException? trouble) => trouble is null ? "" : Words.Plain(trouble.Message, 300);

    private async Task<Difference> CompareAsync(Reach reach, RepositoryKey repository, DateTimeOffset doubt, CancellationToken cancellation)
    {
        var truth = await rooms.Survey.AskAsync(reach, repository, cancellation);
        var difference = await rooms.Comparison.OfAsync(repository, truth, doubt, cancellation);
        if (difference.Misses.Length > 0)
        {
            await Task.Delay(Patience, clock, cancellation);
            difference = await rooms.Comparison.OfAsync(repository, truth, doubt, cancellation);
        }

        await SeeAsync(repository, truth, cancellation);
        return difference;
    }

    // What a branch held when the gate first saw it is trusted, as with the first push that is told of it.
    private async Task SeeAsync(RepositoryKey repository, ForgeTruth truth, CancellationToken cancellation)
    {
        var known = (await store.TipsAsync(repository, cancellation)).Select(tip => tip.Branch).ToHashSet(StringComparer.Ordinal);
        foreach (var (branch, tip) in truth.Tips.Where(seen => !seen.Tip.IsNone && !known.Contains(seen.Branch)))
        {
            await store.SeeTipAsync(repository, branch, tip, truth.AskedAt, cancellation);
        }
    }

    /// <summary>Makes the deliveries, as far as the inbox has room for them.</summary>
    private async Task<(ImmutableArray<string> Ids, bool IsFull)> FillAsync(
        Reach reach, ImmutableArray<Miss> misses, CancellationToken cancellation)
    {
        var filled = ImmutableArray.CreateBuilder<string>();
        foreach (var miss in misses)
        {
            var delivery = Backfill.Of(miss, reach.Forge.Name, clock.GetUtcNow());
            var acceptance = await inbox.AcceptAsync(delivery, cancellation);
            if (acceptance == Acceptance.Full) return (filled.ToImmutable(), true);
            if (acceptance == Acceptance.Accepted || await ReviveAsync(delivery, cancellation)) filled.Add(delivery.ForgeId);
            if (miss.What is Concern.Push push)
            {
                await store.SeeTipAsync(push.Repository, push.Branch, push.After, delivery.ReceivedAt, cancellation);
            }
        }

        return (filled.ToImmutable(), false);
    }

    // The same difference was found before, and walking it was given up: it still differs, so it is still owed.
    private async Task<bool> ReviveAsync(Delivery delivery, CancellationToken cancellation) =>
        await store.DeadAsync(delivery.Connection, delivery.ForgeId, cancellation) is { } dead
        && await inbox.ReplayAsync(dead, clock.GetUtcNow(), cancellation);

    private async Task WriteAsync(Reconciled round, ImmutableArray<string> ids, CancellationToken cancellation)
    {
        const int MostIds = 100;
        if (ids.IsEmpty) return;
        var entry = new AuditDraft
        {
            Type = AuditTypes.ReconciliationCompleted,
            Outcome = round.Trouble.Length == 0 ? AuditOutcome.Success : AuditOutcome.Failure,
            Subject = new AuditSubject("repo", round.Repository.ToString()),
            Attributes = AuditDraft.NoAttributes
                .Add("redelivered", (long)round.Redelivered)
                .Add("backfilled", (long)round.Backfilled)
                .Add("deliveries", new AuditValue.Texts([.. ids.Take(MostIds).Select(id => Words.Plain(id, 100))])),
        };
        await gate.RecordAsync(new Record { Entries = [entry], At = clock.GetUtcNow() }, cancellation);
    }
}
