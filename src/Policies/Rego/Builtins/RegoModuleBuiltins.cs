using System.Text;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary><c>rego.parse_module</c>: a module as data, in the JSON of OPA's syntax tree (OPA reference, "Rego").</summary>
internal static class RegoModuleBuiltins
{
    private const string EmptyModule = "empty module";

    public static void AddTo(BuiltinTable table) => table.Add(
        "rego.parse_module", [RegoType.String, RegoType.String], RegoType.ObjectOf(RegoType.String, RegoType.Any), Parse);

    private static RegoValue Parse(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (file, text) = (operands[0].Text, operands[1].Text);
        context.Budget.CheckSize(text.Length);
        context.Budget.Charge((long)text.Length * 16);
        var (module, errors) = Parser.ParseModule(file, text, new ParserOptions(RegoVersion.V1));
        if (module is not null) return new ModuleJson(context).Of(module);
        if (errors[0].Message == EmptyModule) return context.Fail(errors[0].ToString());
        var lines = new StringBuilder(errors.Count == 1 ? "1 error occurred: " : $"{errors.Count} errors occurred:\n");
        return context.Fail(lines.AppendJoin('\n', errors).ToString());
    }
}
