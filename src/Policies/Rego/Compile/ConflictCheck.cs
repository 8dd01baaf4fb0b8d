using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>Rules at one place, and rules above and below one another, must agree on what they make.</summary>
internal static class ConflictCheck
{
    public static void Run(Compilation compilation) => Check(compilation, compilation.Root);

    private static void Check(Compilation compilation, RuleNode node)
    {
        if (node.Rules.Count > 0) CheckRules(compilation, node);
        foreach (var child in node.Children.Values) Check(compilation, child);
    }

    private static void CheckRules(Compilation compilation, RuleNode node)
    {
        var first = node.Rules[0];
        var place = node.Rules[^1].Place;
        var kinds = node.Rules.Select(
            r => r.IsFunction ? 'f' : r.Member is not null && r.Keys.Length == 0 ? 's' : 'd').Distinct().Count();
        var arities = node.Rules.Select(r => r.Parameters?.Length ?? -1).Distinct().Count();
        if (kinds > 1 || arities > 1)
        {
            compilation.Wrong(RegoErrorCodes.Type, $"conflicting rules {first.Name} found", first.Place);
            return;
        }

        if (node.Rules.Count(r => r.IsDefault) > 1)
        {
            compilation.Wrong(RegoErrorCodes.Type, $"multiple default rules {first.Name} found", place);
        }

        if (node.IsPackage)
        {
            compilation.Wrong(RegoErrorCodes.Type,
                $"package {first.Name} conflicts with rule {first.Name} defined at {first.Place.File}:{first.Place.Row}", place);
        }

        if (node.Children.Count == 0 || node.IsOpen) return;
        var below = node.Children.Values.SelectMany(c => c.WithRules()).SelectMany(n => n.Rules).ToList();
        if (below.Count > 0)
        {
            compilation.Wrong(
                RegoErrorCodes.Type,
                    $"rule {first.Name} conflicts with [{string.Join(" ", below.Select(r => r.Name).Distinct())}]", first.Place);
        }
    }
}
