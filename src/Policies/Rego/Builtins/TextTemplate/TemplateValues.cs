using System.Globalization;
using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.TextTemplate;

/// <summary>How templates see values: fields, truth, items, text.</summary>
internal static class TemplateValues
{
    private const string Nothing = "<no value>";

    /// <summary>A number of the document is Go's json.Number, which is text; texts come as text; the rest stays as it is.</summary>
    public static object? Plain(object? value) => value is not RegoValue one ? value : one.Kind switch
    {
        RegoKind.String => one.Text,
        RegoKind.Boolean => one.IsTrue,
        _ => value,
    };

    public static object? Field(object? value, string[] names)
    {
        foreach (var name in names)
        {
            var at = value is RegoValue one ? one : throw NoField(name, TypeName(value));
            if (!at.IsDefined) return at;
            if (at.Kind == RegoKind.Null) throw new TemplateException($"template: template: nil pointer evaluating interface {{}}.{name}");
            if (at.AsObject is not { } entries) throw NoField(name, TypeName(at));
            value = entries[name];
        }

        return value;
    }

    public static bool IsTrue(object? value) => Plain(value) switch
    {
        null => false,
        bool truth => truth,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        RegoValue { AsObject: { } entries } => entries.Count > 0,
        RegoValue { AsArray: { } list } => list.Count > 0,
        RegoValue one => one.Kind == RegoKind.Number,
        _ => true,
    };

    public static IEnumerable<(object? Key, object? Item)> Items(object? value)
    {
        switch (value)
        {
            case RegoValue { AsArray: { } list }:
                return Enumerable.Range(0, list.Count).Select(i => ((object?)(long)i, (object?)list[i]));
            case RegoValue { AsObject: { } entries }:
                return Enumerable.Range(0, entries.Count).Select(i => ((object?)entries.Keys[i], (object?)entries.Values[i]));
            case null or RegoValue { Kind: RegoKind.Undefined or RegoKind.Null }:
                return [];
            case long count:
                return Enumerable.Range(0, (int)Math.Clamp(count, 0, int.MaxValue)).Select(i => ((object?)(long)i, (object?)(long)i));
            default:
                throw new TemplateException($"template: template: range can't iterate over {Print(value)}");
        }
    }

    /// <summary>The value as Go's <c>fmt.Print</c> writes it.</summary>
    public static string Print(object? value)
    {
        switch (Plain(value))
        {
            case null or RegoValue { IsDefined: false } or RegoValue { Kind: RegoKind.Null }:
                return Nothing;
            case string text:
                return text;
            case bool truth:
                return truth ? "true" : "false";
            case long number:
                return number.ToString(CultureInfo.InvariantCulture);
            case double number:
                return GoFloat.General(number, null, 'e', keepZeros: false);
            default:
                var made = new StringBuilder();
                Append(made, (RegoValue)value!);
                return made.ToString();
        }
    }

    public static string TypeName(object? value) => value switch
    {
        null => "nil",
        string => "string",
        bool => "bool",
        long => "int",
        double => "float64",
        RegoValue one => one.Kind switch
        {
            RegoKind.Number => "json.Number",
            RegoKind.Boolean => "bool",
            RegoKind.Array => "[]interface {}",
            RegoKind.Object => "map[string]interface {}",
            RegoKind.String => "string",
            _ => "nil",
        },
        _ => "unknown",
    };

    private static TemplateException NoField(string name, string type) =>
        new($"template: template: can't evaluate field {name} in type {type}");

    private static void Append(StringBuilder text, RegoValue value)
    {
        StackRoom.Ensure();
        switch (value.Kind)
        {
            case RegoKind.Array:
                text.Append('[');
                for (var i = 0; i < value.AsArray!.Count; i++)
                {
                    if (i > 0) text.Append(' ');
                    Append(text, value.AsArray[i]);
                }

                text.Append(']');
                break;
            case RegoKind.Object:
                text.Append("map[");
                for (var i = 0; i < value.AsObject!.Count; i++)
                {
                    text.Append(i > 0 ? " " : "").Append(value.AsObject.Keys[i].Text).Append(':');
                    Append(text, value.AsObject.Values[i]);
                }

                text.Append(']');
                break;
            case RegoKind.String:
                text.Append(value.Text);
                break;
            case RegoKind.Number:
                text.Append(RegoNumber.TextOf(value));
                break;
            default:
                text.Append(value.Kind == RegoKind.Boolean ? value.IsTrue ? "true" : "false" : "<nil>");
                break;
        }
    }
}
