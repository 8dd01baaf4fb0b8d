namespace GitOpsGate.Policies.Rego.Values;

/// <summary>A set. It is sorted when somebody first asks for its order, and indexed when somebody first asks for a
/// member.</summary>
public sealed class RegoSet : RegoNode
{
    private const int LinearLimit = 4;

    private readonly RegoValue[] _distinct;
    private RegoValue[]? _sorted;
    private ValueIndex? _index;
    private FieldIndex.Known? _indexes;

    private RegoSet(RegoValue[] distinct, RegoValue[]? sorted, ValueIndex? index)
        : base(RegoKind.Set)
    {
        _distinct = distinct;
        _sorted = sorted;
        _index = index;
    }

    /// <summary>The empty set.</summary>
    public static RegoSet Empty { get; } = new([], [], null);

    /// <summary>The number of members.</summary>
    public int Count => _distinct.Length;

    /// <summary>The members in Rego's order.</summary>
    public ReadOnlySpan<RegoValue> Items => Sorted;

    /// <summary>The members in the order in which they came, for those who do not mind.</summary>
    public ReadOnlySpan<RegoValue> Unordered => _distinct;

    internal RegoValue[] Sorted => _sorted ??= Sort(_distinct);

    /// <summary>The index of the members, in their order, by a path inside them; null when it is better to look through
    /// them.</summary>
    internal FieldIndex? IndexBy(RegoValue[] path) => FieldIndex.Known.For(ref _indexes, Sorted, path);

    /// <summary>A set of the given values, of which the first of equal ones stays.</summary>
    public static RegoSet Of(ReadOnlySpan<RegoValue> values)
    {
        var builder = new RegoSetBuilder(values.Length);
        foreach (ref readonly var value in values) builder.Add(value);
        return builder.Build();
    }

    /// <summary>A set of values that are known to be distinct; the array stays with the set.</summary>
    internal static RegoSet FromDistinct(RegoValue[] values, ValueIndex? index) =>
        values.Length == 0 ? Empty : new RegoSet(values, null, index);

    /// <summary>A set of values that are known to be distinct and in order; the array stays with the set.</summary>
    internal static RegoSet FromSorted(RegoValue[] values) => values.Length == 0 ? Empty : new RegoSet(values, values, null);

    /// <summary>Whether a value is a member.</summary>
    public bool Contains(RegoValue value) => Find(value).IsDefined;

    /// <summary>The member that equals a value (it may be written differently, such as <c>1.0</c> for <c>1</c>); otherwise
    /// undefined.</summary>
    public RegoValue Find(RegoValue value)
    {
        if (_distinct.Length <= LinearLimit)
        {
            foreach (ref readonly var item in _distinct.AsSpan())
            {
                if (item.Equals(value)) return item;
            }

            return default;
        }

        var index = _index ??= ValueIndex.Over(_distinct);
        var at = index.Find(_distinct, value);
        return at < 0 ? default : _distinct[at];
    }

    private static RegoValue[] Sort(RegoValue[] values)
    {
        var sorted = (RegoValue[])values.Clone();
        if (sorted.Length > 1) ValueGuard.Sort(() => Array.Sort(sorted, ValueGuard.OrderFor(sorted.Length)));
        return sorted;
    }

    private protected override int ComputeHash()
    {
        ValueGuard.Enter(_distinct.Length);
        var hash = 29;

        // Each member is mixed by itself: of plain sums, `{[1], 2}` and `{1, [2]}` would have the same.
        foreach (ref readonly var item in _distinct.AsSpan()) hash += HashCode.Combine(item.GetHashCode());
        return hash;
    }
}

/// <summary>Collects the members of a set; not safe for many threads.</summary>
public sealed class RegoSetBuilder
{
    // So few are looked through sooner than an index is made.
    private const int Linear = 8;

    private RegoValue[] _items;
    private int _count;
    private ValueIndex? _index;

    /// <summary>A builder with room for the expected number of members.</summary>
    public RegoSetBuilder(int capacity = 4) => _items = new RegoValue[Math.Max(4, capacity)];

    /// <summary>The number of members so far.</summary>
    public int Count => _count;

    /// <summary>A builder that begins with the members of a set, and has room for some more.</summary>
    internal RegoSetBuilder(RegoSet begin, int more)
        : this(begin.Count + more)
    {
        // They are distinct already: nothing is compared.
        begin.Unordered.CopyTo(_items);
        _count = begin.Count;
    }

    /// <summary>Adds a member; false when an equal one is there already, which then stays as it is.</summary>
    public bool Add(RegoValue value)
    {
        if (_count <= Linear && Contains(value)) return false;
        if (_count == _items.Length) Array.Resize(ref _items, _count * 2);
        _items[_count] = value;
        if (_count > Linear && !Index().TryAdd(_items, _count)) return false;
        _count++;
        return true;
    }

    /// <summary>Whether a value is among the members so far.</summary>
    public bool Contains(RegoValue value)
    {
        if (_count <= Linear)
        {
            foreach (ref readonly var item in _items.AsSpan(0, _count))
            {
                if (item.Equals(value)) return true;
            }

            return false;
        }

        return Index().Find(_items, value) >= 0;
    }

    private ValueIndex Index()
    {
        if (_index is not null) return _index;
        _index = new ValueIndex(_items.Length);
        for (var i = 0; i < _count; i++) _index.Add(_items, i);
        return _index;
    }

    /// <summary>The set; the builder must not be used afterwards.</summary>
    public RegoSet Build()
    {
        if (_count == _items.Length) return RegoSet.FromDistinct(_items, _index);
        return RegoSet.FromDistinct(_items.AsSpan(0, _count).ToArray(), _index);
    }
}
