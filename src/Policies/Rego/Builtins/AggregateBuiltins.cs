using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Functions over all items of a collection.</summary>
internal static class AggregateBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        var listed = RegoType.OneOf(RegoType.Array, RegoType.Set);
        var numbers = RegoType.OneOf(RegoType.ArrayOf(RegoType.Number), RegoType.SetOf(RegoType.Number));
        var counted = RegoType.OneOf(RegoType.Array, RegoType.Object, RegoType.Set, RegoType.String);
        table.Add("count", [counted], RegoType.Number, static (_, v) => RegoValue.Of((long)Count(v[0])));
        table.Add("sum", [numbers], RegoType.Number, static (c, v) => Fold(c, v[0], RegoValue.Of(0L), RegoArithmetic.Add));
        table.Add("product", [numbers], RegoType.Number, static (c, v) =>
            Fold(c, v[0], RegoValue.Of(1L), RegoArithmetic.Multiply));
        table.Add("max", [listed], RegoType.Any, static (_, v) => Extreme(v[0], 1));
        table.Add("min", [listed], RegoType.Any, static (_, v) => Extreme(v[0], -1));
        table.Add("sort", [listed], RegoType.Array, Sort);
        table.Add("all", [listed], RegoType.Boolean, static (_, v) => All(v[0]), BuiltinTraits.Deprecated);
        table.Add("any", [listed], RegoType.Boolean, static (_, v) => AnyTrue(v[0]), BuiltinTraits.Deprecated);
    }

    /// <summary>The members of an array or a set; a set's in its order.</summary>
    internal static ReadOnlySpan<RegoValue> Items(RegoValue listed) =>
        listed.AsArray is { } array ? array.Items : listed.AsSet!.Items;

    private static int Count(RegoValue value) => value.Kind switch
    {
        RegoKind.String => value.AsString!.CountCodePoints(),
        RegoKind.Array => value.AsArray!.Count,
        RegoKind.Object => value.AsObject!.Count,
        RegoKind.Set => value.AsSet!.Count,
        RegoKind.Undefined or RegoKind.Null or RegoKind.Boolean or RegoKind.Number =>
            throw new ArgumentException("not a counted value", nameof(value)),
    };

    private static RegoValue Fold(
        BuiltinContext context, RegoValue numbers, RegoValue start, Func<RegoValue, RegoValue, RegoValue> combine)
    {
        var items = Items(numbers);
        context.Budget.Charge(items.Length / 4);
        for (var i = 0; i < items.Length; i++)
        {
            if ((i & 63) == 0) context.Budget.Step();
            start = combine(start, items[i]);
        }

        return start;
    }

    private static RegoValue Extreme(RegoValue listed, int direction)
    {
        var best = RegoValue.Undefined;
        ValueGuard.Work(Items(listed).Length >> 6);
        foreach (ref readonly var item in Items(listed))
        {
            if (!best.IsDefined || RegoOrder.Compare(item, best) * direction >= 0) best = item;
        }

        return best;
    }

    private static RegoValue Sort(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (operands[0].AsSet is { } set) return RegoValue.Of(new RegoArray(set.Sorted));
        var items = operands[0].AsArray!.Items.ToArray();
        context.Budget.Charge(items.Length);

        // A stable order shows where equal numbers are written differently.
        var order = new int[items.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var compare = ValueGuard.OrderFor(items.Length);
        ValueGuard.Sort(() => Array.Sort(order, (a, b) => compare(items[a], items[b]) is var c && c != 0 ? c : a.CompareTo(b)));
        return RegoValue.ArrayOf(Array.ConvertAll(order, i => items[i]));
    }

    private static RegoValue All(RegoValue listed)
    {
        ValueGuard.Work(Items(listed).Length >> 8);
        foreach (ref readonly var item in Items(listed))
        {
            if (!item.IsTrue) return RegoValue.False;
        }

        return RegoValue.True;
    }

    private static RegoValue AnyTrue(RegoValue listed)
    {
        ValueGuard.Work(Items(listed).Length >> 8);
        foreach (ref readonly var item in Items(listed))
        {
            if (item.IsTrue) return RegoValue.True;
        }

        return RegoValue.False;
    }
}
