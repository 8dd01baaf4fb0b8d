using GitOpsGate.Policies.Rego;

namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>
/// Functions that give anything in OPA 1.4 and have a type in later ones, which our engine follows. A module that compiles when they
/// give anything again is refused for that type, and for nothing else.
/// </summary>
internal static class LaterTypes
{
    private static readonly (string Name, string Operands)[] Functions =
    [
        ("json.filter", "x, y"),
        ("json.remove", "x, y"),
        ("object.filter", "x, y"),
        ("object.remove", "x, y"),
        ("object.subset", "x, y"),
        ("object.union", "x, y"),
        ("object.union_n", "x"),
    ];

    /// <summary>Whether only the later types make us refuse a module.</summary>
    public static bool Explain(string module)
    {
        var older = module;
        var functions = "";
        foreach (var (name, operands) in Functions)
        {
            var instead = $"older_{name.Replace('.', '_')}";
            older = older.Replace($"{name}(", $"{instead}(", StringComparison.Ordinal);
            functions += $"\n{instead}({operands}) := json.unmarshal(json.marshal({name}({operands})))\n";
        }

        return RegoEngine.Compile([new RegoModuleSource("older.rego", older + functions)], default, RegoOptions.Default).Engine is not null;
    }
}
