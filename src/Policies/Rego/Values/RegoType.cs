using System.Text;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>What is known of a value before it is there: used by built-in declarations and by the type checker.</summary>
public abstract record RegoType
{
    private RegoType()
    {
    }

    private protected abstract void Close();

    /// <summary>Nothing is known.</summary>
    public static RegoType Any { get; } = new AnyType();

    /// <summary>Nothing can be told.</summary>
    internal static RegoType Unknown { get; } = new UnknownType();

    /// <summary>null.</summary>
    public static RegoType Null { get; } = new Scalar(RegoKind.Null);

    /// <summary>A boolean.</summary>
    public static RegoType Boolean { get; } = new Scalar(RegoKind.Boolean);

    /// <summary>A number.</summary>
    public static RegoType Number { get; } = new Scalar(RegoKind.Number);

    /// <summary>A string.</summary>
    public static RegoType String { get; } = new Scalar(RegoKind.String);

    /// <summary>An array of anything.</summary>
    public static RegoType Array { get; } = new ArrayType([], Any);

    /// <summary>An object of anything.</summary>
    public static RegoType Object { get; } = new ObjectType([], Any, Any);

    /// <summary>A set of anything.</summary>
    public static RegoType Set { get; } = new SetType(Any);

    /// <summary>Null, boolean, number or string.</summary>
    /// <param name="Kind">Which of them.</param>
    public sealed record Scalar(RegoKind Kind) : RegoType
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>Anything at all.</summary>
    public sealed record AnyType : RegoType
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>An array.</summary>
    /// <param name="Fixed">The types of its first items.</param>
    /// <param name="Rest">The type of any further items; null when there are none.</param>
    public sealed record ArrayType(IReadOnlyList<RegoType> Fixed, RegoType? Rest) : RegoType
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>A set.</summary>
    /// <param name="Item">The type of its members; null when it is empty.</param>
    public sealed record SetType(RegoType? Item) : RegoType
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>An object.</summary>
    /// <param name="Fixed">The keys that are known to be there, in order.</param>
    /// <param name="Key">The type of further keys; null when there are none.</param>
    /// <param name="Value">The type of the values under further keys.</param>
    public sealed record ObjectType(IReadOnlyList<KeyValuePair<RegoValue, RegoType>> Fixed, RegoType? Key, RegoType? Value)
        : RegoType
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>One of several.</summary>
    /// <param name="Cases">At least two, none of them a union or any.</param>
    public sealed record Union(IReadOnlyList<RegoType> Cases) : RegoType
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>What the type checker cannot tell: the type of a variable that nothing has given a value yet, or of something
    /// wrong.</summary>
    internal sealed record UnknownType : RegoType
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>A function.</summary>
    /// <param name="Operands">What it takes.</param>
    /// <param name="Result">What it gives; null when it gives nothing.</param>
    /// <param name="IsVariadic">Whether it takes any number of anything.</param>
    public sealed record Function(IReadOnlyList<RegoType> Operands, RegoType? Result, bool IsVariadic = false) : RegoType
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>An array of items of one type.</summary>
    public static RegoType ArrayOf(RegoType item) => new ArrayType([], item);

    /// <summary>An array with exactly these items.</summary>
    public static RegoType Tuple(params RegoType[] items) => new ArrayType(items, null);

    /// <summary>A set of members of one type.</summary>
    public static RegoType SetOf(RegoType item) => new SetType(item);

    /// <summary>An object whose keys and whose values are of one type each.</summary>
    public static RegoType ObjectOf(RegoType key, RegoType value) => new ObjectType([], key, value);

    /// <summary>An object with known keys, and further ones.</summary>
    public static RegoType ObjectWith(IEnumerable<(string Key, RegoType Value)> known, RegoType? key, RegoType? value) =>
        new ObjectType([.. known.Select(k => KeyValuePair.Create(RegoValue.Of(k.Key), k.Value))], key, value);

    /// <summary>One of several types; unions inside are opened, and anything makes it anything.</summary>
    public static RegoType OneOf(params ReadOnlySpan<RegoType> cases)
    {
        var open = new List<RegoType>();
        foreach (var one in cases)
        {
            if (one is AnyType) return Any;
            if (one is Union union) open.AddRange(union.Cases);
            else open.Add(one);
        }

        var texts = new HashSet<string>(StringComparer.Ordinal);
        open.RemoveAll(one => !texts.Add(one.ToString()));
        return open.Count switch { 0 => Any, 1 => open[0], _ => new Union(open) };
    }

    /// <summary>The type in the words of OPA's messages: <c>array[string]</c>, <c>any&lt;null, number&gt;</c>.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        switch (this)
        {
            case AnyType:
                text.Append("any");
                break;
            case UnknownType:
                text.Append("???");
                break;
            case Scalar scalar:
                text.Append(RegoKindNames.NameOf(scalar.Kind));
                break;
            case ArrayType array:
                text.Append("array");
                if (array.Fixed.Count > 0) AppendAll(text, array.Fixed, '<', '>');
                if (array.Rest is not null) text.Append('[').Append(array.Rest).Append(']');
                break;
            case SetType set:
                text.Append("set[").Append(set.Item?.ToString() ?? "").Append(']');
                break;
            case ObjectType objects:
                text.Append("object");
                if (objects.Fixed.Count > 0)
                {
                    text.Append('<').AppendJoin(", ", objects.Fixed.Select(p => $"{KeyText(p.Key)}: {p.Value}")).Append('>');
                }

                if (objects.Key is not null) text.Append('[').Append(objects.Key).Append(": ").Append(objects.Value).Append(']');
                break;
            case Union union:
                text.Append("any");
                AppendAll(text, union.Cases, '<', '>');
                break;
            case Function function:
                AppendAll(text, function.Operands, '(', ')');
                text.Append(" => ").Append(function.Result?.ToString() ?? "???");
                break;
        }
    }

    private static string KeyText(RegoValue key) => key.AsString?.Text ?? key.ToString();

    private static void AppendAll(StringBuilder text, IReadOnlyList<RegoType> types, char open, char close) =>
        text.Append(open).AppendJoin(", ", types).Append(close);
}
