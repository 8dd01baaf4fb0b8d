namespace GitOpsGate.Forges.Git;

/// <summary>
/// Keeps what is costly to start for the next caller. Each caller has one alone; as many are in use as the width says, the others wait.
/// What failed is thrown away. Safe to call concurrently.
/// </summary>
/// <param name="room">How many may stand by at once, all mirrors together.</param>
internal sealed class Standby<T>(Func<T> open, int width, SemaphoreSlim room, TimeProvider clock)
    where T : class, IStanding
{
    private readonly Lock _gate = new();
    private readonly Stack<(T One, long Since)> _idle = new();
    private bool _isClosed;

    // Holds nothing that would have to be let go: nobody asks for its wait handle.
    private SemaphoreSlim Turns { get; } = new(width);

    /// <summary>Does a piece of work with one of them.</summary>
    public async Task<TResult> WithAsync<TResult>(Func<T, Task<TResult>> work, CancellationToken cancellation)
    {
        await Turns.WaitAsync(cancellation);
        T? one = null;
        try
        {
            one = await TakeAsync() ?? open();
            return await work(one);
        }
        finally
        {
            if (one is not null && !Keep(one)) await one.DisposeAsync();
            Turns.Release();
        }
    }

    /// <summary>Ends those that nobody has needed for so long.</summary>
    public async Task EndIdleAsync(TimeSpan longest)
    {
        foreach (var one in Drop(since => clock.GetElapsedTime(since) >= longest)) await one.DisposeAsync();
    }

    /// <summary>Ends all that stand by; those in use end after their use.</summary>
    public async Task CloseAsync()
    {
        lock (_gate) _isClosed = true;
        foreach (var one in Drop(_ => true)) await one.DisposeAsync();
    }

    // One that was ended from outside while it stood by is no reason to fail.
    private async Task<T?> TakeAsync()
    {
        while (true)
        {
            T one;
            lock (_gate)
            {
                if (!_idle.TryPop(out var found)) return null;
                one = found.One;
            }

            room.Release();
            if (one.IsFit) return one;
            await one.DisposeAsync();
        }
    }

    private bool Keep(T one)
    {
        lock (_gate)
        {
            if (_isClosed || !one.IsFit || !room.Wait(TimeSpan.Zero)) return false;
            _idle.Push((one, clock.GetTimestamp()));
            return true;
        }
    }

    private List<T> Drop(Func<long, bool> isDue)
    {
        lock (_gate)
        {
            var kept = _idle.Reverse().Where(idle => !isDue(idle.Since)).ToList();
            var dropped = _idle.Where(idle => !kept.Contains(idle)).Select(idle => idle.One).ToList();
            _idle.Clear();
            foreach (var idle in kept) _idle.Push(idle);
            if (dropped.Count > 0) room.Release(dropped.Count);
            return dropped;
        }
    }
}
