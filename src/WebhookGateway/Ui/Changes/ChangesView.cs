using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Ui.Changes;

/// <summary>What the list of change requests shows.</summary>
public sealed record ChangesView(
    string Tab, ImmutableArray<TabView> Tabs, ImmutableArray<ChangeRow> Rows, string? Next, long DeadDeliveries,
    long DeadObligations)
{
    /// <summary>The tabs: their word in the address, their name, and what they filter by.</summary>
    internal static ImmutableArray<(string Word, string Name, ChangeState? State, Verdict? Verdict)> Filters { get; } =
    [
        ("open", "Open", ChangeState.Open, null),
        ("held", "Waiting for approval", ChangeState.Open, Verdict.Held),
        ("denied", "Denied", ChangeState.Open, Verdict.Denied),
        ("errored", "Errored", ChangeState.Open, Verdict.Errored),
        ("merged", "Merged", ChangeState.Merged, null),
        ("all", "All", null, null),
    ];

    /// <summary>Whether the tab holds only what is open: then what has waited longest comes first.</summary>
    public bool IsOfOpenOnes => Tab is not ("merged" or "all");

    public static ChangesView Of(string tab, PageOf<ChangeSummary> page, GateCounts counts, DateTimeOffset now) => new(
        tab, [.. Filters.Select(filter => new TabView(filter.Word, filter.Name, null))],
        [.. page.Items.Select(item => ChangeRow.Of(item, now))], page.Next,
        counts.Deliveries.GetValueOrDefault(DeliveryState.Dead), counts.Obligations.GetValueOrDefault(ObligationState.Dead));
}

/// <summary>One change request in the list.</summary>
/// <param name="State"><c>open</c>, <c>merged</c>, <c>closed</c> or <c>unknown</c>.</param>
/// <param name="Summary">The verdict in one line, without repeating the verdict's own word.</param>
/// <param name="WaitsOn">On whom or what it waits, in words; empty when on nothing.</param>
/// <param name="RulingAddress">The page of its latest ruling, or null when there is none.</param>
public sealed record ChangeRow(
    string Key, string Connection, string Title, string Author, string Target, string State, string Verdict, string Summary,
    string WaitsOn, MomentView? Since, string? RulingAddress)
{
    public static ChangeRow Of(ChangeSummary summary, DateTimeOffset now)
    {
        var (change, latest) = (summary.Change, summary.Latest);
        return new ChangeRow(
            $"{change.Key.Repository.Path}#{change.Key.Number}", change.Key.Repository.Connection.Value,
            change.Title.Length > 0 ? change.Title : "(no title)", change.Author.Login, change.TargetBranch,
            Words.Of(change.State), latest is null ? "unjudged" : Words.Of(latest.Verdict), latest is null ? "" : Words.WithoutVerdict(latest),
            Waiting.On(summary), Waiting.Since(summary) is { } since ? MomentView.Of(since, now) : null,
            latest is null ? null : $"/rulings/{latest.Id}");
    }
}
