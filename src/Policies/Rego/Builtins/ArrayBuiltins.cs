using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Functions on arrays.</summary>
internal static class ArrayBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        table.Add("array.concat", [RegoType.Array, RegoType.Array], RegoType.Array, Concat);
        table.Add("array.slice", [RegoType.Array, RegoType.Number, RegoType.Number], RegoType.Array, Slice);
        table.Add("array.reverse", [RegoType.Array], RegoType.Array, Reverse);
        table.Add("array.flatten", [RegoType.Array], RegoType.Array, Flatten);
    }

    private static RegoValue Concat(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (left, right) = (operands[0].AsArray!, operands[1].AsArray!);
        if (left.Count == 0) return operands[1];
        if (right.Count == 0) return operands[0];
        context.Budget.CheckSize(left.Count + (long)right.Count);
        return RegoValue.ArrayOf([.. left.Items, .. right.Items]);
    }

    private static RegoValue Slice(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var items = operands[0].AsArray!.Items;
        if (!operands[1].TryInteger(out var from))
        {
            return context.FailOperand(2, "must be integer number but got floating-point number");
        }
        if (!operands[2].TryInteger(out var to))
        {
            return context.FailOperand(3, "must be integer number but got floating-point number");
        }
        var end = (int)Math.Clamp(to, 0, items.Length);
        var start = (int)Math.Clamp(from, 0, end);
        return RegoValue.Of(new RegoArray(items[start..end].ToArray()));
    }

    private static RegoValue Reverse(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var items = operands[0].AsArray!.Items.ToArray();
        context.Budget.Charge(items.Length / 16);
        Array.Reverse(items);
        return RegoValue.ArrayOf(items);
    }

    private static RegoValue Flatten(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var flat = new List<RegoValue>();
        foreach (ref readonly var item in operands[0].AsArray!.Items)
        {
            if (item.AsArray is { } inner) flat.AddRange(inner.Items);
            else flat.Add(item);
            context.Budget.CheckSize(flat.Count);
        }

        return RegoValue.ArrayOf([.. flat]);
    }
}
