namespace GitOpsGate.Storage;

/// <summary>Wakes those who wait for work. A signal that nobody waited for is kept for the next one who does.</summary>
internal sealed class Signal(TimeProvider clock)
{
    private TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set() => Volatile.Read(ref _set).TrySetResult();

    /// <summary>Completes with the next signal, or after a time.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        var current = Volatile.Read(ref _set);
        try
        {
            await current.Task.WaitAsync(atMost, clock, cancellation);
        }
        catch (TimeoutException)
        {
            return;
        }

        Interlocked.CompareExchange(ref _set, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), current);
    }
}
