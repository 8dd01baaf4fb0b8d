using System.Text;
using GitOpsGate.Policies.Rego.Builtins.Re2;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Globs over texts that delimiters divide into parts, such as paths and host names.</summary>
internal static class GlobBuiltins
{
    private const int LongestGlob = 10_000;

    public static void AddTo(BuiltinTable table)
    {
        var delimiters = RegoType.OneOf(RegoType.Null, RegoType.ArrayOf(RegoType.String));
        table.Add("glob.match", [RegoType.String, delimiters, RegoType.String], RegoType.Boolean, Match);
        table.Add("glob.quote_meta", [RegoType.String], RegoType.String, QuoteMeta);
    }

    private static RegoValue Match(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (glob, text) = (operands[0].Text, operands[2].Text);
        context.Budget.Charge(text.Length / 4);
        if (operands[0].AsString!.Prepared is GlobMatcher ready && ready.IsFor(operands[1])) return RegoValue.Of(ready.IsMatch(text));
        var delimiters = "";
        if (operands[1].AsArray is { } listed)
        {
            if (listed.Count == 0) delimiters = ".";
            foreach (ref readonly var item in listed.Items)
            {
                if (item.AsString!.CountCodePoints() != 1) return context.Fail("glob.match delimiters must be single characters");
                delimiters = delimiters.Length == 0 ? item.Text : delimiters + item.Text;
            }
        }

        context.CheckLimit("the glob", glob.Length, LongestGlob);
        try
        {
            var matcher = new GlobMatcher(glob, delimiters, operands[1]);
            operands[0].AsString!.Prepared = matcher;
            return RegoValue.Of(matcher.IsMatch(text));
        }
        catch (PatternException wrong)
        {
            return context.Fail(wrong.Message);
        }
    }

    private static RegoValue QuoteMeta(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var quoted = new StringBuilder();
        foreach (var unit in operands[0].Text)
        {
            if (GlobPattern.IsSpecial(unit)) quoted.Append('\\');
            quoted.Append(unit);
        }

        return RegoValue.Of(quoted.ToString());
    }
}
