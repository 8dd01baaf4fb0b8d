using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <summary>What can be computed with types: unions, parts, and whether two types have a value in common.</summary>
internal static class TypeAlgebra
{
    /// <summary>Either of two types; the unknown adds nothing, anything swallows everything.</summary>
    public static RegoType Or(RegoType left, RegoType right)
    {
        if (left is RegoType.UnknownType) return right;
        if (right is RegoType.UnknownType || ReferenceEquals(left, right)) return left;
        if (left is RegoType.Function || right is RegoType.Function) return OfFunctions(left, right);
        if (left is RegoType.AnyType || right is RegoType.AnyType) return RegoType.Any;
        var cases = new List<RegoType>(Cases(left));
        foreach (var one in Cases(right))
        {
            var at = cases.BinarySearch(one, TypeOrder.Instance);
            if (at < 0) cases.Insert(~at, one);
        }

        return cases.Count == 1 ? cases[0] : new RegoType.Union(cases);
    }

    public static IReadOnlyList<RegoType> Cases(RegoType type) => type is RegoType.Union union ? union.Cases : [type];

    /// <summary>Whether some part of a type is not known.</summary>
    public static bool HasUnknown(RegoType type) => type switch
    {
        RegoType.UnknownType => true,
        RegoType.Function function => function.Operands.Any(HasUnknown) || (function.Result is { } result && HasUnknown(result)),
        RegoType.ArrayType array => array.Fixed.Any(HasUnknown) || (array.Rest is { } rest && HasUnknown(rest)),
        RegoType.SetType set => set.Item is null || HasUnknown(set.Item),
        RegoType.ObjectType objects => objects.Fixed.Any(p => HasUnknown(p.Value))
            || (objects.Key is { } key && (HasUnknown(key) || HasUnknown(objects.Value!))),
        _ => false,
    };

    /// <summary>What may stand in brackets after a value of a type; unknown when nothing may.</summary>
    public static RegoType Keys(RegoType type) => type switch
    {
        RegoType.AnyType => RegoType.Any,
        RegoType.ArrayType => RegoType.Number,
        RegoType.SetType set => set.Item ?? RegoType.Unknown,
        RegoType.ObjectType objects => objects.Fixed.Select(p => Of(p.Key)).Append(objects.Key ?? RegoType.Unknown)
            .Aggregate(RegoType.Unknown, Or),
        RegoType.Union union => union.Cases.Select(Keys).Aggregate(RegoType.Unknown, Or),
        _ => RegoType.Unknown,
    };

    /// <summary>What values of a type contain.</summary>
    public static RegoType Values(RegoType type) => type switch
    {
        RegoType.AnyType => RegoType.Any,
        RegoType.ArrayType array => array.Fixed.Append(array.Rest ?? RegoType.Unknown).Aggregate(RegoType.Unknown, Or),
        RegoType.SetType set => set.Item ?? RegoType.Unknown,
        RegoType.ObjectType objects => objects.Fixed.Select(p => p.Value).Append(objects.Value ?? RegoType.Unknown)
            .Aggregate(RegoType.Unknown, Or),
        RegoType.Union union => union.Cases.Select(Values).Aggregate(RegoType.Unknown, Or),
        _ => RegoType.Unknown,
    };

    /// <summary>What stands under a known key; unknown when nothing can.</summary>
    public static RegoType Select(RegoType type, RegoValue key) => type switch
    {
        RegoType.AnyType => RegoType.Any,
        RegoType.ArrayType array => key.Kind == RegoKind.Number && RegoNumber.TryInt64(key, out var at) && at is >= 0
            and <= int.MaxValue ? Item(array, (int)at) : RegoType.Unknown,
        RegoType.ObjectType objects => Property(objects, key),
        RegoType.SetType { Item: { } item } => Cases(item).FirstOrDefault(c => TypeOrder.Same(c, Of(key)))
            ?? (item is RegoType.AnyType ? Of(key) : RegoType.Unknown),
        RegoType.Union union => union.Cases.Select(c => Select(c, key)).Aggregate(RegoType.Unknown, Or),
        _ => RegoType.Unknown,
    };

    /// <summary>The type of the item at a place of an array; unknown when there is none.</summary>
    public static RegoType Item(RegoType.ArrayType array, int at) =>
        at < array.Fixed.Count ? array.Fixed[at] : array.Rest ?? RegoType.Unknown;

    /// <summary>The type of the value under a key of an object; unknown when there is none.</summary>
    public static RegoType Property(RegoType.ObjectType objects, RegoValue key)
    {
        foreach (var (name, value) in objects.Fixed)
        {
            if (name.Equals(key)) return value;
        }

        return objects.Key is { } others && Contains(others, Of(key)) ? objects.Value! : RegoType.Unknown;
    }

    /// <summary>The type of a value.</summary>
    public static RegoType Of(RegoValue value) => value.Kind switch
    {
        RegoKind.Null => RegoType.Null,
        RegoKind.Boolean => RegoType.Boolean,
        RegoKind.Number => RegoType.Number,
        RegoKind.String => RegoType.String,
        RegoKind.Array => new RegoType.ArrayType([.. value.AsArray!.Items.ToArray().Select(Of)], null),
        RegoKind.Set => new RegoType.SetType(value.AsSet!.Items.ToArray().Select(Of).Aggregate(RegoType.Unknown, Or)),
        RegoKind.Object => new RegoType.ObjectType(
            [.. Enumerable.Range(0, value.AsObject!.Count).Select(
                i => KeyValuePair.Create(value.AsObject!.Keys[i], Of(value.AsObject!.Values[i])))],
            null, null),
        _ => RegoType.Unknown,
    };

    /// <summary>Whether a value can be of both types.</summary>
    public static bool Meet(RegoType left, RegoType right)
    {
        switch (left, right)
        {
            case (RegoType.UnknownType, _) or (_, RegoType.UnknownType):
                return false;
            case (RegoType.AnyType, _):
                return right is not RegoType.Function;
            case (_, RegoType.AnyType):
                return left is not RegoType.Function;
            case (RegoType.Union union, _):
                return right is not RegoType.Function && union.Cases.Any(c => Meet(c, right));
            case (_, RegoType.Union union):
                return left is not RegoType.Function && union.Cases.Any(c => Meet(left, c));
            case (RegoType.Scalar a, RegoType.Scalar b):
                return a.Kind == b.Kind;
            case (RegoType.ArrayType a, RegoType.ArrayType b):
                return FixedMeet(a, b) && RestMeets(a.Rest, b.Rest);
            case (RegoType.ObjectType a, RegoType.ObjectType b):
                return FixedMeet(a, b) && RestMeets(a.Value, b.Value);
            case (RegoType.SetType a, RegoType.SetType b):
                return Meet(a.Item ?? RegoType.Unknown, b.Item ?? RegoType.Unknown);
            case (RegoType.Function a, RegoType.Function b):
                return a.Operands.Count == b.Operands.Count && a.Operands.Zip(b.Operands).All(p => Meet(p.First, p.Second));
            default:
                return false;
        }
    }

    private static bool RestMeets(RegoType? left, RegoType? right) => left is null || right is null || Meet(left, right);

    // Each pair is met once: what is met from both sides is met twice at every level, and so without end in deep types.
    private static bool FixedMeet(RegoType.ArrayType one, RegoType.ArrayType other)
    {
        for (var i = 0; i < Math.Max(one.Fixed.Count, other.Fixed.Count); i++)
        {
            if (!Meet(Item(one, i), Item(other, i))) return false;
        }

        return true;
    }

    private static bool FixedMeet(RegoType.ObjectType one, RegoType.ObjectType other) =>
        one.Fixed.All(p => Meet(p.Value, Property(other, p.Key)))
        && other.Fixed.ExceptBy(one.Fixed.Select(p => p.Key), p => p.Key).All(p => Meet(p.Value, Property(one, p.Key)));

    private static bool Contains(RegoType type, RegoType one) =>
        type is RegoType.AnyType || Cases(type).Any(c => TypeOrder.Same(c, one));

    private static RegoType OfFunctions(RegoType left, RegoType right)
    {
        if (left is not RegoType.Function one || right is not RegoType.Function other
            || one.Operands.Count != other.Operands.Count)
        {
            return RegoType.Unknown;
        }

        var operands = one.Operands.Zip(other.Operands, Or).ToArray();
        return new RegoType.Function(operands, Or(one.Result ?? RegoType.Unknown, other.Result ?? RegoType.Unknown));
    }
}
