using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Yaml;

/// <summary>Writes values as YAML in block style, keys in order, texts quoted where they could be read as something
/// else.</summary>
internal static class YamlWriter
{
    public static string Write(RegoValue value)
    {
        var text = new StringBuilder();
        if (value.IsCollection && !IsEmpty(value)) Node(text, value, 0);
        else text.Append(Scalar(value)).Append('\n');
        return text.ToString();
    }

    private static bool IsEmpty(RegoValue value) => value.Kind switch
    {
        RegoKind.Array => value.AsArray!.Count == 0,
        RegoKind.Set => value.AsSet!.Count == 0,
        RegoKind.Object => value.AsObject!.Count == 0,
        RegoKind.Undefined or RegoKind.Null or RegoKind.Boolean or RegoKind.Number or RegoKind.String => false,
    };

    private static void Node(StringBuilder text, RegoValue value, int indent)
    {
        ValueGuard.Enter(1 + (indent >> 4));
        if (value.AsObject is { } entries)
        {
            for (var i = 0; i < entries.Count; i++)
            {
                var key = entries.Keys[i];
                if (i > 0) text.Append(' ', indent);
                text.Append(Scalar(key.AsString is null ? RegoValue.Of(RegoJson.ToText(key)) : key)).Append(':');
                Under(text, entries.Values[i], entries.Values[i].AsObject is null ? indent : indent + 2);
            }

            return;
        }

        var items = value.AsArray is { } array ? array.Items : value.AsSet!.Items;
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0) text.Append(' ', indent);
            text.Append("- ");
            if (items[i].IsCollection && !IsEmpty(items[i])) Node(text, items[i], indent + 2);
            else text.Append(Scalar(items[i])).Append('\n');
        }
    }

    private static void Under(StringBuilder text, RegoValue value, int indent)
    {
        if (!value.IsCollection || IsEmpty(value))
        {
            text.Append(' ').Append(Scalar(value)).Append('\n');
            return;
        }

        text.Append('\n').Append(' ', indent);
        Node(text, value, indent);
    }

    private static string Scalar(RegoValue value)
    {
        if (value.IsCollection) return value.Kind == RegoKind.Object ? "{}" : "[]";
        if (value.AsString is not { } content) return RegoJson.ToText(value);
        return IsPlain(content.Text) ? content.Text : RegoJson.ToText(value);
    }

    private static bool IsPlain(string text)
    {
        if (YamlScalars.IsAmbiguous(text) || text[0] == ' ' || text[^1] is ' ' or ':') return false;
        if ("-?:,[]{}#&*!|>'\"%@`=<~".Contains(text[0], StringComparison.Ordinal)) return false;
        foreach (var c in text)
        {
            if (c is < ' ' or '\x7f') return false;
        }

        return !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal);
    }
}
