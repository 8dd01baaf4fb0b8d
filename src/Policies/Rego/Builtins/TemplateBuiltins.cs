using System.Text;
using GitOpsGate.Policies.Rego.Builtins.TextTemplate;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>What template strings become (<c>$"{x}"</c> is a call with the set of all values of x), and templates of Go (OPA
/// reference, "Strings", strings.render_template).</summary>
internal static class TemplateBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        table.Add("internal.template_string", [RegoType.Array], RegoType.String, Join, BuiltinTraits.Internal);
        table.Add(
            "strings.render_template", [RegoType.String, RegoType.ObjectOf(RegoType.String, RegoType.Any)], RegoType.String, Render,
            guarded: [RegoType.String, RegoType.Object]);
    }

    /// <summary>What is not there shows as <c>&lt;undefined&gt;</c>.</summary>
    private static RegoValue Render(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        try
        {
            // As in OPA, the object goes through its text, which is JSON only without sets and with keys of text.
            context.Measure(operands[1]);
            if (!RegoJson.TryParse(Encoding.UTF8.GetBytes(operands[1].ToString()), out var document, out var problem))
                return context.Fail(problem!);
            var text = TemplateRun.Render(context, operands[0].Text, document);
            return context.Sized(text.Replace("<no value>", "<undefined>", StringComparison.Ordinal));
        }
        catch (TemplateException wrong)
        {
            return context.Fail(wrong.Message);
        }
    }

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

            context.Measure(value);
            if (value.AsString is { } plain) text.Append(plain.Text);
            else RegoTermText.Append(text, value);
            context.Budget.CheckSize(text.Length);
        }

        return RegoValue.Of(text.ToString());
    }
}
