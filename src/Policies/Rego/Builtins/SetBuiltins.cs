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
        var kept = new List<RegoValue>();
        foreach (ref readonly var item in from.Unordered)
        {
            if ((kept.Count & 63) == 0) ValueGuard.Work(1);
            if (!away.Contains(item)) kept.Add(item);
        }

        return kept.Count == from.Count ? from : RegoSet.FromDistinct([.. kept], null);
    }

    private static RegoSet Intersection(RegoSet left, RegoSet right)
    {
        var kept = new List<RegoValue>();
        ValueGuard.Work(left.Count >> 4);
        foreach (ref readonly var item in left.Unordered)
        {
            if (right.Contains(item)) kept.Add(item);
        }

        return kept.Count == left.Count ? left : RegoSet.FromDistinct([.. kept], null);
    }

    private static RegoValue Union(BuiltinContext context, ReadOnlySpan<RegoSet> sets)
    {
        var builder = new RegoSetBuilder();
        foreach (var set in sets)
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
