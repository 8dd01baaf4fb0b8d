using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>URLs taken apart.</summary>
internal static class UriBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        table.Add("uri.parse", [RegoType.String], RegoType.ObjectOf(RegoType.String, RegoType.String), Parse);
        table.Add("uri.is_valid", [RegoType.String], RegoType.Boolean, IsValid);
    }

    private static RegoValue IsValid(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        context.Budget.CheckSize(operands[0].Text.Length);
        return RegoValue.Of(operands[0].Text.Length > 0 && GoUrl.Parse(operands[0].Text, out _) is not null);
    }

    private static RegoValue Parse(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = operands[0].Text;
        context.Budget.CheckSize(text.Length);
        if (GoUrl.Parse(text, out var problem) is not { } url)
            return context.Fail($"parse {GoQuote.Text(text, false, false)}: {problem}");
        var parts = new RegoObjectBuilder();
        foreach (var (name, part) in new[]
        {
            ("scheme", url.Scheme), ("hostname", url.Host), ("port", url.Port), ("path", url.Path), ("raw_path", url.RawPath),
            ("raw_query", url.RawQuery), ("fragment", url.Fragment),
        })
        {
            if (part.Length > 0) parts.Set(name, RegoValue.Of(part));
        }

        return RegoValue.Of(parts.Build());
    }
}
