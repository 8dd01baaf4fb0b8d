namespace GitOpsGate.Ports;

/// <summary>Who goes first where calls to a forge are scarce. The zero value is the one that is never held back.</summary>
public enum ForgePriority
{
    /// <summary>Somebody waits for it: a person, a merge, a webhook that has just come.</summary>
    Interactive,

    /// <summary>It can be done later as well: looking again, comparing, catching up.</summary>
    Background,
}

/// <summary>
/// The priority of the calls to forges that are made from here on. It follows the work through awaits and into tasks that it starts, and
/// ends with the scope.
/// </summary>
public static class ForgeWork
{
    private static readonly AsyncLocal<ForgePriority> Ambient = new();

    /// <summary>The priority of a call that is made now.</summary>
    public static ForgePriority Priority => Ambient.Value;

    /// <summary>Makes the calls until the scope is disposed of background work.</summary>
    public static IDisposable Background() => new Scope(ForgePriority.Background);

    /// <summary>Makes the calls until the scope is disposed of work that somebody waits for, also inside background work.</summary>
    public static IDisposable Interactive() => new Scope(ForgePriority.Interactive);

    private sealed class Scope : IDisposable
    {
        private readonly ForgePriority _before = Ambient.Value;

        public Scope(ForgePriority priority) => Ambient.Value = priority;

        public void Dispose() => Ambient.Value = _before;
    }
}
