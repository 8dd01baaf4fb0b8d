namespace GitOpsGate.Storage;

/// <summary>
/// References that were asked for lately. They are kept for a minute: another gateway on the same database may erase somebody, and what comes in
/// afterwards gets a new reference. Safe to call concurrently.
/// </summary>
internal sealed class KnownIdentities
{
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private readonly object _gate = new();
    private readonly Dictionary<(string Forge, string PersonId), string> _known = [];
    private DateTimeOffset _since;

    public string? Find(string forge, string personId, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (now - _since > Longest || now < _since) _known.Clear();
            return _known.GetValueOrDefault((forge, personId));
        }
    }

    public void Remember(string forge, string personId, string reference, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_known.Count >= MostRemembered) _known.Clear();
            if (_known.Count == 0) _since = now;
            _known[(forge, personId)] = reference;
        }
    }

    /// <summary>Forgets everybody.</summary>
    public void Clear()
    {
        lock (_gate) _known.Clear();
    }
}
