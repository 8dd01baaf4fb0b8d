namespace GitOpsGate.Fakes;

/// <summary>A request that a fake server got.</summary>
/// <param name="Path">With the query, if there was one.</param>
/// <param name="Status">What was answered; 0 when the connection was broken or the caller gave up.</param>
public sealed record JournalEntry(string Method, string Path, string Body, int Status);

/// <summary>All requests that a fake server got, in the order in which they ended. Safe to use from many threads.</summary>
public sealed class RequestJournal
{
    private readonly Lock _gate = new();
    private readonly List<JournalEntry> _entries = [];

    public IReadOnlyList<JournalEntry> Entries
    {
        get
        {
            lock (_gate) return [.. _entries];
        }
    }

    /// <summary>How many requests with this method had a path that contains this.</summary>
    public int Count(string method, string path = "") =>
        Entries.Count(entry => entry.Method == method && entry.Path.Contains(path, StringComparison.Ordinal));

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_gate) _entries.Clear();
    }

    internal void Add(JournalEntry entry)
    {
        lock (_gate) _entries.Add(entry);
    }
}
