using System.Runtime.CompilerServices;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>Collects variables. Root documents and names of functions are not variables.</summary>
internal static class TermVars
{
    public static bool IsRoot(string name) => name is "input" or "data";

    /// <summary>The variables that stand in a literal itself, not in comprehensions or bodies inside it.</summary>
    public static HashSet<string> Direct(Literal literal)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var term in TermsOf(literal)) AddDirect(term, names);
        return names;
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

    public static HashSet<string> Enclosed(Term term)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        AddEnclosed(term, names);
        return names;
    }

    public static void AddDirect(Term term, HashSet<string> into)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (term)
        {
            case Term.Var variable:
                if (!IsRoot(variable.Name)) into.Add(variable.Name);
                break;
            case Term.Comprehension:
                break;
            default:
                foreach (var child in Children(term)) AddDirect(child, into);
                break;
        }
    }

    /// <summary>The terms directly inside a term; a call's operands, but not its function.</summary>
    public static IEnumerable<Term> Children(Term term) => term switch
    {
        Term.Ref path => path.Parts,
        Term.Call call => call.Operands,
        Term.Array array => array.Items,
        Term.Set set => set.Items,
        Term.Object entries => entries.Entries.SelectMany(e => new[] { e.Key, e.Value }),
        _ => [],
    };

    /// <summary>The terms of a literal itself, replacements included.</summary>
    public static IEnumerable<Term> TermsOf(Literal literal)
    {
        IEnumerable<Term> own = literal.Shape switch
        {
            LiteralShape.Plain plain => [plain.Term],
            LiteralShape.Each each => each.Key is null ? [each.Value, each.Domain] : [each.Key, each.Value, each.Domain],
            LiteralShape.Every every => [every.Domain],
            _ => [],
        };
        return literal.Withs.Length == 0 ? own
            : own.Concat(literal.Withs.Select(w => w.Value)).Concat(literal.Withs.SelectMany(TargetKeys));
    }

    /// <summary>The bodies of a literal.</summary>
    public static IEnumerable<Body> BodiesOf(Literal literal) => literal.Shape switch
    {
        LiteralShape.Every every => [every.Body],
        LiteralShape.Not not => [not.Body],
        LiteralShape.Logical logical => [logical.Left, logical.Right],
        _ => [],
    };

    /// <summary>Visits every term of a body, closed scopes included.</summary>
    public static void Visit(IEnumerable<Literal> literals, Action<Term> visit)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        foreach (var literal in literals)
        {
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
        RuntimeHelpers.EnsureSufficientExecutionStack();
        visit(term);
        foreach (var child in Children(term)) Visit(child, visit);
        if (term is not Term.Comprehension comprehension) return;
        Visit(comprehension.Body.Literals, visit);
        if (comprehension.Key is { } key) Visit(key, visit);
        Visit(comprehension.Value, visit);
    }

    private static IEnumerable<Term> TargetKeys(With with) => with.Target is Term.Ref path ? path.Parts.Skip(1) : [];

    private static void AddEnclosed(Term term, HashSet<string> into)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (term is Term.Comprehension comprehension)
        {
            if (comprehension.Key is { } key) AddEverything(key, into);
            AddEverything(comprehension.Value, into);
            AddAll(comprehension.Body, into);
            return;
        }

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
