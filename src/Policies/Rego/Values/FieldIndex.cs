using System.Numerics;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// Finds the items of a collection by what stands at a path inside them, in the order of the collection. Immutable once made.
/// </summary>
internal sealed class FieldIndex
{
    private readonly RegoValue[] _fields;
    private readonly int[] _next;
    private readonly int[] _slots;

    private FieldIndex(RegoValue[] items, RegoValue[] path)
    {
        _fields = new RegoValue[items.Length];
        _next = new int[items.Length];
        _slots = new int[(int)BitOperations.RoundUpToPowerOf2((uint)items.Length * 2)];

        // From the last to the first: each goes in front of its equals, so that they come out in order.
        for (var i = items.Length - 1; i >= 0; i--)
        {
            if ((i & 1023) == 0) ValueGuard.Work(32);
            var field = At(items[i], path);
            if (!field.IsDefined) continue;
            _fields[i] = field;
            ref var slot = ref SlotOf(field);
            _next[i] = slot - 1;
            slot = i + 1;
        }
    }

    /// <summary>What stands at a path inside a value, or undefined.</summary>
    public static RegoValue At(RegoValue value, RegoValue[] path)
    {
        foreach (ref readonly var key in path.AsSpan())
        {
            value = value.Node switch
            {
                RegoObject entries => entries.Find(key),
                RegoArray items => items.Find(key),
                RegoSet members => members.Find(key),
                _ => default,
            };
        }

        return value;
    }

    /// <summary>The position of the first item with such a field, or -1.</summary>
    public int First(RegoValue field) => SlotOf(field) - 1;

    /// <summary>The position of the next item with the same field, or -1.</summary>
    public int After(int position) => _next[position];

    private ref int SlotOf(RegoValue field)
    {
        var mask = _slots.Length - 1;
        var at = field.GetHashCode() & mask;
        while (_slots[at] != 0 && !_fields[_slots[at] - 1].Equals(field)) at = (at + 1) & mask;
        return ref _slots[at];
    }

    /// <summary>
    /// The indexes of one collection. An index costs as much as looking through the collection a few times, so it is made when
    /// somebody looks for the second time.
    /// </summary>
    internal sealed class Known
    {
        private const int Smallest = 16;

        private readonly RegoValue[] _path;
        private readonly Known? _others;
        private FieldIndex? _index;
        private bool _isAskedAgain;

        private Known(RegoValue[] path, Known? others)
        {
            _path = path;
            _others = others;
        }

        /// <summary>The index of some items by a path; null when it is better to look through them.</summary>
        /// <param name="known">Where the collection keeps its indexes.</param>
        /// <param name="items">The items.</param>
        /// <param name="path">The path.</param>
        public static FieldIndex? For(ref Known? known, RegoValue[] items, RegoValue[] path)
        {
            if (items.Length < Smallest) return null;
            for (var one = known; one is not null; one = one._others)
            {
                if (!ReferenceEquals(one._path, path) && !one._path.AsSpan().SequenceEqual(path)) continue;
                if (one._index is { } made) return made;
                if (!one._isAskedAgain)
                {
                    one._isAskedAgain = true;
                    return null;
                }

                var index = new FieldIndex(items, path);
                Volatile.Write(ref one._index, index);
                return index;
            }

            // Threads that meet here may lose the one's note: that costs another look, never a wrong answer.
            Volatile.Write(ref known, new Known(path, known) { _isAskedAgain = true });
            return null;
        }
    }
}
