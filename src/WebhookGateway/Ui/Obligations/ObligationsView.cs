using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Ui.Obligations;

/// <summary>What the list of obligations shows.</summary>
public sealed record ObligationsView(string Tab, ImmutableArray<TabView> Tabs, ImmutableArray<ObligationRow> Rows, string? Next)
{
    internal static ImmutableArray<(string Word, string Name, ObligationState? State)> Filters { get; } =
    [
        ("all", "All", null), ("waiting", "Waiting", ObligationState.Waiting), ("unclear", "Unclear", ObligationState.Unclear),
        ("dead", "Dead letters", ObligationState.Dead), ("discharged", "Discharged", ObligationState.Discharged),
    ];

    public static ObligationsView Of(string tab, PageOf<StoredObligation> page, GateCounts counts, DateTimeOffset now) => new(
        tab, [.. Filters.Select(filter => new TabView(filter.Word, filter.Name, Count(filter.State, counts)))],
        [.. page.Items.Select(item => ObligationRow.Of(item, now))], page.Next);

    private static long Count(ObligationState? state, GateCounts counts) =>
        state is { } one ? counts.Obligations.GetValueOrDefault(one) : counts.Obligations.Values.Sum();
}

/// <summary>One obligation in the list.</summary>
/// <param name="RulingAddress">The page of the ruling that promised it, or null when it rests on no single one.</param>
public sealed record ObligationRow(
    string Id, string What, string? RulingAddress, string State, int Attempts, MomentView CreatedAt, MomentView? NotBefore,
    string Note, string AuditIndex)
{
    public bool IsDead => State == "dead";

    public static ObligationRow Of(StoredObligation item, DateTimeOffset now)
    {
        (string What, RulingId? Ruling) one = item.Obligation switch
        {
            Obligation.ReportStatus report => (
                $"status `{report.Context}` {Words.Of(report.Verdict)} on {report.Repository.Path} at `{report.Commit.Short}`",
                report.Ruling),
            Obligation.Explain explain =>
                ($"comment on {explain.Change.Repository.Path}#{explain.Change.Number}", explain.Ruling),
            Obligation.Answer answer =>
                ($"answer to a comment on {answer.Change.Repository.Path}#{answer.Change.Number}", answer.Ruling),
            Obligation.AnswerDeployment { Question: var asked } answer => (
                $"{(asked.IsApproved is { } isApproved ? isApproved ? "approval" : "rejection" : "report")} of deployment of "
                    + $"{asked.Repository.Path} at `{asked.Commit.Short}` to `{asked.Environment}`",
                answer.Ruling),
            Obligation.Attest { Move: var move } => ($"attestation of {move.Repository.Path} `{move.Branch}` at `{move.Commit.Short}`", move.Ruling),
            Obligation.Send send => (
                $"dispatch of {send.Order.Repository.Path} at `{send.Order.Commit.Short}` to `{send.Order.Target}` "
                    + $"({send.Order.Environment})",
                send.Order.Ruling),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return new ObligationRow(
            item.Id.ToString(CultureInfo.InvariantCulture), one.What, one.Ruling is { } ruling ? $"/rulings/{ruling}" : null,
            Words.Of(item.State), item.Attempts,
            MomentView.Of(item.CreatedAt, now), item.NotBefore is { } due && due > now ? MomentView.Of(due, now) : null,
            item.Note, item.AuditIndex.ToString(CultureInfo.InvariantCulture));
    }
}
