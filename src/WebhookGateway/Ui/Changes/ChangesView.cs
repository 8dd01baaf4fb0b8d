using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Ui.Changes;

/// <summary>What the list of change requests shows.</summary>
public sealed record ChangesView(string Tab, ImmutableArray<ChangeRow> Rows, string? Next)
{
    /// <summary>The tabs: their word in the address, their name, and what they filter by.</summary>
    public static ImmutableArray<(string Word, string Name, ChangeState? State, Verdict? Verdict)> Tabs { get; } =
    [
        ("open", "Open", ChangeState.Open, null),
        ("held", "Waiting for approval", ChangeState.Open, Verdict.Held),
        ("denied", "Denied", ChangeState.Open, Verdict.Denied),
        ("errored", "Errored", ChangeState.Open, Verdict.Errored),
        ("merged", "Merged", ChangeState.Merged, null),
        ("all", "All", null, null),
    ];

    public static ChangesView Of(string tab, PageOf<ChangeSummary> page, DateTimeOffset now) =>
        new(tab, [.. page.Items.Select(item => ChangeRow.Of(item, now))], page.Next);
}

/// <summary>One change request in the list.</summary>
/// <param name="WaitsOn">On whom or what it waits, in words; empty when on nothing.</param>
/// <param name="RulingAddress">The page of its latest ruling, or null when there is none.</param>
public sealed record ChangeRow(
    string Key, string Title, string Author, string Target, string Verdict, string Summary, string WaitsOn, MomentView? Since,
    string? RulingAddress)
{
    public static ChangeRow Of(ChangeSummary summary, DateTimeOffset now)
    {
        var (change, latest) = (summary.Change, summary.Latest);
        return new ChangeRow(
            $"{change.Key.Repository.Path}#{change.Key.Number}", change.Title, change.Author.Login, change.TargetBranch,
            latest is null ? "unjudged" : Words.Of(latest.Verdict), latest?.Summary ?? "", WaitsOnWhom(change, latest),
            summary.WaitingSince is { } since ? MomentView.Of(since, now) : null, latest is null ? null : $"/rulings/{latest.Id}");
    }

    /// <summary>The people and teams whose approval is missing, or the author when something must be fixed.</summary>
    private static string WaitsOnWhom(ChangeRequest change, Ruling? latest)
    {
        if (change.State != ChangeState.Open) return "";
        if (latest is null) return "the gate";
        return latest.Verdict switch
        {
            GitOpsGate.Rulings.Verdict.Denied => $"{change.Author.Login}, to fix what is denied",
            GitOpsGate.Rulings.Verdict.Errored => "whoever runs the rules: they could not be judged",
            GitOpsGate.Rulings.Verdict.Held => Approvers(latest) is { Length: > 0 } approvers ? approvers : change.Author.Login,
            GitOpsGate.Rulings.Verdict.Allowed => "the merge",
        };
    }

    private static string Approvers(Ruling latest)
    {
        var pending = latest.Requirements.Where(requirement => requirement is { State: RequirementState.Pending, Mode: RuleMode.Enforce }).ToArray();
        var from = pending.SelectMany(requirement => requirement.From).Distinct(StringComparer.Ordinal).ToArray();
        return pending.Length == 0 ? "" : from.Length == 0 ? "any reviewer but the author" : string.Join(", ", from);
    }
}
