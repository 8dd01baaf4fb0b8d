using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Reconciling;

/// <summary>What differs between a forge and the records.</summary>
/// <param name="IsAll">Whether nothing was left for the next round.</param>
public sealed record Difference(ImmutableArray<Miss> Misses, bool IsAll)
{
    public static Difference None { get; } = new([], true);
}

/// <summary>
/// Compares what a forge has with what is recorded. Whatever was walked after the forge was asked is left out: its record may be newer.
/// Only reads. Safe to call concurrently.
/// </summary>
public sealed class Comparison(IGateReader reader, IReconcileStore store, TimeProvider clock)
{
    /// <summary>How many change requests and pushes are back-filled in one round.</summary>
    public const int Together = 200;

    /// <summary>How many that only might have changed are walked again in one round.</summary>
    public const int MostDoubtful = 50;

    private const int PageLength = 200;

    /// <summary>Members, checks and statuses leave no trace on a change request, so each open one is looked at again after a while.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromHours(6);

    /// <summary>Statuses and checks arrive within a day of what they are about.</summary>
    private static readonly TimeSpan Lively = TimeSpan.FromDays(1);

    /// <summary>What the records lack.</summary>
    /// <param name="doubt">What was looked at before this moment may have changed without a word: the gate or the forge was away.</param>
    public async Task<Difference> OfAsync(RepositoryKey repository, ForgeTruth truth, DateTimeOffset doubt, CancellationToken cancellation)
    {
        var known = await OpenAsync(repository, cancellation);
        // Pushes first: what is deployed waits for them.
        var misses = (await PushesAsync(repository, truth, cancellation)).ToList();
        var doubtful = new List<(DateTimeOffset Since, Miss Miss)>();
        foreach (var listed in truth.Open)
        {
            if (known.GetValueOrDefault(listed.Key.Number) is not { } recorded) misses.AddRange(await NotOpenAsync(listed, truth, cancellation));
            else if (recorded.UpdatedAt >= truth.AskedAt) continue;
            else if (Moved(listed, recorded) is { } moved) misses.Add(moved);
            else if (Doubtful(listed, recorded, doubt) is { } perhaps) doubtful.Add((recorded.UpdatedAt, perhaps));
        }

        misses.AddRange(Gone(truth, known.Values));
        var oldest = doubtful.OrderBy(one => one.Since).Take(MostDoubtful).Select(one => one.Miss);
        var all = misses.Concat(oldest).ToImmutableArray();
        return new Difference([.. all.Take(Together)], all.Length <= Together && doubtful.Count <= MostDoubtful);
    }

    private async Task<Dictionary<long, ChangeSummary>> OpenAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var open = new Dictionary<long, ChangeSummary>();
        string? after = null;
        do
        {
            var filter = new ChangeFilter(ChangeState.Open, null, repository.ToString(), after, PageLength);
            var page = await reader.ChangesAsync(filter, cancellation);
            foreach (var one in page.Items.Where(one => one.Change.Key.Repository == repository)) open[one.Change.Key.Number] = one;
            after = page.Next;
        }
        while (after is not null);
        return open;
    }

    private async Task<ImmutableArray<Miss>> NotOpenAsync(OpenChange listed, ForgeTruth truth, CancellationToken cancellation)
    {
        var ended = await reader.ChangeAsync(listed.Key, cancellation);
        if (ended is null) return [Of(listed.Key, "no delivery told of it", $"new {listed.Head}")];
        if (ended.UpdatedAt >= truth.AskedAt) return [];
        return [Of(listed.Key, "it is open again", $"open {Stamp(ended.UpdatedAt)}")];
    }

    private static Miss? Moved(OpenChange listed, ChangeSummary recorded)
    {
        var since = Stamp(recorded.UpdatedAt);
        if (!listed.IsAt(recorded.Change.Head)) return Of(listed.Key, "its head is another one", $"head {listed.Head} {since}");
        if (listed.TargetBranch != recorded.Change.TargetBranch) return Of(listed.Key, "its target is another one", $"target {since}");
        if (recorded.Latest?.Revision.Head != recorded.Change.Head) return Of(listed.Key, "it was not judged at its head", $"unjudged {since}");
        // Forges tell whole seconds: what changed in the second of the last look may have changed after it.
        var second = recorded.UpdatedAt.AddTicks(-(recorded.UpdatedAt.Ticks % TimeSpan.TicksPerSecond));
        return listed.UpdatedAt >= second ? Of(listed.Key, "it has changed since", $"changed {Stamp(listed.UpdatedAt)}") : null;
    }

    private Miss? Doubtful(OpenChange listed, ChangeSummary recorded, DateTimeOffset doubt)
    {
        if (recorded.UpdatedAt < doubt && listed.UpdatedAt > doubt - Lively)
        {
            return Of(listed.Key, "deliveries may have been lost since", $"doubt {Stamp(recorded.UpdatedAt)}");
        }

        return recorded.UpdatedAt < clock.GetUtcNow() - Stale
            ? Of(listed.Key, "nothing was heard of it for long", $"stale {Stamp(recorded.UpdatedAt)}")
            : null;
    }

    private static IEnumerable<Miss> Gone(ForgeTruth truth, IEnumerable<ChangeSummary> known)
    {
        var listed = truth.Open.Select(open => open.Key.Number).ToHashSet();
        return known.Where(one => !listed.Contains(one.Change.Key.Number) && one.UpdatedAt < truth.AskedAt)
            .OrderBy(one => one.Change.Key.Number)
            .Select(one => Of(one.Change.Key, "it is not open any more", $"gone {Stamp(one.UpdatedAt)}"));
    }

    private async Task<IEnumerable<Miss>> PushesAsync(RepositoryKey repository, ForgeTruth truth, CancellationToken cancellation)
    {
        var known = (await store.TipsAsync(repository, cancellation)).ToDictionary(tip => tip.Branch, StringComparer.Ordinal);
        return
            from seen in truth.Tips
            let was = known.GetValueOrDefault(seen.Branch)
            where was is not null && was.Tip != seen.Tip && was.Since < truth.AskedAt
            let push = new Concern.Push(repository, seen.Branch, was.Tip, seen.Tip, IsForced: false, Pusher: "")
            select new Miss(push, "the branch has moved", $"push {Stamp(was.Since)}");
    }

    private static Miss Of(ChangeKey key, string why, string basis) => new(new Concern.Change(key), why, basis);

    private static string Stamp(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
}
