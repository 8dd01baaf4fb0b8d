using System.Runtime.CompilerServices;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// The names that objects have, in the order in which they come. Objects of one shape share their keys, which are sorted once. The
/// table of shapes is bounded: a shape that is pushed out costs another sort, never a wrong answer.
/// </summary>
internal sealed class ObjectShape
{
    private const int Size = 1024;
    private const int MostNames = 64;
    private static readonly ObjectShape?[] Shapes = new ObjectShape?[Size];

    private readonly RegoValue[] _asTheyCome;
    private readonly RegoValue[] _sorted;
    private readonly int[] _places;

    private ObjectShape(RegoValue[] asTheyCome, RegoValue[] sorted, int[] places)
    {
        _asTheyCome = asTheyCome;
        _sorted = sorted;
        _places = places;
    }

    /// <summary>The shape of objects whose names come in this order; null where names repeat, are no strings, or are too
    /// many.</summary>
    public static ObjectShape? Of(ReadOnlySpan<RegoValue> names)
    {
        if (names.Length > MostNames) return null;
        var hash = names.Length;
        foreach (ref readonly var name in names) hash = (hash * 31) + RuntimeHelpers.GetHashCode(name.Node!);
        ref var slot = ref Shapes[(hash ^ (hash >>> 12)) & (Size - 1)];
        var known = slot;
        if (known is not null && known.Fits(names)) return known;
        if (Make(names) is not { } made) return null;
        slot = made;
        return made;
    }

    /// <summary>An object of this shape with the values in the order in which they came.</summary>
    public RegoObject With(ReadOnlySpan<RegoValue> values)
    {
        var sorted = new RegoValue[values.Length];
        for (var i = 0; i < sorted.Length; i++) sorted[_places[i]] = values[i];
        return new RegoObject(_sorted, sorted, sharesKeys: true);
    }

    /// <summary>Where the value of the name that comes at a position belongs.</summary>
    public int PlaceOf(int position) => _places[position];

    /// <summary>An object of this shape with the values in the order of the sorted names; the array stays with it.</summary>
    public RegoObject WithSorted(RegoValue[] values) => new(_sorted, values, sharesKeys: true);

    private static ObjectShape? Make(ReadOnlySpan<RegoValue> names)
    {
        var order = new int[names.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var sorted = names.ToArray();
        foreach (ref readonly var name in names)
        {
            if (name.Node is not RegoString) return null;
        }

        Array.Sort(sorted, order, RegoOrder.Comparer);
        var places = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            if (i > 0 && sorted[i].Equals(sorted[i - 1])) return null;
            places[order[i]] = i;
        }

        return new ObjectShape(names.ToArray(), sorted, places);
    }

    private bool Fits(ReadOnlySpan<RegoValue> names)
    {
        if (names.Length != _asTheyCome.Length) return false;
        for (var i = 0; i < names.Length; i++)
        {
            if (!ReferenceEquals(names[i].Node, _asTheyCome[i].Node)) return false;
        }

        return true;
    }
}
