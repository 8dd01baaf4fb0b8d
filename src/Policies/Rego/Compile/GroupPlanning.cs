using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>Plans the rules of every place in the tree.</summary>
internal static class GroupPlanning
{
    public static Policy Plan(PlanContext context)
    {
        var groups = new List<RuleGroup>();
        foreach (var node in context.Root.WithRules())
        {
            node.Group = new RuleGroup(groups.Count, node, KindOf(node));
            groups.Add(node.Group);
        }

        foreach (var group in groups) Fill(context, group);
        return new Policy { Root = context.Root, Groups = groups, PlanCount = context.PlanCount };
    }

    private static RuleGroupKind KindOf(RuleNode node)
    {
        if (node.IsFunction) return RuleGroupKind.Function;
        if (node.IsOpen) return RuleGroupKind.Open;
        return node.Rules[0].Member is not null ? RuleGroupKind.Set : RuleGroupKind.Complete;
    }

    private static void Fill(PlanContext context, RuleGroup group)
    {
        var rules = group.Node.Rules.Where(r => !r.IsDefault).ToList();
        switch (group.Kind)
        {
            case RuleGroupKind.Complete or RuleGroupKind.Function:
                var otherwise = group.Node.Rules.Find(r => r.IsDefault);
                group.Take(
                    [.. rules.Select(r => Single(context, r))], otherwise is null ? null : Single(context, otherwise),
                    SameConstant(rules), RuleIndexing.Of(context, rules));
                break;
            case RuleGroupKind.Set:
                group.TakeSet(
                    [.. rules.Select(r => WholeSet(context, r))],
                    [.. rules.Select(r => OneMember(context, r))], RuleIndexing.Of(context, rules));
                break;
            case RuleGroupKind.Open:
                group.TakeOpen([.. rules.Select(r => Open(context, r))], RuleIndexing.Of(context, rules));
                break;
        }
    }

    private static bool SameConstant(List<RuleWork> rules)
    {
        var seen = RegoValue.Undefined;
        foreach (var rule in rules)
        {
            for (var one = rule; one is not null; one = one.Else)
            {
                if (one.Value is not Term.Constant constant || (seen.IsDefined && !seen.Equals(constant.Value))) return false;
                seen = constant.Value;
            }
        }

        return true;
    }

    private static RulePlan Single(PlanContext context, RuleWork rule)
    {
        var parameters = rule.Parameters ?? [];
        var planner = new Planner(context, parameters.Length);
        for (var i = 0; i < parameters.Length; i++) planner.Given(i + 1, parameters[i], isParameter: true);
        planner.Literals(rule.Body);
        var value = planner.Value(rule.Value!);
        var plan = planner.Finish(
            new YieldValueNode(value, value.IsConstant, rule.IsFunction, rule.Source.Head.Place), rule.Source.Head.Place);
        if (rule.Else is { } next) plan.Else = Single(context, next);
        return plan;
    }

    private static RulePlan WholeSet(PlanContext context, RuleWork rule)
    {
        var planner = new Planner(context, 0);
        planner.Literals(rule.Body);
        return planner.Finish(new YieldMemberNode(planner.Value(rule.Member!)), rule.Place);
    }

    private static RulePlan OneMember(PlanContext context, RuleWork rule)
    {
        var planner = new Planner(context, 1);
        planner.Given(1, rule.Member!);
        planner.Literals(rule.Body);
        return planner.Finish(new YieldValueNode(planner.Value(rule.Member!), true, false, rule.Place), rule.Place);
    }

    private static OpenRule Open(PlanContext context, RuleWork rule)
    {
        var plans = new RulePlan[rule.Keys.Length + 1];
        for (var known = 0; known < plans.Length; known++)
        {
            var planner = new Planner(context, known);
            for (var i = 0; i < known; i++) planner.Given(i + 1, rule.Keys[i]);
            planner.Literals(rule.Body);
            var keys = rule.Keys.Skip(known).Select(planner.Value).ToArray();
            var value = planner.Value(rule.Member ?? rule.Value!);
            plans[known] = planner.Finish(
                new YieldEntryNode(keys, value, rule.Member is not null, rule.Source.Head.Place), rule.Source.Head.Place);
        }

        return new OpenRule(rule.Keys.Length, plans, rule.Source.Head.Place);
    }
}
