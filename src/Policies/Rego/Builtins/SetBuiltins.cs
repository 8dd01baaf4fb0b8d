using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Functions on sets.</summary>
internal static class SetBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        RegoType[] two = [RegoType.Set, RegoType.Set];
        RegoType[] sets = [RegoType.SetOf(RegoType.Set)];
        table.Add("and", two, RegoType.Set, static (_, v) => RegoValue.Of(Intersection(v[0].AsSet!, v[1].AsSet!)));
        table.Add("or", two, RegoType.Set, static (c, v) => Union(c, [v[0].AsSet!, v[1].AsSet!]));
        table.Add("set_diff", two, RegoType.Set, static (_, v) =>
            RegoValue.Of(Difference(v[0].AsSet!, v[1].AsSet!)), BuiltinTraits.Deprecated);
        table.Add("union", sets, RegoType.Set, static (c, v) =>
            Union(c, Array.ConvertAll(v[0].AsSet!.Sorted, static s => s.AsSet!)));
        table.Add("intersection", sets, RegoType.Set, IntersectionOfAll);
    }

    internal static RegoSet Difference(RegoSet from, RegoSet away)
    {
        if (from.Count == 0 || away.Count == 0) return from;
        var (kept, count) = (new RegoValue[from.Count], 0);
        foreach (ref readonly var item in from.Unordered)
        {
            if ((count & 63) == 0) ValueGuard.Work(1);
            if (!away.Contains(item)) kept[count++] = item;
        }

        return count == from.Count ? from : RegoSet.FromDistinct(kept[..count], null);
    }

    private static RegoSet Intersection(RegoSet left, RegoSet right)
    {
        var (kept, count) = (new RegoValue[left.Count], 0);
        ValueGuard.Work(left.Count >> 4);
        foreach (ref readonly var item in left.Unordered)
        {
            if (right.Contains(item)) kept[count++] = item;
        }

        return count == left.Count ? left : RegoSet.FromDistinct(kept[..count], null);
    }

    private static RegoValue Union(BuiltinContext context, ReadOnlySpan<RegoSet> sets)
    {
        if (sets.IsEmpty) return RegoValue.Of(RegoSet.Empty);
        context.Budget.Charge(sets[0].Count / 4);
        var builder = new RegoSetBuilder(sets[0], sets.Length > 1 ? sets[1].Count : 0);
        foreach (var set in sets[1..])
        {
            context.Budget.Charge(set.Count / 4);
            foreach (ref readonly var item in set.Unordered)
            {
                if ((builder.Count & 63) == 0) context.Budget.Step();
                builder.Add(item);
            }
        }

        return RegoValue.Of(builder.Build());
    }

    private static RegoValue IntersectionOfAll(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        RegoSet? kept = null;
        foreach (ref readonly var item in operands[0].AsSet!.Items)
        {
            context.Budget.Charge(item.AsSet!.Count / 8);
            kept = kept is null ? item.AsSet : Intersection(kept, item.AsSet);
        }

        return RegoValue.Of(kept ?? RegoSet.Empty);
    }
}
