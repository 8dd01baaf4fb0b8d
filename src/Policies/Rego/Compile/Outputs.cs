using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>Which variables a literal gives values to when some have values already.</summary>
internal static class Outputs
{
    public static HashSet<string> Of(Literal literal, HashSet<string> safe, Func<Term.Call, int?> arityOf) =>
        Of(literal, safe, arityOf, new HashSet<string>(StringComparer.Ordinal));

    /// <summary>The same, in a set of the caller's.</summary>
    public static HashSet<string> Of(Literal literal, HashSet<string> safe, Func<Term.Call, int?> arityOf, HashSet<string> gives)
    {
        gives.Clear();
        if (literal.IsNegated) return gives;
        foreach (var with in literal.Withs)
        {
            if (!TermVars.AreIn(with.Value, safe, gives)) return gives;
        }

        switch (literal.Shape)
        {
            case LiteralShape.Plain { Term: Term.Call { Name: "eq", Operands: [var left, var right] } }:
                Unify(left, right, safe, gives);
                break;
            case LiteralShape.Plain { Term: Term.Call call }:
                OfCall(call, safe, gives, arityOf);
                break;
            case LiteralShape.Plain plain:
                OfRefs(plain.Term, safe, gives);
                break;
            case LiteralShape.Each each:
                OfRefs(each.Domain, safe, gives);
                if (!TermVars.AreIn(each.Domain, safe, gives)) break;
                TermVars.AddDirect(each.Value, gives);
                if (each.Key is not null) TermVars.AddDirect(each.Key, gives);
                break;
            case LiteralShape.Every every:
                OfRefs(every.Domain, safe, gives);
                break;
        }

        return gives;
    }

    /// <summary>Variables in brackets get values by iteration when the head of their path has one.</summary>
    private static void OfRefs(Term term, HashSet<string> safe, HashSet<string> gives)
    {
        if (term is Term.Ref { Head: Term.Var head } path
            && (TermVars.IsRoot(head.Name) || safe.Contains(head.Name) || gives.Contains(head.Name)))
        {
            for (var i = 1; i < path.Parts.Length; i++) TermVars.AddDirect(path.Parts[i], gives);
            return;
        }

        if (term is Term.Comprehension or Term.Constant or Term.Var) return;
        foreach (var child in TermVars.Children(term)) OfRefs(child, safe, gives);
    }

    private static void OfCall(Term.Call call, HashSet<string> safe, HashSet<string> gives, Func<Term.Call, int?> arityOf)
    {
        foreach (var operand in call.Operands) OfRefs(operand, safe, gives);
        if (arityOf(call) is not { } arity || call.Operands.Length != arity + 1) return;
        for (var i = 0; i < arity; i++)
        {
            if (!TermVars.AreIn(call.Operands[i], safe, gives)) return;
        }

        TermVars.AddDirect(call.Operands[arity], gives);
    }

    private static void Unify(Term left, Term right, HashSet<string> safe, HashSet<string> gives)
    {
        OfRefs(left, safe, gives);
        OfRefs(right, safe, gives);
        int before;
        do
        {
            before = gives.Count;
            UnifyPair(left, right, safe, gives);
        }
        while (gives.Count > before);
    }

    private static void UnifyPair(Term left, Term right, HashSet<string> safe, HashSet<string> gives)
    {
        switch (left, right)
        {
            case (Term.Array a, Term.Array b):
                // Arrays of different lengths are never equal, so nothing is learnt.
                if (a.Items.Length != b.Items.Length) return;
                for (var i = 0; i < a.Items.Length; i++) UnifyPair(a.Items[i], b.Items[i], safe, gives);
                break;
            case (Term.Object a, Term.Object b):
                foreach (var entry in a.Entries)
                {
                    foreach (var other in b.Entries)
                    {
                        if (entry.Key is Term.Constant x && other.Key is Term.Constant y && x.Value.Equals(y.Value))
                        {
                            UnifyPair(entry.Value, other.Value, safe, gives);
                        }
                    }
                }

                break;
        }

        if (TermVars.AreIn(right, safe, gives)) Bind(left, gives, safe);
        if (TermVars.AreIn(left, safe, gives)) Bind(right, gives, safe);
    }

    private static void Bind(Term pattern, HashSet<string> gives, HashSet<string> safe)
    {
        switch (pattern)
        {
            case Term.Var variable:
                if (!TermVars.IsRoot(variable.Name)) gives.Add(variable.Name);
                break;
            case Term.Array array:
                foreach (var item in array.Items) Bind(item, gives, safe);
                break;
            case Term.Object entries:
                foreach (var entry in entries.Entries)
                {
                    if (TermVars.AreIn(entry.Key, safe, gives)) Bind(entry.Value, gives, safe);
                }

                break;
        }
    }
}
