using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>Questions about terms that several stages ask.</summary>
internal static class TermKinds
{
    /// <summary>What a term is called in messages.</summary>
    public static string NameOf(Term term) => term switch
    {
        Term.Constant constant => RegoKindNames.NameOf(constant.Value.Kind),
        Term.Var => "var",
        Term.Ref => "ref",
        Term.Call => "call",
        Term.Array => "array",
        Term.Set => "set",
        Term.Object => "object",
        Term.Comprehension { Kind: RegoKind.Array } => "arraycomprehension",
        Term.Comprehension { Kind: RegoKind.Set } => "setcomprehension",
        Term.Comprehension => "objectcomprehension",
        _ => "templatestring",
    };

    /// <summary>Whether a path has no variable but its head.</summary>
    public static bool IsGround(Term.Ref path) =>
        path.Parts.Skip(1).All(p => FirstNonConstant(p) is null && p is not Term.Comprehension);

    /// <summary>The first variable, path or call in a term, outside comprehensions; null when there is none.</summary>
    public static Term? FirstNonConstant(Term term) => term switch
    {
        Term.Var or Term.Ref or Term.Call => term,
        Term.Array array => array.Items.Select(FirstNonConstant).FirstOrDefault(t => t is not null),
        Term.Set set => set.Items.Select(FirstNonConstant).FirstOrDefault(t => t is not null),
        Term.Object entries => entries.Entries
            .Select(e => FirstNonConstant(e.Key) ?? FirstNonConstant(e.Value)).FirstOrDefault(t => t is not null),
        _ => null,
    };
}
