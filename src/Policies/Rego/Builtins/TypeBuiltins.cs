using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Questions about the kind of a value, and the old casts.</summary>
internal static class TypeBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        RegoType[] any = [RegoType.Any];
        table.Add("type_name", any, RegoType.String, static (_, v) => RegoSymbols.Of(RegoKindNames.NameOf(v[0].Kind)));
        foreach (var (name, kind) in new[]
        {
            ("is_null", RegoKind.Null), ("is_boolean", RegoKind.Boolean), ("is_number", RegoKind.Number),
                ("is_string", RegoKind.String),
            ("is_array", RegoKind.Array), ("is_object", RegoKind.Object), ("is_set", RegoKind.Set),
        })
        {
            table.Add(name, any, RegoType.Boolean, (_, v) => RegoValue.Of(v[0].Kind == kind));
        }

        table.Add("cast_array", any, RegoType.Array, CastArray, BuiltinTraits.Deprecated);
        table.Add("cast_set", any, RegoType.Set, CastSet, BuiltinTraits.Deprecated);
        table.Add("cast_string", any, RegoType.String, static (c, v) => Cast(c, v[0], RegoKind.String), BuiltinTraits.Deprecated);
        table.Add("cast_boolean", any, RegoType.Boolean, static (c, v) =>
            Cast(c, v[0], RegoKind.Boolean), BuiltinTraits.Deprecated);
        table.Add("cast_null", any, RegoType.Null, static (c, v) => Cast(c, v[0], RegoKind.Null), BuiltinTraits.Deprecated);
        table.Add("cast_object", any, RegoType.Object, static (c, v) => Cast(c, v[0], RegoKind.Object), BuiltinTraits.Deprecated);
    }

    private static RegoValue Cast(BuiltinContext context, RegoValue value, RegoKind wanted) =>
        value.Kind == wanted
            ? value
            : context.FailOperand(1, $"must be {RegoKindNames.NameOf(wanted)} but got {RegoKindNames.NameOf(value.Kind)}");

    private static RegoValue CastArray(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (operands[0].AsArray is not null) return operands[0];
        return operands[0].AsSet is { } set
            ? RegoValue.Of(new RegoArray(set.Sorted))
            : context.FailOperand(1, $"must be one of {{array, set}} but got {RegoKindNames.NameOf(operands[0].Kind)}");
    }

    private static RegoValue CastSet(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (operands[0].AsSet is not null) return operands[0];
        return operands[0].AsArray is { } array
            ? RegoValue.Of(RegoSet.Of(array.Items))
            : context.FailOperand(1, $"must be one of {{array, set}} but got {RegoKindNames.NameOf(operands[0].Kind)}");
    }
}
