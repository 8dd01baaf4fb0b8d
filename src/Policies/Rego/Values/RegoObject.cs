namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// An object: keys of any kind with their values, kept in the order of the keys. Few keys are found by looking at each
/// (references
/// first: names are shared), many through a hash index that is made on first use.
/// </summary>
public sealed class RegoObject : RegoNode
{
    private const int LinearLimit = 8;

    private readonly RegoValue[] _keys;
    private readonly RegoValue[] _values;
    private ValueIndex? _index;
    private FieldIndex.Known? _indexes;

    /// <summary>An object of keys that are distinct and in order, with the values beside them; both arrays stay with the
    /// object.</summary>
    internal RegoObject(RegoValue[] keys, RegoValue[] values, bool sharesKeys = false)
        : base(RegoKind.Object)
    {
        _keys = keys;
        _values = values;
        SharesKeys = sharesKeys;
    }

    /// <summary>The empty object.</summary>
    public static RegoObject Empty { get; } = new([], []);

    /// <summary>The number of keys.</summary>
    public int Count => _keys.Length;

    /// <summary>The keys in Rego's order.</summary>
    public ReadOnlySpan<RegoValue> Keys => _keys;

    /// <summary>The values in the order of their keys.</summary>
    public ReadOnlySpan<RegoValue> Values => _values;

    /// <summary>The value under a key, or undefined.</summary>
    public RegoValue this[string key] => Find(RegoValue.Of(key));

    /// <summary>Whether other objects of the same shape have the very same array of keys.</summary>
    internal bool SharesKeys { get; }

    internal RegoValue[] RawKeys => _keys;

    internal RegoValue[] RawValues => _values;

    /// <summary>The index of the values by a path inside them; null when it is better to look through them.</summary>
    internal FieldIndex? IndexBy(RegoValue[] path) => FieldIndex.Known.For(ref _indexes, _values, path);

    /// <summary>The value under a key, or undefined.</summary>
    public RegoValue Find(RegoValue key)
    {
        var at = IndexOf(key);
        return at < 0 ? default : _values[at];
    }

    /// <summary>The position of a key in the order of keys, or -1.</summary>
    public int IndexOf(RegoValue key)
    {
        var keys = _keys;
        if (keys.Length <= LinearLimit)
        {
            var node = key.Node;
            if (node is RegoString text)
            {
                for (var i = 0; i < keys.Length; i++)
                {
                    if (ReferenceEquals(keys[i].Node, node)) return i;
                }

                for (var i = 0; i < keys.Length; i++)
                {
                    if (keys[i].Node is RegoString other && other.Text.Length == text.Text.Length
                        && RegoString.AreEqual(other, text)) return i;
                }

                return -1;
            }

            for (var i = 0; i < keys.Length; i++)
            {
                if (keys[i].Equals(key)) return i;
            }

            return -1;
        }

        var index = _index ??= ValueIndex.Over(keys);
        return index.Find(keys, key);
    }

    /// <summary>This object with one key set to a value.</summary>
    public RegoObject With(RegoValue key, RegoValue value)
    {
        var at = IndexOf(key);
        if (at >= 0)
        {
            var values = (RegoValue[])_values.Clone();
            values[at] = value;
            return new RegoObject(_keys, values, SharesKeys);
        }

        var place = Array.BinarySearch(_keys, key, RegoOrder.Comparer);
        place = ~place;
        var moreKeys = new RegoValue[_keys.Length + 1];
        var moreValues = new RegoValue[_keys.Length + 1];
        _keys.AsSpan(0, place).CopyTo(moreKeys);
        _values.AsSpan(0, place).CopyTo(moreValues);
        moreKeys[place] = key;
        moreValues[place] = value;
        _keys.AsSpan(place).CopyTo(moreKeys.AsSpan(place + 1));
        _values.AsSpan(place).CopyTo(moreValues.AsSpan(place + 1));
        return new RegoObject(moreKeys, moreValues);
    }

    private protected override int ComputeHash()
    {
        ValueGuard.Enter(_keys.Length);
        var hash = 23;
        for (var i = 0; i < _keys.Length; i++) hash = HashCode.Combine(hash, _keys[i].GetHashCode(), _values[i].GetHashCode());
        return hash;
    }
}

/// <summary>Collects the entries of an object; not safe for many threads.</summary>
public sealed class RegoObjectBuilder
{
    private RegoValue[] _keys;
    private RegoValue[] _values;
    private int _count;
    private ValueIndex? _index;

    /// <summary>A builder with room for the expected number of entries.</summary>
    public RegoObjectBuilder(int capacity = 4)
    {
        _keys = new RegoValue[Math.Max(2, capacity)];
        _values = new RegoValue[_keys.Length];
    }

    /// <summary>The number of keys so far.</summary>
    public int Count => _count;

    /// <summary>Sets a key to a value; of equal keys the first stays as it was written, with the last value.</summary>
    public void Set(RegoValue key, RegoValue value)
    {
        var at = IndexOf(key);
        if (at < 0) Append(key, value);
        else _values[at] = value;
    }

    /// <summary>Sets a key to a value.</summary>
    public void Set(string key, RegoValue value) => Set(RegoValue.Of(key), value);

    /// <summary>Adds an entry unless the key has another value already, and says whether the key now has this value.</summary>
    public bool TryAdd(RegoValue key, RegoValue value)
    {
        var at = IndexOf(key);
        if (at >= 0) return _values[at].Equals(value);
        Append(key, value);
        return true;
    }

    /// <summary>The value under a key so far, or undefined.</summary>
    public RegoValue Find(RegoValue key)
    {
        var at = IndexOf(key);
        return at < 0 ? default : _values[at];
    }

    /// <summary>The object; the builder must not be used afterwards.</summary>
    public RegoObject Build()
    {
        if (_count == 0) return RegoObject.Empty;
        var keys = _keys.Length == _count ? _keys : _keys.AsSpan(0, _count).ToArray();
        var values = _values.Length == _count ? _values : _values.AsSpan(0, _count).ToArray();
        for (var i = 1; i < _count; i++)
        {
            if (RegoOrder.Compare(keys[i - 1], keys[i]) <= 0) continue;
            ValueGuard.Sort(() => Array.Sort(keys, values, ValueGuard.ComparerFor(keys.Length)));
            break;
        }

        return new RegoObject(keys, values);
    }

    private void Append(RegoValue key, RegoValue value)
    {
        if (_count == _keys.Length)
        {
            Array.Resize(ref _keys, _count * 2);
            Array.Resize(ref _values, _count * 2);
        }

        _keys[_count] = key;
        _values[_count] = value;
        _index?.Add(_keys, _count);
        _count++;
    }

    private int IndexOf(RegoValue key)
    {
        if (_count <= 8)
        {
            for (var i = 0; i < _count; i++)
            {
                if (_keys[i].Equals(key)) return i;
            }

            return -1;
        }

        if (_index is null)
        {
            _index = new ValueIndex(_keys.Length);
            for (var i = 0; i < _count; i++) _index.Add(_keys, i);
        }

        return _index.Find(_keys, key);
    }
}
