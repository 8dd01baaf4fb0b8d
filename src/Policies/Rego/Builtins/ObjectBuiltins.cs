using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Functions on objects.</summary>
internal static class ObjectBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        var keys = RegoType.OneOf(RegoType.Object, RegoType.Set, RegoType.Array);
        table.Add("object.get", [RegoType.Object, RegoType.Any, RegoType.Any], RegoType.Any, static (_, v) =>
            Get(v[0].AsObject!, v[1], v[2]));
        table.Add("object.keys", [RegoType.Object], RegoType.Set, static (_, v) =>
            RegoValue.Of(RegoSet.FromSorted(v[0].AsObject!.RawKeys)));
        table.Add("object.remove", [RegoType.Object, keys], RegoType.Object, static (_, v) =>
            Select(v[0].AsObject!, v[1], keep: false));
        table.Add("object.filter", [RegoType.Object, keys], RegoType.Object, static (_, v) =>
            Select(v[0].AsObject!, v[1], keep: true));
        table.Add("object.union", [RegoType.Object, RegoType.Object], RegoType.Object, static (c, v) => Merge(c, v[0], v[1]));
        table.Add("object.union_n", [RegoType.ArrayOf(RegoType.Object)], RegoType.Object, UnionOfAll);
        table.Add("object.subset", [keys, keys], RegoType.Boolean, Subset);
    }

    private static RegoValue Get(RegoObject from, RegoValue key, RegoValue otherwise)
    {
        if (key.AsArray is not { } path)
        {
            var found = from.Find(key);
            return found.IsDefined ? found : otherwise;
        }

        var at = RegoValue.Of(from);
        foreach (ref readonly var step in path.Items)
        {
            at = at.Kind switch
            {
                RegoKind.Object => at.AsObject!.Find(step),
                RegoKind.Array => at.AsArray!.Find(step),
                RegoKind.Set => at.AsSet!.Find(step),
                RegoKind.Undefined or RegoKind.Null or RegoKind.Boolean or RegoKind.Number or RegoKind.String => default,
            };
            if (!at.IsDefined) return otherwise;
        }

        return at;
    }

    private static RegoValue Select(RegoObject from, RegoValue keys, bool keep)
    {
        var names = keys.AsObject is { } other ? RegoSet.FromSorted(other.RawKeys)
            : keys.AsSet ?? RegoSet.Of(keys.AsArray!.Items);
        var kept = new List<int>();
        for (var i = 0; i < from.Count; i++)
        {
            if ((i & 63) == 0) ValueGuard.Work(1);
            if (names.Contains(from.Keys[i]) == keep) kept.Add(i);
        }

        if (kept.Count == from.Count) return RegoValue.Of(from);
        var keptKeys = new RegoValue[kept.Count];
        var keptValues = new RegoValue[kept.Count];
        for (var i = 0; i < keptKeys.Length; i++)
        {
            keptKeys[i] = from.Keys[kept[i]];
            keptValues[i] = from.Values[kept[i]];
        }

        return RegoValue.Of(keptKeys.Length == 0 ? RegoObject.Empty : new RegoObject(keptKeys, keptValues));
    }

    /// <summary>Two values as one: objects key by key, everything else as the right one says.</summary>
    internal static RegoValue Merge(BuiltinContext context, RegoValue left, RegoValue right)
    {
        if (left.AsObject is not { } under || right.AsObject is not { } over) return right;
        StackRoom.Ensure();
        context.Budget.Charge(under.Count + over.Count);
        var builder = new RegoObjectBuilder(under.Count + over.Count);
        for (var i = 0; i < under.Count; i++)
        {
            var other = over.Find(under.Keys[i]);
            builder.Set(under.Keys[i], other.IsDefined ? Merge(context, under.Values[i], other) : under.Values[i]);
        }

        for (var i = 0; i < over.Count; i++)
        {
            if (under.IndexOf(over.Keys[i]) < 0) builder.Set(over.Keys[i], over.Values[i]);
        }

        return RegoValue.Of(builder.Build());
    }

    private static RegoValue UnionOfAll(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var merged = RegoValue.Of(RegoObject.Empty);
        foreach (ref readonly var item in operands[0].AsArray!.Items) merged = Merge(context, merged, item);
        return merged;
    }

    private static RegoValue Subset(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (super, sub) = (operands[0], operands[1]);
        context.Budget.Charge(1);
        if (super.AsArray is { } array && sub.AsSet is { } wanted)
        {
            var present = RegoSet.Of(array.Items);
            return RegoValue.Of(AllIn(wanted, present));
        }

        if (super.Kind != sub.Kind)
        {
            return context.FailOperand(1, "and operand 2 must both be arrays, objects or sets; or an array and a set");
        }
        return super.Kind switch
        {
            RegoKind.Object => RegoValue.Of(IsSubObject(super.AsObject!, sub.AsObject!)),
            RegoKind.Set => RegoValue.Of(AllIn(sub.AsSet!, super.AsSet!)),
            RegoKind.Array => RegoValue.Of(IsRun(super.AsArray!, sub.AsArray!)),
            RegoKind.Undefined or RegoKind.Null or RegoKind.Boolean or RegoKind.Number or RegoKind.String => RegoValue.False,
        };
    }

    private static bool AllIn(RegoSet items, RegoSet within)
    {
        ValueGuard.Work(items.Count >> 6);
        foreach (ref readonly var item in items.Unordered)
        {
            if (!within.Contains(item)) return false;
        }

        return true;
    }

    // The whole of one must follow somewhere in the other, which may take the product of both lengths.
    private static bool IsRun(RegoArray within, RegoArray run)
    {
        for (var at = 0; at + run.Count <= within.Count; at++)
        {
            ValueGuard.Work(1);
            if (RegoOrder.StartsWith(within.Items[at..], run.Items)) return true;
        }

        return false;
    }

    private static bool IsSubObject(RegoObject super, RegoObject sub)
    {
        ValueGuard.Enter(sub.Count);
        for (var i = 0; i < sub.Count; i++)
        {
            var found = super.Find(sub.Keys[i]);
            if (!found.IsDefined) return false;
            var same = (found.AsObject, sub.Values[i].AsObject) is ({ } inner, { } wanted)
                ? IsSubObject(inner, wanted)
                : (found.AsSet, sub.Values[i].AsSet) is ({ } innerSet, { } wantedSet) ? AllIn(wantedSet, innerSet)
                : (found.AsArray, sub.Values[i].AsArray) is ({ } innerArray, { } wantedArray)
                    ? IsRun(innerArray, wantedArray)
                    : found.Equals(sub.Values[i]);
            if (!same) return false;
        }

        return true;
    }
}
