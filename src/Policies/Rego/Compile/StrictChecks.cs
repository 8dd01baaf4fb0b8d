using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>
/// What v1 forbids and v0 lets pass, and what <c>opa check --strict</c> adds: names that hide root documents, and imports that nobody
/// uses.
/// </summary>
internal static class StrictChecks
{
    /// <summary>No parameter and no variable is called <c>input</c> or <c>data</c>.</summary>
    public static void Names(Compilation compilation, Module module, List<RuleWork> rules)
    {
        if (!module.IsStrictV1 && !compilation.IsStrict) return;
        foreach (var source in rules.Select(r => r.Source))
        {
            foreach (var parameter in source.Head.Parameters ?? [])
            {
                if (parameter is Term.Ref { Parts: [Term.Var { Name: "input" or "data" } root] })
                {
                    compilation.Wrong(
                        RegoErrorCodes.Compile, $"args must not shadow {root.Name} (use a different variable name)", parameter.Place);
                }
            }

            for (var rule = source; rule is not null; rule = rule.Else) Variables(compilation, rule.Body.Literals);
        }
    }

    /// <summary>Every import of a document is used.</summary>
    public static void Imports(Compilation compilation, Module module, IReadOnlySet<string> used)
    {
        foreach (var import in module.Imports)
        {
            if (import.Path.HeadName is not ("input" or "data")) continue;
            var name = import.Alias ?? (import.Path.Parts[^1] is Term.Constant last ? last.Value.Text : import.Path.HeadName);
            if (used.Contains(name)) continue;
            compilation.Wrong(RegoErrorCodes.Compile, $"{import.Text} unused", import.Place);
        }
    }

    private static void Variables(Compilation compilation, IEnumerable<Literal> literals)
    {
        foreach (var literal in literals)
        {
            if (literal.Call is { Name: "assign", Operands: [Term.Ref { Parts: [Term.Var { Name: "input" or "data" } root] }, _] })
            {
                compilation.Wrong(
                    RegoErrorCodes.Compile, $"variables must not shadow {root.Name} (use a different variable name)", literal.Place);
            }

            foreach (var body in TermVars.BodiesOf(literal)) Variables(compilation, body.Literals);
            foreach (var term in TermVars.TermsOf(literal))
            {
                TermVars.Visit(term, t =>
                {
                    if (t is Term.Comprehension comprehension) Variables(compilation, comprehension.Body.Literals);
                });
            }
        }
    }
}
