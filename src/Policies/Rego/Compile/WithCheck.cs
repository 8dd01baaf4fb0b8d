using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>What a <c>with</c> may replace: the input, base documents, whole virtual documents, and functions.</summary>
internal static class WithCheck
{
    public static void Run(Compilation compilation) => compilation.ForEachRule(rule =>
    {
        for (var one = rule; one is not null; one = one.Else) Check(compilation, one.Body);
    });

    public static void Check(Compilation compilation, IReadOnlyList<Literal> body)
    {
        foreach (var literal in body)
        {
            foreach (var with in literal.Withs) Check(compilation, with);
            foreach (var inner in TermVars.BodiesOf(literal)) Check(compilation, inner.Literals);
            foreach (var term in TermVars.TermsOf(literal)) Within(compilation, term);
        }
    }

    // Each comprehension is entered once: a visitor that enters them by itself would double the work with each level.
    private static void Within(Compilation compilation, Term term)
    {
        StackRoom.Ensure();
        foreach (var child in TermVars.Children(term)) Within(compilation, child);
        if (term is not Term.Comprehension comprehension) return;
        Check(compilation, comprehension.Body.Literals);
        if (comprehension.Key is { } key) Within(compilation, key);
        Within(compilation, comprehension.Value);
    }

    private static void Check(Compilation compilation, With with)
    {
        var target = with.Target as Term.Ref ?? new Term.Ref(with.Place, [with.Target]);
        if (target.HeadName == "input" || compilation.IsFunction(target)) return;
        if (target.HeadName != "data")
        {
            compilation.Wrong(
                RegoErrorCodes.Type, "with keyword target must reference existing input, data, or a function", with.Place);
            return;
        }

        var node = compilation.Root;
        foreach (var part in target.Parts.Skip(1))
        {
            if (node.Rules.Count > 0)
            {
                compilation.Wrong(RegoErrorCodes.Compile, "with keyword cannot partially replace virtual document(s)",
                    with.Place);
                return;
            }

            if (part is not Term.Constant { Value.AsString: { } name })
            {
                compilation.Wrong(RegoErrorCodes.Type, "with keyword target must be ground", with.Place);
                return;
            }

            if (node.Find(name.Text) is not { } child) return;
            node = child;
        }
    }
}
