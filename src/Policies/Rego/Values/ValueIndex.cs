using System.Numerics;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// A hash index over an array of distinct values: open addressing, positions only. The values stay with their owner. It is safe
/// for
/// many readers once nobody adds any more.
/// </summary>
internal sealed class ValueIndex
{
    private int[] _slots;
    private int _mask;

    /// <summary>An index with room for the given number of values.</summary>
    public ValueIndex(int capacity)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(8, capacity * 2));
        _slots = new int[size];
        _mask = size - 1;
    }

    /// <summary>An index of values that are known to be distinct.</summary>
    public static ValueIndex Over(ReadOnlySpan<RegoValue> values)
    {
        var index = new ValueIndex(values.Length);
        for (var i = 0; i < values.Length; i++) index.Place(values[i].GetHashCode(), i);
        return index;
    }

    /// <summary>The position of a value among those that were added, or -1.</summary>
    public int Find(RegoValue[] values, RegoValue value)
    {
        var slots = _slots;
        var mask = _mask;
        var at = value.GetHashCode() & mask;
        for (var probes = 1; true; probes++)
        {
            if ((probes & 63) == 0) ValueGuard.Work(8);
            var position = slots[at] - 1;
            if (position < 0) return -1;
            if (values[position].Equals(value)) return position;
            at = (at + 1) & mask;
        }
    }

    /// <summary>Adds the value that stands at the given position, which must be the number of values added before.</summary>
    public void Add(RegoValue[] values, int position)
    {
        Grow(values, position);
        Place(values[position].GetHashCode(), position);
    }

    /// <summary>Adds the value that stands at the given position, unless an equal one was added before: then false.</summary>
    public bool TryAdd(RegoValue[] values, int position)
    {
        Grow(values, position);
        ref readonly var value = ref values[position];
        var at = value.GetHashCode() & _mask;
        for (var probes = 1; _slots[at] != 0; probes++)
        {
            if ((probes & 63) == 0) ValueGuard.Work(8);
            if (values[_slots[at] - 1].Equals(value)) return false;
            at = (at + 1) & _mask;
        }

        _slots[at] = position + 1;
        return true;
    }

    private void Grow(RegoValue[] values, int count)
    {
        if ((count + 1) * 2 <= _slots.Length) return;
        _slots = new int[_slots.Length * 2];
        _mask = _slots.Length - 1;
        for (var i = 0; i < count; i++) Place(values[i].GetHashCode(), i);
    }

    private void Place(int hash, int position)
    {
        var at = hash & _mask;
        for (var probes = 1; _slots[at] != 0; probes++)
        {
            if ((probes & 63) == 0) ValueGuard.Work(1);
            at = (at + 1) & _mask;
        }

        _slots[at] = position + 1;
    }
}
