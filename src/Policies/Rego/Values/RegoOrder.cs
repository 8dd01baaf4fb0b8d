namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// The total order of Rego values: null, booleans, numbers by value, strings by UTF-8 bytes, arrays item by item, objects entry
/// by
/// entry in key order, sets as sorted arrays; shorter before longer when one begins the other.
/// </summary>
public static class RegoOrder
{
    /// <summary>The order as a comparer.</summary>
    public static IComparer<RegoValue> Comparer { get; } = Comparer<RegoValue>.Create(Compare);

    internal static Comparison<RegoValue> Comparison { get; } = Compare;

    /// <summary>Negative, zero or positive as the left value stands before, beside or after the right one.</summary>
    public static int Compare(RegoValue left, RegoValue right)
    {
        if (ReferenceEquals(left.Node, right.Node)) return left.Bits.CompareTo(right.Bits);
        var kind = left.Kind;
        if (kind != right.Kind) return kind.CompareTo(right.Kind);
        return kind switch
        {
            RegoKind.Undefined or RegoKind.Null => 0,
            RegoKind.Boolean => left.Bits.CompareTo(right.Bits),
            RegoKind.Number => RegoNumber.Compare(left, right),
            RegoKind.String => RegoString.Compare((RegoString)left.Node!, (RegoString)right.Node!),
            RegoKind.Array => CompareAll(((RegoArray)left.Node!).Items, ((RegoArray)right.Node!).Items),
            RegoKind.Object => CompareObjects((RegoObject)left.Node!, (RegoObject)right.Node!),
            RegoKind.Set => CompareAll(((RegoSet)left.Node!).Items, ((RegoSet)right.Node!).Items),
        };
    }

    internal static bool AreEqual(RegoValue left, RegoValue right)
    {
        var kind = left.Kind;
        if (kind != right.Kind) return false;
        return kind switch
        {
            RegoKind.Undefined or RegoKind.Null => true,
            RegoKind.Boolean => left.Bits == right.Bits,
            RegoKind.Number => RegoNumber.Compare(left, right) == 0,
            RegoKind.String => RegoString.AreEqual((RegoString)left.Node!, (RegoString)right.Node!),
            RegoKind.Array => AllEqual(((RegoArray)left.Node!).Items, ((RegoArray)right.Node!).Items),
            RegoKind.Object => ObjectsEqual((RegoObject)left.Node!, (RegoObject)right.Node!),
            RegoKind.Set => SetsEqual((RegoSet)left.Node!, (RegoSet)right.Node!),
        };
    }

    internal static bool StartsWith(ReadOnlySpan<RegoValue> items, ReadOnlySpan<RegoValue> start) =>
        start.Length <= items.Length && AllEqual(items[..start.Length], start);

    private static int CompareAll(ReadOnlySpan<RegoValue> left, ReadOnlySpan<RegoValue> right)
    {
        var common = Math.Min(left.Length, right.Length);
        ValueGuard.Enter(common);
        for (var i = 0; i < common; i++)
        {
            var order = Compare(left[i], right[i]);
            if (order != 0) return order;
        }

        return left.Length.CompareTo(right.Length);
    }

    private static int CompareObjects(RegoObject left, RegoObject right)
    {
        var common = Math.Min(left.Count, right.Count);
        ValueGuard.Enter(common);
        for (var i = 0; i < common; i++)
        {
            var order = Compare(left.Keys[i], right.Keys[i]);
            if (order == 0) order = Compare(left.Values[i], right.Values[i]);
            if (order != 0) return order;
        }

        return left.Count.CompareTo(right.Count);
    }

    private static bool AllEqual(ReadOnlySpan<RegoValue> left, ReadOnlySpan<RegoValue> right)
    {
        if (left.Length != right.Length) return false;
        ValueGuard.Enter(left.Length);
        for (var i = 0; i < left.Length; i++)
        {
            if (!left[i].Equals(right[i])) return false;
        }

        return true;
    }

    private static bool ObjectsEqual(RegoObject left, RegoObject right) =>
        left.Count == right.Count && AllEqual(left.Keys, right.Keys) && AllEqual(left.Values, right.Values);

    private static bool SetsEqual(RegoSet left, RegoSet right)
    {
        if (left.Count != right.Count || left.Hash != right.Hash) return false;
        ValueGuard.Enter(left.Count);
        foreach (ref readonly var item in left.Unordered)
        {
            if (!right.Contains(item)) return false;
        }

        return true;
    }
}
