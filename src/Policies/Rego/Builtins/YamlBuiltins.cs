using GitOpsGate.Policies.Rego.Builtins.Yaml;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>YAML in and out.</summary>
internal static class YamlBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        table.Add("yaml.unmarshal", [RegoType.String], RegoType.Any, Unmarshal);
        table.Add("yaml.marshal", [RegoType.Any], RegoType.String, static (c, v) =>
        {
            c.Measure(v[0]);
            return c.Sized(YamlWriter.Write(v[0]));
        });
        table.Add("yaml.is_valid", [RegoType.String], RegoType.Boolean, static (c, v) =>
            RegoValue.Of(v[0].AsString is not null && TryRead(c, v[0], out _, out _)), guarded: [RegoType.Any]);
    }

    private static RegoValue Unmarshal(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        TryRead(context, operands[0], out var value, out var problem) ? value : context.Fail(problem!);

    private static bool TryRead(BuiltinContext context, RegoValue text, out RegoValue value, out string? problem)
    {
        context.Budget.Charge(text.Text.Length);
        try
        {
            value = YamlReader.Read(text.Text);
            problem = null;
            return true;
        }
        catch (YamlException wrong)
        {
            value = default;
            problem = wrong.Message;
            return false;
        }
    }
}
