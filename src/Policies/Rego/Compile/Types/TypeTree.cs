using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <summary>
/// The types of documents by path below <c>data</c>. Base documents are not known, so a place where nothing is known is anything,
/// and an object made of a package has further strings for keys.
/// </summary>
internal sealed class TypeTree
{
    private readonly SortedDictionary<RegoValue, TypeTree> _children = [];

    /// <summary>The type of the document here; null for a package, which is made of what is below it.</summary>
    public RegoType? Type { get; private set; }

    public IEnumerable<RegoValue> Names => _children.Keys;

    public IEnumerable<TypeTree> Children => _children.Values;

    public TypeTree? Child(RegoValue key) => _children.GetValueOrDefault(key);

    /// <summary>Adds the type of a rule to what its document is already known to be.</summary>
    public void Add(IReadOnlyList<RegoValue> path, RegoType type)
    {
        var at = this;
        for (var i = 0; i < path.Count; i++)
        {
            if (!at._children.TryGetValue(path[i], out var child)) at._children[path[i]] = child = new TypeTree();
            if (child.Type is RegoType.ObjectType above && i + 1 < path.Count) child.Type = WithPath(above, path, i + 1, type);
            at = child;
        }

        at.Type = Merged(at.Type, type);
        if (at.Type is not RegoType.ObjectType || type is not RegoType.ObjectType) return;
        foreach (var (below, leaf) in at.Leaves([])) at.Type = WithPath((RegoType.ObjectType)at.Type, below, 0, leaf);
    }

    /// <summary>Nothing is to be said of a rule with mistakes, nor of what uses it.</summary>
    public void Forget(IReadOnlyList<RegoValue> path)
    {
        var at = this;
        foreach (var key in path)
        {
            if (!at._children.TryGetValue(key, out var child)) at._children[key] = child = new TypeTree();
            at = child;
        }

        at.Type = RegoType.Any;
    }

    /// <summary>The type of the whole document from here down.</summary>
    public RegoType Extent() => Type ?? new RegoType.ObjectType(
        [.. _children.Where(c => c.Key.Kind is RegoKind.String or RegoKind.Number or RegoKind.Boolean)
            .Select(c => KeyValuePair.Create(c.Key, c.Value.Extent()))],
        RegoType.String, RegoType.Any);

    /// <summary>The type of what a path leads to.</summary>
    public RegoType Select(ReadOnlySpan<Term> path)
    {
        if (path.IsEmpty) return Extent();
        var key = (path[0] as Term.Constant)?.Value;
        var child = key is { } known ? Child(known) : null;
        if (Type is not null) return child is null ? Parts(Type, path) : child.Select(path[1..]);
        if (key is null) return Parts(Extent(), path);
        return child is null ? RegoType.Any : child.Select(path[1..]);
    }

    /// <summary>The type of a part of a value.</summary>
    public static RegoType Parts(RegoType type, ReadOnlySpan<Term> path)
    {
        foreach (var part in path)
        {
            if (type is RegoType.UnknownType) return type;
            type = part is Term.Constant known ? TypeAlgebra.Select(type, known.Value) : TypeAlgebra.Values(type);
        }

        return type;
    }

    private IEnumerable<(List<RegoValue> Path, RegoType Type)> Leaves(List<RegoValue> above)
    {
        foreach (var (key, child) in _children)
        {
            List<RegoValue> path = [.. above, key];
            if (child.Type is { } type)
            {
                yield return (path, type);
                continue;
            }

            foreach (var leaf in child.Leaves(path)) yield return leaf;
        }
    }

    private static RegoType.ObjectType WithPath(RegoType.ObjectType objects, IReadOnlyList<RegoValue> path, int at, RegoType type)
    {
        if (at == path.Count) return objects;
        var value = at + 1 == path.Count ? type : WithPath(new RegoType.ObjectType([], null, null), path, at + 1, type);
        return new RegoType.ObjectType(
            objects.Fixed,
            TypeAlgebra.Or(objects.Key ?? RegoType.Unknown, TypeAlgebra.Of(path[at])),
            TypeAlgebra.Or(objects.Value ?? RegoType.Unknown, value));
    }

    private static RegoType Merged(RegoType? known, RegoType more) => (known, more) switch
    {
        (null, _) => more,
        (RegoType.ObjectType { Fixed.Count: 0, Key: { } key, Value: { } value },
            RegoType.ObjectType { Fixed.Count: 0, Key: { } otherKey, Value: { } otherValue }) =>
            new RegoType.ObjectType([], TypeAlgebra.Or(key, otherKey), Merged(value, otherValue)),
        (RegoType.SetType one, RegoType.SetType other) =>
            new RegoType.SetType(TypeAlgebra.Or(one.Item ?? RegoType.Unknown, other.Item ?? RegoType.Unknown)),
        _ => TypeAlgebra.Or(known, more),
    };
}
