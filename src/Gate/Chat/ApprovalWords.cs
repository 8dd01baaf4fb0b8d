using GitOpsGate.Approvals;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Rulings;

namespace GitOpsGate.Chat;

/// <summary>Says what somebody's <c>/gate approve</c> came to. Pure.</summary>
internal static class ApprovalWords
{
    private const int MostRules = 10;

    /// <summary>For which rules it counts, and for which not and why.</summary>
    public static string Of(RuleSet rules, Ruling ruling, Person by)
    {
        var asked = ruling.Requirements.Where(one => one is { State: not RequirementState.Skipped, Mode: not RuleMode.Shadow }).ToArray();
        if (asked.Length == 0) return "no approval rule applies to this change";
        var lines = asked.Take(MostRules).Select(one => Of(one, rules.Approvals.First(rule => rule.Name == one.Rule), by));
        return string.Join("; ", lines) + (asked.Length > MostRules ? $"; and {asked.Length - MostRules} more rules" : "");
    }

    private static string Of(Requirement asked, ApprovalRule rule, Person by)
    {
        var name = $"rule `{rule.Name}`";
        if (asked.Given.FirstOrDefault(given => IsSame(given.By, by)) is { } given)
        {
            var how = given.Method == Candidate.ByReview ? "your review counts" : "it counts";
            return $"{how} for {name}, {asked.Given.Count} of {asked.Required} given";
        }

        if (!rule.TakesComments)
        {
            var file = rule.IsOfServer ? "gate.yaml" : RuleFileReader.FileName;
            return $"it does not count for {name}, which takes reviews; "
                + $"`methods: [review, comment]` in the rule at line {rule.Line} of `{file}` would have it count";
        }

        var why = asked.Dismissed.FirstOrDefault(gone => IsSame(gone.By, by))?.Why
            ?? "whether you may approve cannot be told, or you asked for changes since";
        return $"it does not count for {name}: {why}";
    }

    private static bool IsSame(Person one, Person other) => Candidate.KeyOf(one) == Candidate.KeyOf(other);
}
