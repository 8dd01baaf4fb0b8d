using System.Text;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>Writes values in Rego's own syntax: <c>{1, 2}</c>, <c>{"a": [1]}</c>, <c>set()</c>.</summary>
public static class RegoTermText
{
    /// <summary>The text of a value; strings are quoted.</summary>
    public static string Of(RegoValue value)
    {
        if (value.Kind == RegoKind.Number) return RegoNumber.TextOf(value);
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    /// <summary>Appends the text of a value; strings are quoted.</summary>
    public static void Append(StringBuilder text, RegoValue value)
    {
        switch (value.Kind)
        {
            case RegoKind.Undefined:
                text.Append("<undefined>");
                break;
            case RegoKind.Null:
                text.Append("null");
                break;
            case RegoKind.Boolean:
                text.Append(value.IsTrue ? "true" : "false");
                break;
            case RegoKind.Number:
                text.Append(RegoNumber.TextOf(value));
                break;
            case RegoKind.String:
                AppendQuoted(text, value.Text);
                break;
            case RegoKind.Array:
                AppendList(text, value.AsArray!.Items, '[', ']');
                break;
            case RegoKind.Set when value.AsSet!.Count == 0:
                text.Append("set()");
                break;
            case RegoKind.Set:
                AppendList(text, value.AsSet!.Items, '{', '}');
                break;
            case RegoKind.Object:
                AppendObject(text, value.AsObject!);
                break;
        }
    }

    /// <summary>Appends text in double quotes, escaped so that the language reads it back.</summary>
    public static void AppendQuoted(StringBuilder text, string content)
    {
        ValueGuard.Work(content.Length >> 6);
        text.Append('"');
        foreach (var unit in content)
        {
            switch (unit)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\a':
                    text.Append("\\a");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case '\v':
                    text.Append("\\v");
                    break;
                case < ' ' or '\x7f':
                    text.Append("\\x").Append(((int)unit).ToString("x2"));
                    break;
                default:
                    text.Append(unit);
                    break;
            }
        }

        text.Append('"');
    }

    private static void AppendList(StringBuilder text, ReadOnlySpan<RegoValue> items, char open, char close)
    {
        ValueGuard.Enter(items.Length);
        text.Append(open);
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0) text.Append(", ");
            Append(text, items[i]);
        }

        text.Append(close);
    }

    private static void AppendObject(StringBuilder text, RegoObject entries)
    {
        ValueGuard.Enter(entries.Count);
        text.Append('{');
        for (var i = 0; i < entries.Count; i++)
        {
            if (i > 0) text.Append(", ");
            Append(text, entries.Keys[i]);
            text.Append(": ");
            Append(text, entries.Values[i]);
        }

        text.Append('}');
    }
}
