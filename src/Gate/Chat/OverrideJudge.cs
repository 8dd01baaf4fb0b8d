using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;

namespace GitOpsGate.Chat;

/// <summary>
/// Who overrides the gate's judgement: somebody whom the server's rules name, who had no part in the change, with a reason, for the head
/// and the target branch on which the comment was certainly written. An override ends with its comment, and with the next push. Pure.
/// </summary>
internal sealed class OverrideJudge(ImmutableArray<OverrideRule> rules, Evidence evidence, Approvers approvers)
{
    public const string Rule = "gate/override";

    /// <summary>What is said where no rule lets anybody.</summary>
    public const string Nobody =
        "nobody may override here; an override rule below `rules` of `gate.yaml` that covers the change would be right";

    private readonly OverrideRule[] _rules = [.. rules.Where(rule => Scope.Ask(rule.When, evidence).Holding != Holding.No)];

    /// <summary>Who may override the change, in words; empty when nobody may.</summary>
    public string Everybody => string.Join(" or ", _rules.Select(rule => Eligibility.Named(rule.Users, rule.Teams)).Distinct().Take(5));

    /// <summary>The rule by which a command overrides, or why it does not.</summary>
    public (OverrideRule? Rule, string Why) Ask(SaidComment said, ChatCommand command)
    {
        var by = said.What.By;
        if (_rules.Length == 0) return (null, Nobody);
        var named = _rules.Where(rule => Eligibility.Among(rule.Users, rule.Teams, by, evidence).Holding == Holding.Yes).ToArray();
        if (named.Length == 0) return (null, $"you are not among those who may override: {Everybody}");
        if (approvers.WhyPartOfIt(by) is { } part) return (null, $"who had a part in a change does not override it: you are somebody who {part}");
        if (WhyNotHead(said) is { } why) return (null, why);
        var fitting = named.Where(rule => command.Rest.Length >= rule.ShortestReason && Scope.Ask(rule.When, evidence).Holding == Holding.Yes);
        if (fitting.OrderByDescending(rule => rule.EvenErrored).FirstOrDefault() is { } found) return (found, "");
        var unsure = Array.TrueForAll(named, rule => Scope.Ask(rule.When, evidence).Holding == Holding.Unknown);
        return (null, unsure
            ? $"whether override rule `{named[0].Name}` applies cannot be told"
            : $"override rule `{named[0].Name}` asks for a reason of at least {named[0].ShortestReason} characters: `/gate override REASON`");
    }

    /// <summary>Takes the decision from the findings that the rule covers, and adds one that says so; nothing changes when there are none.</summary>
    public static ImmutableArray<Finding> Apply(
        IReadOnlyList<Finding> findings, ChatComment said, ChatCommand command, OverrideRule rule, out OverrideUse? use)
    {
        use = null;
        var covered = findings.Where(finding => Covers(rule, finding)).ToHashSet(ReferenceEqualityComparer.Instance);
        if (covered.Count == 0) return [.. findings];
        use = new OverrideUse(said.Id, said.By, said.At, command.Rest, rule.Name, covered.Count);
        var by = Words.Plain(said.By.Login);
        var decides = new Finding
        {
            Weight = Verdict.Allowed,
            Rule = Rule,
            Message = $"`{by}` overrides {Words.Count(covered.Count, "finding")} by rule `{rule.Name}`: {command.Rest}",
        };
        return [decides, .. findings.Select(finding => covered.Contains(finding) ? finding with { OverriddenBy = said.By.Login } : finding)];
    }

    private static bool Covers(OverrideRule rule, Finding finding) => finding.Decides && finding.Weight switch
    {
        Verdict.Denied or Verdict.Held => true,
        Verdict.Errored => rule.EvenErrored,
        Verdict.Allowed => false,
    };

    // An override is for what its author has seen. Where Git and the forge disagree about that, nobody has.
    private string? WhyNotHead(SaidComment said)
    {
        var change = evidence.Change;
        if (evidence.Content.Head != change.Head) return $"Git knows head `{evidence.Content.Head.Short}`, the forge `{change.Head.Short}`";
        if (change.State != ChangeState.Open) return "the change is not open";
        if (said.Known.On == change.Head && said.Known.Into == change.TargetBranch) return null;
        return said.Known.On.IsNone || said.Known.On == change.Head
            ? $"it was written before the gate saw the head `{change.Head.Short}` on its way into this branch; if that is meant, write it again"
            : $"it was for `{said.Known.On.Short}`, and the head is now `{change.Head.Short}`";
    }
}
