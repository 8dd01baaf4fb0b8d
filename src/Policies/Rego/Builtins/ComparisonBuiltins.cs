using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Comparisons: any two values can be compared, by Rego's total order.</summary>
internal static class ComparisonBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        RegoType[] two = [RegoType.Any, RegoType.Any];
        table.Add("eq", two, RegoType.Boolean, static (_, v) => RegoValue.Of(v[0].Equals(v[1])));
        table.Add("assign", two, RegoType.Boolean, static (_, v) => RegoValue.Of(v[0].Equals(v[1])));
        table.Add("equal", two, RegoType.Boolean, static (_, v) => RegoValue.Of(v[0].Equals(v[1])));
        table.Add("neq", two, RegoType.Boolean, static (_, v) => RegoValue.Of(!v[0].Equals(v[1])));
        table.Add("lt", two, RegoType.Boolean, static (_, v) => RegoValue.Of(v[0] < v[1]));
        table.Add("lte", two, RegoType.Boolean, static (_, v) => RegoValue.Of(v[0] <= v[1]));
        table.Add("gt", two, RegoType.Boolean, static (_, v) => RegoValue.Of(v[0] > v[1]));
        table.Add("gte", two, RegoType.Boolean, static (_, v) => RegoValue.Of(v[0] >= v[1]));
    }
}
