using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// A field that one place in a policy looks up again and again: objects that share their keys have it at the same position, so
/// that one comparison mostly finds it. Threads share it: what is remembered is replaced as a whole.
/// </summary>
internal sealed class FieldSight(RegoValue key)
{
    private const int MostChanges = 64;

    private Seen? _seen;
    private int _changes;

    public RegoValue In(RegoObject entries)
    {
        if (_seen is { } seen && ReferenceEquals(seen.Keys, entries.RawKeys))
        {
            return seen.At < 0 ? default : entries.RawValues[seen.At];
        }

        return Find(entries);
    }

    private RegoValue Find(RegoObject entries)
    {
        var at = entries.IndexOf(key);
        if (entries.SharesKeys && _changes < MostChanges)
        {
            _changes++;
            _seen = new Seen(entries.RawKeys, at);
        }

        return at < 0 ? default : entries.RawValues[at];
    }

    private sealed class Seen(RegoValue[] keys, int at)
    {
        public RegoValue[] Keys { get; } = keys;

        public int At { get; } = at;
    }
}

/// <summary>Where a constant path into the base documents leads.</summary>
internal sealed class BaseSight(RegoNode data, RegoValue value)
{
    public RegoNode Data { get; } = data;

    public RegoValue Value { get; } = value;
}
