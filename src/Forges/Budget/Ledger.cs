using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Budget;

/// <summary>
/// One account's budget of calls: what the forge says of it, or what is counted here where it says nothing. Keeps a reserve for those who
/// wait, and lets the account rest when the forge asks for that. Safe to call concurrently.
/// </summary>
internal sealed class Ledger(string account, Quota quota, TimeSpan longestRest, TimeProvider clock)
{
    /// <summary>The part of a budget that background work leaves to others.</summary>
    public const double Reserve = 0.2;

    // Names come from the forge; GitHub has about twenty.
    private const int MostWindows = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, RateReading> _windows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _resourceOf = new(StringComparer.Ordinal);
    private readonly RollingCount _counted = new();
    private long _limit = quota.HourlyCalls;
    private DateTimeOffset _restsUntil;
    private TimeSpan _lastGuess;
    private DateTimeOffset _lastUse = clock.GetUtcNow();

    /// <summary>How fast this account writes.</summary>
    public WritePace Writes { get; } = new(clock);

    /// <summary>Lets a call go out, or says that it must wait.</summary>
    /// <exception cref="ForgeTroubleException">Unavailable, with the time to wait; nothing was sent.</exception>
    public void Admit(ForgeRequest request)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            _lastUse = now;
            // Calling while a forge asks to wait makes it ask for longer, and may get the account banned.
            if (_restsUntil > now) throw Wait(request, "the forge asked to wait", _restsUntil - now);
            if (request.Priority != ForgePriority.Background || WindowOf(request.Route, now) is not { } window) return;
            if (window.Left < window.Limit * Reserve)
            {
                throw Wait(
                    request, $"{window.Left} of {window.Limit} calls are left, which are kept for those who wait", window.ResetsAt - now);
            }
        }
    }

    /// <summary>Counts a call that goes out now: the forge counts it whether its answer comes or not.</summary>
    public void Sent()
    {
        lock (_gate) _counted.Add(clock.GetUtcNow());
    }

    /// <summary>Whether nobody has called since then.</summary>
    public bool IsIdleSince(DateTimeOffset moment)
    {
        lock (_gate) return _lastUse < moment;
    }

    /// <summary>Notes an answer. The time for which the account rests now, or null when it does not.</summary>
    public TimeSpan? Note(ForgeRequest request, RawAnswer answer)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (answer.Rate is { } rate) Keep(request.Route, rate);
            return answer.Rest is { } rest ? Rest(rest, now) : null;
        }
    }

    public AccountBudget View()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            return new AccountBudget(account, _restsUntil > now ? _restsUntil : null, [.. Windows(now)]);
        }
    }

    private IEnumerable<BudgetWindow> Windows(DateTimeOffset now)
    {
        if (_limit > 0) yield return new("", _limit, Math.Max(0, _limit - _counted.Total(now)), _counted.NextRelief(now), IsCounted: true);
        foreach (var window in _windows.Values.OrderBy(window => window.Resource, StringComparer.Ordinal)) yield return Shown(window, now);
    }

    // Once its time has passed, a budget is whole again.
    private static BudgetWindow Shown(RateReading window, DateTimeOffset now) =>
        new(window.Resource, window.Limit, window.ResetsAt > now ? window.Left ?? window.Limit : window.Limit, window.ResetsAt, IsCounted: false);

    // The window that this route drew from the last time; the largest one for a route that was not gone yet.
    private BudgetWindow? WindowOf(string route, DateTimeOffset now)
    {
        if (_limit > 0) return Windows(now).First();
        var window = _resourceOf.TryGetValue(route, out var resource) && _windows.TryGetValue(resource, out var known)
            ? known
            : _windows.Values.MaxBy(one => one.Limit);
        return window is null ? null : Shown(window, now);
    }

    private void Keep(string route, RateReading rate)
    {
        if (rate.Left is not { } left)
        {
            // The limit alone is told: counting is left to us.
            if (_limit > 0) _limit = rate.Limit;
            return;
        }

        if (_windows.Count >= MostWindows && !_windows.ContainsKey(rate.Resource)) return;
        // Answers overtake one another: within one window, the smaller number is the newer one.
        var isSame = _windows.TryGetValue(rate.Resource, out var known) && Math.Abs((known.ResetsAt - rate.ResetsAt).TotalSeconds) < 2;
        _windows[rate.Resource] = isSame && known!.Left < left && known.ResetsAt > clock.GetUtcNow() ? known : rate;
        if (_resourceOf.Count < MostWindows || _resourceOf.ContainsKey(route)) _resourceOf[route] = rate.Resource;
    }

    private TimeSpan Rest(RestAsked asked, DateTimeOffset now)
    {
        var wait = asked.Wait;
        if (asked.IsGuess)
        {
            // "Wait at least a minute", and longer each time that this was not enough.
            if (_lastGuess > TimeSpan.Zero && now - _restsUntil < _lastGuess) wait = 2 * _lastGuess;
            _lastGuess = wait = wait < longestRest ? wait : longestRest;
        }

        if (wait > longestRest) wait = longestRest;
        if (now + wait > _restsUntil) _restsUntil = now + wait;
        if (asked.IsSecondary && quota.LimitsWrites) Writes.BeCareful(_restsUntil);
        return wait;
    }

    private static ForgeTroubleException Wait(ForgeRequest request, string why, TimeSpan wait) =>
        new($"{request} was not sent: {why}", TroubleKind.Unavailable, wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1));
}
