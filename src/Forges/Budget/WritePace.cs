namespace GitOpsGate.Forges.Budget;

/// <summary>
/// After a forge said that we write too fast, writes go one by one and a second apart for a while; before, nothing is held up. Safe to call
/// concurrently.
/// </summary>
internal sealed class WritePace(TimeProvider clock)
{
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private long _carefulUntil;
    private long _last;

    // Holds nothing that would have to be let go: nobody asks for its wait handle.
    private SemaphoreSlim OneByOne { get; } = new(1, 1);

    /// <summary>Writes are slow from now until a while after the forge takes calls again.</summary>
    public void BeCareful(DateTimeOffset restsUntil) => Interlocked.Exchange(ref _carefulUntil, (restsUntil + Memory).UtcTicks);

    /// <summary>Waits for one's turn to write. Dispose of the turn after the answer.</summary>
    public async Task<Turn> EnterAsync(CancellationToken cancellation)
    {
        if (clock.GetUtcNow().UtcTicks >= Interlocked.Read(ref _carefulUntil)) return default;
        await OneByOne.WaitAsync(cancellation);
        var turn = new Turn(this);
        try
        {
            var wait = TimeSpan.FromTicks(Interlocked.Read(ref _last) - clock.GetUtcNow().UtcTicks) + Apart;
            if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, cancellation);
            return turn;
        }
        catch (OperationCanceledException)
        {
            OneByOne.Release();
            throw;
        }
    }

    private void Leave()
    {
        Interlocked.Exchange(ref _last, clock.GetUtcNow().UtcTicks);
        OneByOne.Release();
    }

    /// <summary>The right to write now; nothing when there is no hurry to be slowed down.</summary>
    public readonly struct Turn(WritePace? pace) : IDisposable
    {
        public void Dispose() => pace?.Leave();
    }
}
