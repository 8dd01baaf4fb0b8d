using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>A round that is due.</summary>
/// <param name="IsWhole">False when only the hook is looked at.</param>
/// <param name="Doubt">What was looked at before this moment may have changed without a word.</param>
internal sealed record ReconcileRound(RepositoryKey Repository, bool IsWhole, DateTimeOffset Doubt);

/// <summary>
/// When which repository is compared with its forge: soon after the start, spread out; then on a slow timer, and sooner after trouble was
/// over or something was given up. A forge that is away is asked less and less. Safe for concurrent use.
/// </summary>
/// <param name="chance">Spreads the rounds out, so that what began together does not stay together.</param>
internal sealed class ReconcileSchedule(ReconcileSettings settings, TimeProvider clock, Random chance)
{
    /// <summary>A hook that a forge switched off is found within a quarter of an hour, however slow the timer is.</summary>
    private static readonly TimeSpan Hooks = TimeSpan.FromMinutes(13);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(2);

    /// <summary>What one round left over is taken up after this, and what the next leaves after twice as long.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<RepositoryKey, Place> _places = [];
    private readonly Dictionary<ConnectionName, bool> _troubled = [];
    private readonly DateTimeOffset _start = clock.GetUtcNow();

    /// <summary>Takes these for all repositories that there are; each new one is due soon.</summary>
    public void Know(IReadOnlyCollection<RepositoryKey> repositories)
    {
        lock (_gate)
        {
            foreach (var gone in _places.Keys.Except(repositories).ToArray()) _places.Remove(gone);
            foreach (var repository in repositories.Where(one => !_places.ContainsKey(one)))
            {
                _places[repository] = new Place { DueAt = Soon(), HookDueAt = DateTimeOffset.MaxValue, Doubt = _start };
            }
        }
    }

    /// <summary>The rounds that are due, the one that waits longest first; each is in hand until <see cref="Done"/> is told of it.</summary>
    public ImmutableArray<ReconcileRound> Take(int limit)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var due = _places.Where(one => !one.Value.IsInHand && one.Value.NextAt <= now)
                .OrderBy(one => one.Value.NextAt).ThenBy(one => one.Key.ToString(), StringComparer.Ordinal).Take(limit).ToArray();
            foreach (var (_, place) in due) (place.IsInHand, place.BeganAt) = (true, now);
            return [.. due.Select(one => new ReconcileRound(one.Key, one.Value.DueAt <= now, one.Value.Doubt))];
        }
    }

    /// <summary>A round has ended.</summary>
    /// <param name="report">Null when it met trouble that nobody foresaw.</param>
    public void Done(ReconcileRound round, RoundReport? report)
    {
        lock (_gate)
        {
            if (!_places.TryGetValue(round.Repository, out var place)) return;
            var now = clock.GetUtcNow();
            (place.IsInHand, place.HookDueAt) = (false, now + Vary(Shorter(settings.Every, Hooks)));
            if (!round.IsWhole) return;
            if (report is null || report.Trouble is not null)
            {
                place.DueAt = place.HookDueAt = now + Retry(place.Failures++, report?.Trouble?.RetryAfter);
                place.IsAway = report?.Trouble is { Kind: TroubleKind.Unavailable or TroubleKind.Unclear };
                return;
            }

            (place.Failures, place.IsAway) = (0, false);
            place.Leftovers = report.IsAll ? 0 : place.Leftovers + 1;
            place.DueAt = now + (report.IsAll ? Vary(settings.Every) : Shorter(Doubled(Rest, place.Leftovers - 1), settings.Every));
            // What came to be doubted while the round went is doubted still.
            if (report.IsAll && place.Doubt <= round.Doubt) place.Doubt = DateTimeOffset.MinValue;
            if (place.IsDisturbed) Hasten(place);
            place.IsDisturbed = false;
        }
    }

    /// <summary>A forge did not answer.</summary>
    /// <param name="mayHaveLost">Whether it was away, so that its webhooks may have got lost.</param>
    public void Troubled(ConnectionName connection, bool mayHaveLost)
    {
        lock (_gate) _troubled[connection] = mayHaveLost || _troubled.GetValueOrDefault(connection);
    }

    /// <summary>A forge answered. When it was in trouble before, its repositories are due soon.</summary>
    public void Works(ConnectionName connection)
    {
        lock (_gate)
        {
            if (!_troubled.Remove(connection, out var mayHaveLost)) return;
            foreach (var (_, place) in _places.Where(one => one.Key.Connection == connection))
            {
                if (mayHaveLost) place.Doubt = clock.GetUtcNow();
                Hasten(place);
            }
        }
    }

    /// <summary>Something of a repository was given up: it is due soon.</summary>
    public void GaveUp(RepositoryKey repository)
    {
        lock (_gate)
        {
            if (_places.TryGetValue(repository, out var place)) Hasten(place);
        }
    }

    // Never twice as often as the timer: what keeps failing would keep the gate busy otherwise.
    private void Hasten(Place place)
    {
        if (place.IsInHand)
        {
            place.IsDisturbed = true;
            return;
        }

        var soonest = place.BeganAt + (settings.Every / 2);
        var soon = Soon();
        var at = soon > soonest ? soon : soonest;
        if ((place.Failures == 0 || place.IsAway) && at < place.DueAt) place.DueAt = at;
    }

    private DateTimeOffset Soon() => clock.GetUtcNow() + (Shorter(settings.Every / 10, TimeSpan.FromMinutes(1)) * chance.NextDouble());

    private TimeSpan Vary(TimeSpan time) => time * (0.9 + (0.2 * chance.NextDouble()));

    private TimeSpan Retry(int failures, TimeSpan? asked)
    {
        var wait = Vary(Shorter(Doubled(FirstRetry, failures), LongestRetry));
        return asked is { } wish && wish > wait ? Shorter(wish, LongestRetry) : wait;
    }

    private static TimeSpan Doubled(TimeSpan time, int times) => time * Math.Pow(2, Math.Min(times, 10));

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private sealed class Place
    {
        public DateTimeOffset DueAt { get; set; }

        public DateTimeOffset HookDueAt { get; set; }

        public DateTimeOffset BeganAt { get; set; }

        public DateTimeOffset Doubt { get; set; }

        public int Failures { get; set; }

        /// <summary>How many rounds one after the other have left something over.</summary>
        public int Leftovers { get; set; }

        /// <summary>Whether its last round failed because the forge was away.</summary>
        public bool IsAway { get; set; }

        public bool IsInHand { get; set; }

        /// <summary>Whether something happened while it was in hand that calls for another round.</summary>
        public bool IsDisturbed { get; set; }

        public DateTimeOffset NextAt => DueAt < HookDueAt ? DueAt : HookDueAt;
    }
}
