namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>Waits for what another process does; ends as soon as it is so.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task TrueAsync(Func<bool> holds, Func<string> otherwise, TimeSpan? patience = null) =>
        TrueAsync(() => Task.FromResult(holds()), otherwise, patience);

    public static async Task TrueAsync(Func<Task<bool>> holds, Func<string> otherwise, TimeSpan? patience = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > (patience ?? Patience)) throw new TimeoutException(otherwise());
            await Task.Delay(15);
        }
    }
}
