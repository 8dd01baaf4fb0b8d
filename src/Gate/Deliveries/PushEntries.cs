using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Dispatch;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>The audit entries of what pushes led to.</summary>
internal static class PushEntries
{
    private const int MaxCommits = 100;

    public static AuditDraft Unmanaged(Concern.Push push, CoverageReport coverage) =>
        Push(AuditTypes.ChangeUnmanaged, push, [.. coverage.Unmanaged.Select(commit => commit.Id)]) with { Populations = ["unmanaged"] };

    /// <summary>A covered push of which nothing is dispatched, because of what lies below it.</summary>
    public static AuditDraft Withheld(Concern.Push push, CoverageReport coverage) =>
        Push(AuditTypes.DispatchWithheld, push, [.. coverage.Below.Select(commit => commit.Id)]);

    /// <param name="standing">What <see cref="OrderStanding"/> says of all that the order brings.</param>
    public static AuditDraft Requested(DispatchOrder order, ImmutableSortedDictionary<string, AuditValue> standing) => new()
    {
        Type = AuditTypes.DispatchRequested,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("order", order.Id),
        Correlation = order.Change?.ToString() ?? order.Commit.Value,
        Populations = [$"deploy:{order.Environment}"],
        Attributes = Place(order, standing)
            .Add("environment", order.Environment)
            .Add("target", order.Target)
            .Add("commit", order.Commit.Value)
            .Add("tree", order.Tree)
            .Add("ruling", order.Ruling.ToString()),
    };

    private static ImmutableSortedDictionary<string, AuditValue> Place(DispatchOrder order, ImmutableSortedDictionary<string, AuditValue> standing)
    {
        var place = standing.Add("branch", Words.Plain(order.Branch)).Add("repository", order.Repository.ToString());
        return order.Change is { } change ? place.Add("change", (long)change.Number) : place;
    }

    private static AuditDraft Push(string type, Concern.Push push, CommitId[] commits) => new()
    {
        Type = type,
        Outcome = AuditOutcome.Deny,
        Subject = new AuditSubject("repo", push.Repository.ToString()),
        Correlation = push.After.Value,
        Attributes = AuditDraft.NoAttributes
            .Add("branch", Words.Plain(push.Branch))
            .Add("before", push.Before.Value)
            .Add("after", push.After.Value)
            .Add("forced", push.IsForced)
            .Add("count", (long)commits.Length)
            .Add("commits", new AuditValue.Texts([.. commits.Take(MaxCommits).Select(commit => commit.Value)])),
    };
}
