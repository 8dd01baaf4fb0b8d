namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>A clock that goes as the machine's does, ahead of it or behind. Safe to use from many threads.</summary>
public sealed class ShiftedClock : TimeProvider
{
    private long _shift;

    /// <summary>How far ahead; negative for behind.</summary>
    public TimeSpan Shift
    {
        get => new(Interlocked.Read(ref _shift));
        set => Interlocked.Exchange(ref _shift, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
