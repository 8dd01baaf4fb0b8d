using System.Text;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego;

/// <summary>What a query sees beside the root documents: the names of a package, and imports.</summary>
/// <param name="Package">A package, with or without <c>data.</c> in front; null for none.</param>
/// <param name="Imports">What stands after the word <c>import</c>, such as <c>data.lib as l</c>.</param>
public sealed record RegoQueryContext(string? Package, IReadOnlyList<string> Imports)
{
    /// <summary>No package and no imports.</summary>
    public static RegoQueryContext None { get; } = new(null, []);

    internal (Dictionary<string, Term.Ref> Globals, IReadOnlyList<RegoError> Errors) Globals(RegoEngine engine)
    {
        if (Package is null && Imports.Count == 0) return ([], []);
        var text = new StringBuilder("package ").AppendLine(Named(Package) ?? "__query__");
        foreach (var import in Imports) text.Append("import ").AppendLine(import);
        var (module, errors) = Parser.ParseModule("query", text.ToString(), new ParserOptions(RegoVersion.V1));
        return module is null ? ([], errors) : (engine.Compiled.GlobalsOf(module), []);
    }

    private static string? Named(string? package) =>
        package is not null && package.StartsWith("data.", StringComparison.Ordinal) ? package["data.".Length..] : package;
}
