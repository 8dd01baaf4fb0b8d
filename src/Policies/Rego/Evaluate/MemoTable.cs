using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// Answers by a list of values, such as the operands of a function. Collections are hashed by a few of their leaves only: mostly the
/// very same one is asked for again, and to hash all of it would cost more than many functions do.
/// </summary>
internal sealed class MemoTable
{
    private const int LeavesLookedAt = 12;
    private const int LargestKept = 256;

    private int[] _slots = new int[16];
    private Entry[] _entries = new Entry[8];
    private int _count;

    /// <summary>The answer for some values.</summary>
    /// <param name="keys">The values.</param>
    /// <param name="hash">Their hash, for <see cref="Add"/>.</param>
    /// <param name="answer">The answer, which may be undefined.</param>
    public bool TryFind(ReadOnlySpan<RegoValue> keys, out int hash, out RegoValue answer)
    {
        hash = HashOf(keys);
        var mask = _slots.Length - 1;
        for (var at = hash & mask; _slots[at] != 0; at = (at + 1) & mask)
        {
            ref var entry = ref _entries[_slots[at] - 1];
            if (entry.Hash != hash || entry.Width != keys.Length || !Matches(in entry, keys)) continue;
            answer = entry.Answer;
            return true;
        }

        answer = default;
        return false;
    }

    /// <summary>Adds an answer that was not found before.</summary>
    public void Add(ReadOnlySpan<RegoValue> keys, int hash, RegoValue answer)
    {
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
            _slots = new int[_count * 4];
            for (var i = 0; i < _count; i++) Place(_entries[i].Hash, i);
        }

        ref var entry = ref _entries[_count];
        entry.Hash = hash;
        entry.Width = keys.Length;
        entry.Answer = answer;
        if (keys.Length > 0) entry.First = keys[0];
        if (keys.Length > 1) entry.Second = keys[1];
        if (keys.Length > 2) entry.Rest = keys[2..].ToArray();

        Place(hash, _count++);
    }

    /// <summary>Forgets all answers; false when the table is so large that a new one is better.</summary>
    public bool TryClear()
    {
        if (_entries.Length > LargestKept) return false;
        _entries.AsSpan(0, _count).Clear();
        _slots.AsSpan().Clear();
        _count = 0;
        return true;
    }

    private static bool Matches(in Entry entry, ReadOnlySpan<RegoValue> keys)
    {
        if (keys.Length > 0 && !entry.First.Equals(keys[0])) return false;
        if (keys.Length > 1 && !entry.Second.Equals(keys[1])) return false;
        for (var i = 2; i < keys.Length; i++)
        {
            if (!entry.Rest![i - 2].Equals(keys[i])) return false;
        }

        return true;
    }

    private static int HashOf(ReadOnlySpan<RegoValue> keys)
    {
        var hash = 17;
        foreach (ref readonly var key in keys)
        {
            var left = LeavesLookedAt;
            hash = (hash * 31) + Sample(key, ref left);
        }

        return hash ^ (hash >>> 16);
    }

    private static int Sample(RegoValue value, ref int left)
    {
        left--;
        switch (value.Node)
        {
            case RegoArray array:
                var hash = array.Count;
                for (var i = 0; i < array.Count && left > 0; i++) hash = (hash * 31) + Sample(array[i], ref left);
                return hash;
            case RegoObject entries:
                var mixed = ~entries.Count;
                for (var i = 0; i < entries.Count && left > 0; i++) mixed = (mixed * 31) + Sample(entries.RawValues[i], ref left);
                return mixed;
            case RegoSet set:
                return set.Count + 7;
            default:
                return value.GetHashCode();
        }
    }

    private void Place(int hash, int position)
    {
        var mask = _slots.Length - 1;
        var at = hash & mask;
        while (_slots[at] != 0) at = (at + 1) & mask;
        _slots[at] = position + 1;
    }

    private struct Entry
    {
        public int Hash;
        public int Width;
        public RegoValue First;
        public RegoValue Second;
        public RegoValue[]? Rest;
        public RegoValue Answer;
    }
}
