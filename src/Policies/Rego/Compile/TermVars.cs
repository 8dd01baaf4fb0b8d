using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>Collects variables. Root documents and names of functions are not variables.</summary>
internal static class TermVars
{
    public static bool IsRoot(string name) => name is "input" or "data";

    /// <summary>The variables that stand in a literal itself, not in comprehensions or bodies inside it.</summary>
    public static HashSet<string> Direct(Literal literal)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        AddDirect(literal, names);
        return names;
    }

    /// <summary>Adds what <see cref="Direct(Literal)"/> gives.</summary>
    public static void AddDirect(Literal literal, HashSet<string> into)
    {
        // The shapes that nearly all literals have, without a list of their terms.
        switch (literal)
        {
            case { Withs.Length: 0, Shape: LiteralShape.Plain plain }:
                AddDirect(plain.Term, into);
                break;
            case { Withs.Length: 0, Shape: LiteralShape.Each each }:
                if (each.Key is not null) AddDirect(each.Key, into);
                AddDirect(each.Value, into);
                AddDirect(each.Domain, into);
                break;
            default:
                foreach (var term in TermsOf(literal)) AddDirect(term, into);
                break;
        }
    }

    /// <summary>The variables of a term, not those in comprehensions inside it.</summary>
    public static HashSet<string> Direct(Term term)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        AddDirect(term, names);
        return names;
    }

    /// <summary>All variables anywhere in the closed scopes of a literal: comprehensions, and bodies of every, not, and,
    /// or.</summary>
    public static HashSet<string> Enclosed(Literal literal)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var term in TermsOf(literal)) AddEnclosed(term, names);
        foreach (var body in BodiesOf(literal)) AddAll(body, names);
        return names;
    }

    /// <summary>Whether a literal holds a closed scope.</summary>
    public static bool HasEnclosed(Literal literal)
    {
        switch (literal)
        {
            case { Shape: LiteralShape.Every or LiteralShape.Not or LiteralShape.Logical }:
                return true;
            case { Withs.Length: 0, Shape: LiteralShape.Plain plain }:
                return HasEnclosed(plain.Term);
            default:
                foreach (var term in TermsOf(literal))
                {
                    if (HasEnclosed(term)) return true;
                }

                return false;
        }
    }

    /// <summary>Whether every variable of a term, those in comprehensions aside, is in one of two sets.</summary>
    public static bool AreIn(Term term, HashSet<string> one, HashSet<string> other)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Var variable:
                return IsRoot(variable.Name) || one.Contains(variable.Name) || other.Contains(variable.Name);
            case Term.Constant or Term.Comprehension:
                return true;
            case Term.Ref { Parts: var parts }:
                return AreIn(parts, one, other);
            case Term.Call { Operands: var operands }:
                return AreIn(operands, one, other);
            default:
                foreach (var child in Children(term))
                {
                    if (!AreIn(child, one, other)) return false;
                }

                return true;
        }
    }

    public static HashSet<string> Enclosed(Term term)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        AddEnclosed(term, names);
        return names;
    }

    public static void AddDirect(Term term, HashSet<string> into)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Var variable:
                if (!IsRoot(variable.Name)) into.Add(variable.Name);
                break;
            case Term.Constant or Term.Comprehension:
                break;
            case Term.Ref { Parts: var parts }:
                foreach (var part in parts) AddDirect(part, into);
                break;
            case Term.Call { Operands: var operands }:
                foreach (var operand in operands) AddDirect(operand, into);
                break;
            default:
                foreach (var child in Children(term)) AddDirect(child, into);
                break;
        }
    }

    /// <summary>The terms directly inside a term; a call's operands, but not its function.</summary>
    public static Term[] Children(Term term) => term switch
    {
        Term.Ref path => path.Parts,
        Term.Call call => call.Operands,
        Term.Array array => array.Items,
        Term.Set set => set.Items,
        Term.Object entries => [.. entries.Entries.SelectMany(e => new[] { e.Key, e.Value })],
        _ => [],
    };

    /// <summary>The terms of a literal itself, replacements included.</summary>
    public static Term[] TermsOf(Literal literal)
    {
        Term[] own = literal.Shape switch
        {
            LiteralShape.Plain plain => [plain.Term],
            LiteralShape.Each each => each.Key is null ? [each.Value, each.Domain] : [each.Key, each.Value, each.Domain],
            LiteralShape.Every every => [every.Domain],
            _ => [],
        };
        return literal.Withs.Length == 0 ? own
            : [.. own, .. literal.Withs.Select(w => w.Value), .. literal.Withs.SelectMany(TargetKeys)];
    }

    /// <summary>The bodies of a literal.</summary>
    public static Body[] BodiesOf(Literal literal) => literal.Shape switch
    {
        LiteralShape.Every every => [every.Body],
        LiteralShape.Not not => [not.Body],
        LiteralShape.Logical logical => [logical.Left, logical.Right],
        _ => [],
    };

    /// <summary>Visits every term of a body, closed scopes included.</summary>
    public static void Visit(IEnumerable<Literal> literals, Action<Term> visit)
    {
        StackRoom.Ensure();
        foreach (var literal in literals)
        {
            if (literal is { Withs.Length: 0, Shape: LiteralShape.Plain plain })
            {
                Visit(plain.Term, visit);
                continue;
            }

            foreach (var term in TermsOf(literal)) Visit(term, visit);
            foreach (var with in literal.Withs)
            {
                Visit(with.Target, visit);
                if (with.StandIn is not null) visit(with.StandIn);
            }

            foreach (var body in BodiesOf(literal)) Visit(body.Literals, visit);
        }
    }

    public static void Visit(Term term, Action<Term> visit)
    {
        StackRoom.Ensure();
        visit(term);
        switch (term)
        {
            case Term.Constant or Term.Var:
                break;
            case Term.Ref { Parts: var parts }:
                foreach (var part in parts) Visit(part, visit);
                break;
            case Term.Call { Operands: var operands }:
                foreach (var operand in operands) Visit(operand, visit);
                break;
            case Term.Comprehension comprehension:
                Visit(comprehension.Body.Literals, visit);
                if (comprehension.Key is { } key) Visit(key, visit);
                Visit(comprehension.Value, visit);
                break;
            default:
                foreach (var child in Children(term)) Visit(child, visit);
                break;
        }
    }

    private static bool AreIn(Term[] terms, HashSet<string> one, HashSet<string> other)
    {
        foreach (var term in terms)
        {
            if (!AreIn(term, one, other)) return false;
        }

        return true;
    }

    private static bool HasEnclosed(Term term)
    {
        StackRoom.Ensure();
        if (term is Term.Comprehension) return true;
        if (term is Term.Constant or Term.Var) return false;
        foreach (var child in Children(term))
        {
            if (HasEnclosed(child)) return true;
        }

        return false;
    }

    private static IEnumerable<Term> TargetKeys(With with) => with.Target is Term.Ref path ? path.Parts.Skip(1) : [];

    private static void AddEnclosed(Term term, HashSet<string> into)
    {
        StackRoom.Ensure();
        if (term is Term.Comprehension comprehension)
        {
            if (comprehension.Key is { } key) AddEverything(key, into);
            AddEverything(comprehension.Value, into);
            AddAll(comprehension.Body, into);
            return;
        }

        if (term is Term.Constant or Term.Var) return;
        foreach (var child in Children(term)) AddEnclosed(child, into);
    }

    private static void AddAll(Body body, HashSet<string> into)
    {
        foreach (var literal in body.Literals)
        {
            foreach (var term in TermsOf(literal)) AddEverything(term, into);
            foreach (var inner in BodiesOf(literal)) AddAll(inner, into);
        }
    }

    private static void AddEverything(Term term, HashSet<string> into)
    {
        AddDirect(term, into);
        AddEnclosed(term, into);
    }
}
