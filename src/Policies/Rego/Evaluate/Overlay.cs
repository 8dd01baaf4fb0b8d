using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>Documents that rules make, laid over base documents.</summary>
internal static class Overlay
{
    private static readonly RegoValue System = RegoSymbols.Of("system");

    /// <summary>The base document at a path, or undefined.</summary>
    public static RegoValue Find(RegoValue from, RegoValue[] path)
    {
        foreach (ref readonly var key in path.AsSpan())
        {
            from = Builtins.CompilerBuiltins.Lookup(from, key);
            if (!from.IsDefined) break;
        }

        return from;
    }

    /// <summary>A document with a value put at a path; what is in the way and no object is replaced by one.</summary>
    public static RegoValue Put(RegoValue into, ReadOnlySpan<RegoValue> path, RegoValue value)
    {
        if (path.IsEmpty) return value;
        var entries = into.AsObject ?? RegoObject.Empty;
        return RegoValue.Of(entries.With(path[0], Put(entries.Find(path[0]), path[1..], value)));
    }

    /// <summary>Everything at a node: its rules' document, or its children's over the base document.</summary>
    public static RegoValue Document(Machine machine, RuleNode node, RegoValue below)
    {
        ValueGuard.Enter(node.Children.Count);
        if (machine.Scope.Hides(node)) return below;
        if (node.Group is { } group) return group.IsFunction ? default : group.Document(machine);
        if (below.IsDefined && below.AsObject is null) return below;
        var entries = new RegoObjectBuilder((below.AsObject?.Count ?? 0) + node.Children.Count);
        var isRoot = node.Parent is null;
        if (below.AsObject is { } known)
        {
            for (var i = 0; i < known.Count; i++)
            {
                if (isRoot && known.Keys[i].Equals(System)) continue;
                entries.Set(known.Keys[i], known.Values[i]);
            }
        }

        foreach (var child in node.Children.Values)
        {
            if (isRoot && child.Name == "system") continue;
            var under = entries.Find(child.Key);
            var made = Document(machine, child, under);
            if (made.IsDefined) entries.Set(child.Key, child.Group is null ? made : BaseOver(under, made));
        }

        return RegoValue.Of(entries.Build());
    }

    /// <summary>Where a whole package is read and a rule meets a base document, the base document wins; objects are
    /// joined.</summary>
    private static RegoValue BaseOver(RegoValue under, RegoValue made)
    {
        if (!under.IsDefined) return made;
        if (under.AsObject is not { } known || made.AsObject is not { } rules) return under;
        var entries = new RegoObjectBuilder(known.Count + rules.Count);
        for (var i = 0; i < rules.Count; i++) entries.Set(rules.Keys[i], rules.Values[i]);
        for (var i = 0; i < known.Count; i++) entries.Set(known.Keys[i], BaseOver(known.Values[i], rules.Find(known.Keys[i])));
        return RegoValue.Of(entries.Build());
    }

    /// <summary>One key down: a cursor where there are rules below, a value otherwise.</summary>
    public static RegoValue Step(Machine machine, Cursor at, RegoValue key)
    {
        var below = Builtins.CompilerBuiltins.Lookup(at.Base, key);
        if (!below.IsDefined && key.Kind == RegoKind.Number && at.Base.AsObject is { } entries)
        {
            below = entries[RegoNumber.TextOf(key)];
        }
        var child = key.AsString is { } name ? at.Node.Find(name.Text) : null;
        if (child is null || machine.Scope.Hides(child)) return below;
        if (child.Group is { } group) return group.IsFunction ? default : group.Document(machine);
        return RegoValue.Of(new Cursor(child, below));
    }

    /// <summary>The keys one step down: those of base documents first, then names of rules.</summary>
    public static List<RegoValue> KeysOf(Cursor at)
    {
        var keys = new List<RegoValue>();
        switch (at.Base.Node)
        {
            case RegoObject entries:
                keys.AddRange(entries.Keys);
                break;
            case RegoArray items:
                for (var i = 0; i < items.Count; i++) keys.Add(RegoValue.Of((long)i));
                break;
        }

        var known = at.Base.AsObject;
        foreach (var child in at.Node.Children.Values)
        {
            if (known is null || known.IndexOf(child.Key) < 0) keys.Add(child.Key);
        }

        if (at.Node.Parent is null) keys.RemoveAll(k => k.Equals(System));
        return keys;
    }
}
