using System.Numerics;
using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.TextTemplate;

/// <summary>The functions that every template has (package text/template, "Functions").</summary>
internal static class TemplateFunctions
{
    public static object? Call(BuiltinContext context, string name, IReadOnlyList<object?> operands)
    {
        switch (name)
        {
            case "not":
                Count(name, operands, 1, 1);
                return !TemplateValues.IsTrue(operands[0]);
            case "len":
                Count(name, operands, 1, 1);
                return Length(operands[0]);
            case "index":
                Count(name, operands, 1, int.MaxValue);
                return operands.Skip(1).Aggregate(operands[0], Index);
            case "slice":
                Count(name, operands, 1, 4);
                return Slice(operands);
            case "print" or "println":
                return Printed(operands, name == "println");
            case "printf":
                Count(name, operands, 1, int.MaxValue);
                return GoFormat.Of(Text(operands[0]), [.. operands.Skip(1).Select(Argument)], context.Budget.CheckSize);
            case "html":
                return Html(Printed(operands, false));
            case "js":
                return Js(Printed(operands, false));
            case "urlquery":
                return UrlQuery.Escape(Encoding.UTF8.GetBytes(Printed(operands, false)));
            case "eq":
                Count(name, operands, 2, int.MaxValue);
                return operands.Skip(1).Any(other => AreEqual(operands[0], other));
            case "ne":
                Count(name, operands, 2, 2);
                return !AreEqual(operands[0], operands[1]);
            case "lt" or "le" or "gt" or "ge":
                Count(name, operands, 2, 2);
                var order = Compare(operands[0], operands[1]);
                return name switch { "lt" => order < 0, "le" => order <= 0, "gt" => order > 0, _ => order >= 0 };
            default:
                throw new TemplateException($"template: template: error calling {name}: there is nothing to call");
        }
    }

    private static void Count(string name, IReadOnlyList<object?> operands, int least, int most)
    {
        if (operands.Count >= least && operands.Count <= most) return;
        throw new TemplateException(
            $"template: template: wrong number of args for {name}: want {(most > least ? "at least " : "")}{least} got {operands.Count}");
    }

    private static string Text(object? value) => TemplateValues.Plain(value) switch
    {
        string text => text,
        RegoValue { Kind: RegoKind.Number } number => RegoNumber.TextOf(number),
        _ => throw new TemplateException($"template: template: wrong type for value; expected string; got {TemplateValues.TypeName(value)}"),
    };

    private static object Argument(object? value) => TemplateValues.Plain(value) switch
    {
        long number => (BigInteger)number,
        double number => number,
        string text => text,
        _ => TemplateValues.Print(value),
    };

    private static long Length(object? value) => TemplateValues.Plain(value) switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        RegoValue { AsArray: { } list } => list.Count,
        RegoValue { AsObject: { } entries } => entries.Count,
        RegoValue { Kind: RegoKind.Number } number => RegoNumber.TextOf(number).Length,
        _ => throw new TemplateException($"template: template: error calling len: len of type {TemplateValues.TypeName(value)}"),
    };

    private static object? Index(object? value, object? key)
    {
        switch (TemplateValues.Plain(value))
        {
            case RegoValue { AsArray: { } list }:
                var at = Position(key);
                return at >= 0 && at < list.Count ? list[(int)at]
                    : throw new TemplateException($"template: template: error calling index: index out of range: {at}");
            case RegoValue { AsObject: { } entries }:
                return entries[Text(key)];
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text);
                var byteAt = Position(key);
                return byteAt >= 0 && byteAt < bytes.Length ? (long)bytes[byteAt]
                    : throw new TemplateException($"template: template: error calling index: index out of range: {byteAt}");
            default:
                throw new TemplateException(value is RegoValue { IsDefined: true, Kind: not RegoKind.Null }
                    ? $"template: template: error calling index: can't index item of type {TemplateValues.TypeName(value)}"
                    : "template: template: error calling index: index of untyped nil");
        }
    }

    private static long Position(object? key) => key is long number ? number
        : throw new TemplateException($"template: template: error calling index: cannot index slice/array with type {TemplateValues.TypeName(key)}");

    private static object Slice(IReadOnlyList<object?> operands)
    {
        var bytes = TemplateValues.Plain(operands[0]) is string text ? Encoding.UTF8.GetBytes(text) : null;
        var list = operands[0] is RegoValue one ? one.AsArray : null;
        if (bytes is null && list is null)
            throw new TemplateException($"template: template: error calling slice: can't slice item of type {TemplateValues.TypeName(operands[0])}");
        var size = bytes?.Length ?? list!.Count;
        var from = operands.Count > 1 ? Position(operands[1]) : 0;
        var to = operands.Count > 2 ? Position(operands[2]) : size;
        if (from < 0 || to > size || from > to) throw new TemplateException("template: template: error calling slice: index out of range");
        return bytes is null
            ? RegoValue.ArrayOf(list!.Items[(int)from..(int)to].ToArray())
            : Encoding.UTF8.GetString(bytes, (int)from, (int)(to - from));
    }

    /// <summary>As Go's <c>fmt.Sprint</c>: blanks between operands of which neither is text.</summary>
    private static string Printed(IReadOnlyList<object?> operands, bool isLine)
    {
        var text = new StringBuilder();
        for (var i = 0; i < operands.Count; i++)
        {
            var isBetween = i > 0 && (isLine || (TemplateValues.Plain(operands[i]) is not string && TemplateValues.Plain(operands[i - 1]) is not string));
            if (isBetween) text.Append(' ');
            var isNothing = operands[i] is null or RegoValue { Kind: RegoKind.Null or RegoKind.Undefined };
            text.Append(isNothing ? "<nil>" : TemplateValues.Print(operands[i]));
        }

        return isLine ? text.Append('\n').ToString() : text.ToString();
    }

    private static string Html(string text)
    {
        var made = new StringBuilder(text.Length);
        foreach (var unit in text)
        {
            made.Append(unit switch
            {
                '"' => "&#34;",
                '\'' => "&#39;",
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\0' => "\uFFFD",
                _ => unit.ToString(),
            });
        }

        return made.ToString();
    }

    private static string Js(string text)
    {
        var made = new StringBuilder(text.Length);
        foreach (var unit in text)
        {
            made.Append(unit switch
            {
                '\\' => @"\\",
                '\'' => @"\'",
                '"' => @"\""",
                '<' => @"\u003C",
                '>' => @"\u003E",
                '&' => @"\u0026",
                '=' => @"\u003D",
                _ when unit < ' ' => $"\\u{(int)unit:X4}",
                _ => unit.ToString(),
            });
        }

        return made.ToString();
    }

    private static bool AreEqual(object? left, object? right)
    {
        var (a, b) = (Basic(left), Basic(right));
        if (a is null || b is null) return a is null && b is null;
        return a.GetType() == b.GetType() ? a.Equals(b)
            : throw new TemplateException("template: template: error calling eq: incompatible types for comparison");
    }

    private static int Compare(object? left, object? right) => (Basic(left), Basic(right)) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (long a, long b) => a.CompareTo(b),
        (double a, double b) => a.CompareTo(b),
        _ => throw new TemplateException("template: template: error calling lt: incompatible types for comparison"),
    };

    /// <summary>A value that can be compared; null for nothing.</summary>
    private static object? Basic(object? value) => TemplateValues.Plain(value) switch
    {
        RegoValue { Kind: RegoKind.Number } number => RegoNumber.TextOf(number),
        RegoValue { IsDefined: false } or RegoValue { Kind: RegoKind.Null } => null,
        RegoValue => throw new TemplateException("template: template: error calling eq: non-comparable type"),
        var other => other,
    };
}
