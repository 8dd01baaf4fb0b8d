using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Ui.Changes;

/// <summary>On whom a change request waits, and since when: the same words in the list and on the ruling's page.</summary>
internal static class Waiting
{
    /// <summary>Whoever has to act next, and what for; empty when nobody has to.</summary>
    public static string On(ChangeSummary summary)
    {
        var (change, latest) = (summary.Change, summary.Latest);
        if (change.State != ChangeState.Open) return "";
        if (latest is null) return "the gate, to judge it";
        return latest.Verdict switch
        {
            Verdict.Denied => $"{change.Author.Login}, to fix what is denied",
            Verdict.Errored => "whoever runs the rules: they could not be judged",
            Verdict.Held => Approvals(latest) is { Length: > 0 } approvals
                ? approvals
                : $"{change.Author.Login}: {Words.WithoutVerdict(latest)}",
            Verdict.Allowed => "the merge",
        };
    }

    /// <summary>Since when it has waited for this; null when it does not wait.</summary>
    public static DateTimeOffset? Since(ChangeSummary summary) => summary.Change.State == ChangeState.Open
        ? summary.WaitingSince ?? summary.Latest?.RuledAt ?? summary.UpdatedAt
        : null;

    private static string Approvals(Ruling latest) => string.Join("; ", latest.Requirements
        .Where(requirement => requirement is { State: RequirementState.Pending, Mode: RuleMode.Enforce }).Select(Missing));

    private static string Missing(Requirement requirement)
    {
        var missing = Math.Max(1, requirement.Required - requirement.Given.Count);
        var from = requirement.From.Count == 0
            ? "anybody but the author"
            : string.Join(" or ", requirement.From.Select(Words.OfApprover));
        return $"{missing} {(missing == 1 ? "approval" : "approvals")} from {from}";
    }
}
