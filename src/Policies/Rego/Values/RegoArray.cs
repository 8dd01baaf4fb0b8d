namespace GitOpsGate.Policies.Rego.Values;

/// <summary>An array. Slices share nothing; the items are never changed after construction.</summary>
public sealed class RegoArray : RegoNode
{
    private readonly RegoValue[] _items;
    private FieldIndex.Known? _indexes;

    /// <summary>An array that keeps the given items: the caller must not change them afterwards.</summary>
    public RegoArray(RegoValue[] items)
        : base(RegoKind.Array)
    {
        _items = items;
    }

    /// <summary>The empty array.</summary>
    public static RegoArray Empty { get; } = new([]);

    /// <summary>The number of items.</summary>
    public int Count => _items.Length;

    /// <summary>The items in order.</summary>
    public ReadOnlySpan<RegoValue> Items => _items;

    /// <summary>The item at a position, from 0.</summary>
    public RegoValue this[int index] => _items[index];

    /// <summary>The item at the position that a value names; undefined when it names none (no whole number, out of
    /// range).</summary>
    public RegoValue Find(RegoValue index)
    {
        if (!index.TryInteger(out var position))
        {
            if (index.Node is not RegoNumber number || !number.TryInt64(out position)) return default;
        }

        return (ulong)position < (ulong)_items.Length ? _items[position] : default;
    }

    internal RegoValue[] Raw => _items;

    /// <summary>The index of the items by a path inside them; null when it is better to look through them.</summary>
    internal FieldIndex? IndexBy(RegoValue[] path) => FieldIndex.Known.For(ref _indexes, _items, path);

    private protected override int ComputeHash()
    {
        ValueGuard.Enter(_items.Length);
        var hash = 17;
        foreach (ref readonly var item in _items.AsSpan()) hash = HashCode.Combine(hash, item.GetHashCode());
        return hash;
    }
}
