using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>Something that grows while a plan runs; it lives in a slot of the frame as if it were a value.</summary>
internal abstract class Collector() : RegoNode(RegoKind.Undefined)
{
    public abstract RegoValue Build();

    private protected override int ComputeHash() => 1;
}

internal sealed class ListCollector : Collector
{
    private readonly List<RegoValue> _items = [];

    public void Add(RegoValue value) => _items.Add(value);

    public override RegoValue Build() => RegoValue.Of(_items.Count == 0 ? RegoArray.Empty : new RegoArray([.. _items]));
}

internal sealed class SetCollector : Collector
{
    private readonly RegoSetBuilder _items = new();

    public void Add(RegoValue value) => _items.Add(value);

    public override RegoValue Build() => RegoValue.Of(_items.Build());
}

internal sealed class ObjectCollector : Collector
{
    private readonly RegoObjectBuilder _entries = new();

    public void Add(RegoValue key, RegoValue value, PolicyPlace place)
    {
        if (!_entries.TryAdd(key, value)) throw RegoFailureException.Conflict("object keys must be unique", place);
    }

    public override RegoValue Build() => RegoValue.Of(_entries.Build());
}

/// <summary>
/// The document that rules with keys make together: a value, a set, or an object of such documents. Two different values at one
/// place,
/// or a value where others put an object, are a conflict.
/// </summary>
internal sealed class DocumentCollector : Collector
{
    private RegoValue _leaf;
    private RegoSetBuilder? _members;
    private Dictionary<RegoValue, DocumentCollector>? _entries;
    private List<RegoValue>? _order;

    public bool IsEmpty => !_leaf.IsDefined && _members is null && _entries is null;

    /// <summary>Makes this an object even when nothing is put in.</summary>
    public void BeObject() => _entries ??= [];

    public DocumentCollector At(RegoValue key, PolicyPlace place)
    {
        if (_leaf.IsDefined || _members is not null) throw RegoFailureException.Conflict("object keys must be unique", place);
        _entries ??= [];
        if (_entries.TryGetValue(key, out var known)) return known;
        (_order ??= []).Add(key);
        return _entries[key] = new DocumentCollector();
    }

    public void Put(RegoValue value, PolicyPlace place)
    {
        if (_entries is not null || _members is not null || (_leaf.IsDefined && !_leaf.Equals(value)))
        {
            throw RegoFailureException.Conflict("object keys must be unique", place);
        }

        _leaf = value;
    }

    public void AddMember(RegoValue member, PolicyPlace place)
    {
        if (_entries is not null || _leaf.IsDefined) throw RegoFailureException.Conflict("object keys must be unique", place);
        (_members ??= new RegoSetBuilder()).Add(member);
    }

    /// <summary>Takes in everything that another collected.</summary>
    public void Absorb(DocumentCollector other, PolicyPlace place)
    {
        if (other._leaf.IsDefined) Put(other._leaf, place);
        if (other._members is { } members)
        {
            foreach (ref readonly var member in members.Build().Unordered) AddMember(member, place);
        }

        foreach (var key in other._order ?? []) At(key, place).Absorb(other._entries![key], place);
    }

    /// <summary>What was collected under some keys; null when there is nothing.</summary>
    public DocumentCollector? Find(ReadOnlySpan<RegoValue> keys)
    {
        if (keys.IsEmpty) return this;
        if (_entries is not null) return _entries.TryGetValue(keys[0], out var below) ? below.Find(keys[1..]) : null;
        var value = Build();
        foreach (ref readonly var key in keys) value = Builtins.CompilerBuiltins.Lookup(value, key);
        return value.IsDefined ? new DocumentCollector { _leaf = value } : null;
    }

    public override RegoValue Build()
    {
        if (_leaf.IsDefined) return _leaf;
        if (_members is not null) return RegoValue.Of(_members.Build());
        if (_entries is null) return default;
        var entries = new RegoObjectBuilder(_entries.Count);
        foreach (var key in _order ?? []) entries.Set(key, _entries[key].Build());
        return RegoValue.Of(entries.Build());
    }
}

/// <summary>A place in the overlay of rules over base documents, while a path with variables walks down it.</summary>
internal sealed class Cursor(Compile.RuleNode node, RegoValue below) : RegoNode(RegoKind.Undefined)
{
    public Compile.RuleNode Node { get; } = node;

    /// <summary>The base document here.</summary>
    public RegoValue Base { get; } = below;

    private protected override int ComputeHash() => 1;
}

/// <summary>The scopes inside and outside of a literal with replacements.</summary>
internal sealed class ScopePair(Scope outer, Scope inner) : RegoNode(RegoKind.Undefined)
{
    public Scope Outer { get; } = outer;

    public Scope Inner { get; } = inner;

    private protected override int ComputeHash() => 1;
}
