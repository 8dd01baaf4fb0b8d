using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Checks an operand against its declared type: the kind, and the kinds of items where the declaration names them. Made once per
/// declaration; kinds are bits, so that the usual check is one comparison.
/// </summary>
internal sealed class OperandGuard
{
    private const int Everything = int.MaxValue;

    private readonly int _kinds;
    private readonly string[] _names;
    private readonly int _arrayItems;
    private readonly int _setItems;
    private readonly int _objectKeys;
    private readonly int _objectValues;

    private OperandGuard(string[] names, int arrayItems, int setItems, int objectKeys, int objectValues, int kinds)
    {
        _names = names;
        _kinds = kinds;
        _arrayItems = arrayItems;
        _setItems = setItems;
        _objectKeys = objectKeys;
        _objectValues = objectValues;
    }

    public static OperandGuard For(RegoType type)
    {
        var names = new List<string>();
        int kinds = 0, arrayItems = Everything, setItems = Everything, keys = Everything, values = Everything;
        foreach (var one in type is RegoType.Union union ? union.Cases : [type])
        {
            kinds |= KindsOf(one);
            names.AddRange(NamesOf(KindsOf(one)));
            switch (one)
            {
                case RegoType.ArrayType { Fixed.Count: 0, Rest: not null } array:
                    arrayItems = KindsOf(array.Rest);
                    break;
                case RegoType.SetType { Item: not null } set:
                    setItems = KindsOf(set.Item);
                    break;
                case RegoType.ObjectType { Fixed.Count: 0, Key: not null, Value: not null } objects:
                    keys = KindsOf(objects.Key);
                    values = KindsOf(objects.Value);
                    break;
            }
        }

        return new OperandGuard([.. names.Distinct()], arrayItems, setItems, keys, values, kinds);
    }

    public bool Accepts(RegoValue value)
    {
        var kind = value.Kind;
        if ((_kinds & (1 << (int)kind)) == 0) return false;
        return kind switch
        {
            RegoKind.Array => AllAre(value.AsArray!.Items, _arrayItems),
            RegoKind.Set => AllAre(value.AsSet!.Unordered, _setItems),
            RegoKind.Object => AllAre(value.AsObject!.Keys, _objectKeys) && AllAre(value.AsObject!.Values, _objectValues),
            RegoKind.Undefined or RegoKind.Null or RegoKind.Boolean or RegoKind.Number or RegoKind.String => true,
        };
    }

    /// <summary>What is wrong with a value that was not accepted: <c>must be string but got number</c>.</summary>
    public string Explain(RegoValue value)
    {
        var kind = value.Kind;
        if ((_kinds & (1 << (int)kind)) == 0)
        {
            return _names.Length == 1
                ? $"must be {_names[0]} but got {RegoKindNames.NameOf(kind)}"
                : $"must be one of {{{string.Join(", ", _names)}}} but got {RegoKindNames.NameOf(kind)}";
        }

        return kind switch
        {
            RegoKind.Array => ExplainItems(kind, value.AsArray!.Items, _arrayItems),
            RegoKind.Set => ExplainItems(kind, value.AsSet!.Items, _setItems),
            RegoKind.Object => AllAre(value.AsObject!.Keys, _objectKeys)
                ? ExplainItems(kind, value.AsObject.Values, _objectValues)
                : ExplainItems(kind, value.AsObject.Keys, _objectKeys),
            RegoKind.Undefined or RegoKind.Null or RegoKind.Boolean or RegoKind.Number or RegoKind.String =>
                throw new ArgumentException("the value is acceptable", nameof(value)),
        };
    }

    private static string ExplainItems(RegoKind collection, ReadOnlySpan<RegoValue> items, int allowed)
    {
        var name = RegoKindNames.NameOf(collection);
        var got = "nothing";
        foreach (ref readonly var item in items)
        {
            if ((allowed & (1 << (int)item.Kind)) != 0) continue;
            got = RegoKindNames.NameOf(item.Kind);
            break;
        }

        var expected = NamesOf(allowed);
        return expected.Length == 1
            ? $"must be {name} of {expected[0]}s but got {name} containing {got}"
            : $"must be (any of) {name} of (any of) {{{string.Join(", ", expected)}}} but got {name} containing {got}";
    }

    private static bool AllAre(ReadOnlySpan<RegoValue> items, int allowed)
    {
        if (allowed == Everything) return true;
        ValueGuard.Work(items.Length >> 9);
        foreach (ref readonly var item in items)
        {
            if ((allowed & (1 << (int)item.Kind)) == 0) return false;
        }

        return true;
    }

    private static string[] NamesOf(int kinds)
    {
        var names = new List<string>();
        for (var kind = RegoKind.Null; kind <= RegoKind.Set; kind++)
        {
            if ((kinds & (1 << (int)kind)) != 0) names.Add(RegoKindNames.NameOf(kind));
        }

        names.Sort(StringComparer.Ordinal);
        return [.. names];
    }

    private static int KindsOf(RegoType type) => type switch
    {
        RegoType.Scalar scalar => 1 << (int)scalar.Kind,
        RegoType.ArrayType => 1 << (int)RegoKind.Array,
        RegoType.ObjectType => 1 << (int)RegoKind.Object,
        RegoType.SetType => 1 << (int)RegoKind.Set,
        RegoType.Union union => union.Cases.Aggregate(0, (all, one) => all | KindsOf(one)),
        _ => Everything,
    };
}
