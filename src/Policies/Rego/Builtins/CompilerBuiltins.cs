using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Functions whose calls the compiler writes, and those that exist for what they do.</summary>
internal static class CompilerBuiltins
{
    /// <summary>How many lines one <c>print</c> may become when its operands have several values.</summary>
    private const int PrintLimit = 1000;

    public static void AddTo(BuiltinTable table)
    {
        RegoType[] any = [RegoType.Any];
        table.Add("internal.member_2", [RegoType.Any, RegoType.Any], RegoType.Boolean, static (_, v) =>
            RegoValue.Of(IsMember(v[0], v[1])));
        table.Add(
            "internal.member_3", [RegoType.Any, RegoType.Any, RegoType.Any], RegoType.Boolean,
            static (_, v) => RegoValue.Of(Lookup(v[2], v[0]) is { IsDefined: true } found && found.Equals(v[1])));
        table.Add("internal.print", [RegoType.ArrayOf(RegoType.Set)], null, Print, BuiltinTraits.Void);
        table.Add("internal.test_case", [RegoType.Array], null, TestCase, BuiltinTraits.Void);
        table.Add("print", [], null, static (_, _) => RegoValue.True, BuiltinTraits.Void | BuiltinTraits.Variadic);
        table.Add("trace", [RegoType.String], RegoType.Boolean, static (_, _) => RegoValue.True);
        table.Add("rego.metadata.chain", [], RegoType.Array, static (_, _) => RegoValue.Of(RegoArray.Empty));
        table.Add("rego.metadata.rule", [], RegoType.Any, static (_, _) => RegoValue.Of(RegoObject.Empty));
        table.Add(
            "walk", any, RegoType.Tuple(RegoType.Array, RegoType.Any), static (c, _) =>
                c.Fail("used as a function"), BuiltinTraits.Relation);
    }

    /// <summary>The item of a collection at a key: the member itself for sets; undefined when there is none.</summary>
    internal static RegoValue Lookup(RegoValue collection, RegoValue key) => collection.Kind switch
    {
        RegoKind.Object => collection.AsObject!.Find(key),
        RegoKind.Array => collection.AsArray!.Find(key),
        RegoKind.Set => collection.AsSet!.Find(key),
        RegoKind.Undefined or RegoKind.Null or RegoKind.Boolean or RegoKind.Number or RegoKind.String => default,
    };

    internal static bool IsMember(RegoValue item, RegoValue collection)
    {
        switch (collection.Kind)
        {
            case RegoKind.Set:
                return collection.AsSet!.Contains(item);
            case RegoKind.Array:
                ValueGuard.Work(collection.AsArray!.Count >> 7);
                return collection.AsArray.Items.Contains(item);
            case RegoKind.Object:
                ValueGuard.Work(collection.AsObject!.Count >> 7);
                return collection.AsObject.Values.Contains(item);
            default:
                return false;
        }
    }

    private static RegoValue TestCase(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        context.TestCase?.Invoke(operands[0]);
        return RegoValue.True;
    }

    private static RegoValue Print(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (context.Print is not { } print) return RegoValue.True;
        var lines = new List<string> { "" };
        foreach (ref readonly var operand in operands[0].AsArray!.Items)
        {
            var texts = new List<string>();
            context.Measure(operand);
            foreach (ref readonly var value in operand.AsSet!.Items) texts.Add(value.AsString?.Text ?? value.ToString());
            if (texts.Count == 0) texts.Add("<undefined>");
            var before = lines;
            lines = [.. before.SelectMany(_ => texts, static (line, text) => line.Length == 0 ? text : $"{line} {text}").Take(
                PrintLimit)];
        }

        foreach (var line in lines) print(context.Place, line);
        return RegoValue.True;
    }
}
