using System.Text;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>What template strings become: <c>$"{x}"</c> is a call with the set of all values of x.</summary>
internal static class TemplateBuiltins
{
    public static void AddTo(BuiltinTable table) =>
        table.Add("internal.template_string", [RegoType.Array], RegoType.String, Join, BuiltinTraits.Internal);

    private static RegoValue Join(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = new StringBuilder();
        foreach (ref readonly var part in operands[0].AsArray!.Items)
        {
            var value = part;
            if (part.AsSet is { } values)
            {
                if (values.Count > 1)
                {
                    throw RegoFailureException.Conflict("template-strings must not produce multiple outputs", context.Place);
                }

                value = values.Count == 0 ? default : values.Items[0];
            }

            if (value.AsString is { } plain) text.Append(plain.Text);
            else RegoTermText.Append(text, value);
            context.Budget.CheckSize(text.Length);
        }

        return RegoValue.Of(text.ToString());
    }
}
