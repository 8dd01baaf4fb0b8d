using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>JSON text from values and back.</summary>
internal static class JsonBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        RegoType[] one = [RegoType.String];
        table.Add("json.marshal", [RegoType.Any], RegoType.String, Marshal);
        var options = RegoType.ObjectWith(
            [("indent", RegoType.String), ("prefix", RegoType.String), ("pretty", RegoType.Boolean)], RegoType.String, RegoType.Any);
        table.Add("json.marshal_with_options", [RegoType.Any, options], RegoType.String, MarshalWithOptions,
            guarded: [RegoType.Any, RegoType.Object]);
        table.Add("json.unmarshal", one, RegoType.Any, Unmarshal);
        table.Add("json.is_valid", one, RegoType.Boolean, static (c, v) =>
            RegoValue.Of(v[0].AsString is not null && RegoJson.TryRead(v[0].AsString!.ToBytes(), out _, out _)),
            guarded: [RegoType.Any]);
    }

    private static RegoValue Marshal(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        context.Measure(operands[0]);
        return context.Sized(RegoJson.ToText(operands[0], escapeHtml: true));
    }

    private static RegoValue Unmarshal(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        context.Budget.CheckSize(operands[0].Text.Length);
        return RegoJson.TryRead(operands[0].AsString!.ToBytes(), out var value, out var problem)
            ? value : context.Fail(problem!);
    }

    private static RegoValue MarshalWithOptions(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        context.Measure(operands[0]);
        var options = operands[1].AsObject!;
        var (prefix, indent, pretty) = ("", "\t", (bool?)null);
        for (var i = 0; i < options.Count; i++)
        {
            var (key, value) = (options.Keys[i].AsString?.Text, options.Values[i]);
            switch (key)
            {
                case "prefix" or "indent" when value.AsString is null:
                    return context.FailOperand(2, $"key {RegoTermText.Of(options.Keys[i])} failed cast to string");
                case "prefix":
                    prefix = value.Text;
                    pretty ??= true;
                    break;
                case "indent":
                    indent = value.Text;
                    pretty ??= true;
                    break;
                case "pretty" when value.Kind != RegoKind.Boolean:
                    return context.FailOperand(2, "key \"pretty\" failed cast to bool");
                case "pretty":
                    break;
                default:
                    return context.FailOperand(2, $"object contained unknown key {RegoTermText.Of(options.Keys[i])}");
            }
        }

        if (options["pretty"] is { IsDefined: true } said) pretty = said.IsTrue;
        if (pretty != true) return context.Sized(RegoJson.ToText(operands[0], escapeHtml: true));
        var text = new StringBuilder(prefix);
        Append(context, text, operands[0], "\n" + prefix, indent);
        return context.Sized(text.ToString());
    }

    private static void Append(BuiltinContext context, StringBuilder text, RegoValue value, string line, string indent)
    {
        context.Budget.CheckSize(text.Length);
        var items = value.AsObject is { } entries ? entries.Values : value.IsCollection
            ? AggregateBuiltins.Items(value) : default;
        if (items.IsEmpty)
        {
            text.Append(RegoJson.ToText(value, escapeHtml: true));
            return;
        }

        var keyed = value.AsObject;
        text.Append(keyed is null ? '[' : '{');
        for (var i = 0; i < items.Length; i++)
        {
            text.Append(i > 0 ? "," : "").Append(line).Append(indent);
            if (keyed is not null)
            {
                var key = keyed.Keys[i];
                text.Append(RegoJson.ToText(key.AsString is null ? RegoValue.Of(RegoJson.ToText(key)) : key, escapeHtml: true))
                    .Append(": ");
            }

            Append(context, text, items[i], line + indent, indent);
        }

        text.Append(line).Append(keyed is null ? ']' : '}');
    }
}
