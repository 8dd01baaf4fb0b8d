using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>
/// Gives tests of one name in one package names of their own, <c>test_x#01</c>, <c>test_x#02</c>: two rules of one name would
/// otherwise be one document, and the test that holds would hide the one that does not.
/// </summary>
internal static class TestNames
{
    public static List<Module> MakeUnique(List<Module> modules)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. modules.Select(module =>
        {
            List<Rule> rules = [.. module.Rules.Select(rule => Renamed(module, rule, seen))];
            return rules.SequenceEqual(module.Rules) ? module : WithRules(module, rules);
        })];
    }

    private static Rule Renamed(Module module, Rule rule, Dictionary<string, int> seen)
    {
        // Rules with keys are cases of one test, whoever wrote them; a default belongs to the rule that it is the default of.
        if (rule.Head.Path.Parts is not [Term.Var { Name: var name }] || rule.Head.Parameters is not null || rule.IsDefault
            || !name.StartsWith("test_", StringComparison.Ordinal)) return rule;
        var key = RuleNode.PathText([.. module.Package, name]);
        var count = seen[key] = seen.GetValueOrDefault(key, -1) + 1;
        return count == 0 ? rule : WithName(rule, $"{name}#{count:00}");
    }

    private static Rule WithName(Rule rule, string name) => new()
    {
        Place = rule.Place,
        Head = new RuleHead
        {
            Place = rule.Head.Place,
            Path = new Term.Ref(rule.Head.Path.Place, [new Term.Var(rule.Head.Path.Head.Place, name)]),
            Parameters = rule.Head.Parameters,
            Member = rule.Head.Member,
            Value = rule.Head.Value,
            ValueIsGenerated = rule.Head.ValueIsGenerated,
            HasContains = rule.Head.HasContains,
            IsAssigned = rule.Head.IsAssigned,
        },
        Body = rule.Body,
        IsDefault = rule.IsDefault,
        BodyIsGenerated = rule.BodyIsGenerated,
        HasIf = rule.HasIf,
        Else = rule.Else is null ? null : WithName(rule.Else, name),
    };

    private static Module WithRules(Module module, List<Rule> rules) => new()
    {
        File = module.File,
        Version = module.Version,
        IsStrictV1 = module.IsStrictV1,
        HasImprovedNot = module.HasImprovedNot,
        Package = module.Package,
        PackagePlace = module.PackagePlace,
        Imports = module.Imports,
        Rules = rules,
        Comments = module.Comments,
        PackageWritten = module.PackageWritten,
        Spans = module.Spans,
    };
}
