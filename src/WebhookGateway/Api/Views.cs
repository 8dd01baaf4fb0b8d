using System.Collections.Immutable;
using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Setup;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>One page of a list.</summary>
/// <param name="Next">Give it as <c>after</c> for the next page; null at the end.</param>
public sealed record PageView<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A change request and its latest ruling.</summary>
/// <param name="Key"><c>connection:owner/name#number</c>.</param>
/// <param name="WaitingSince">Since when it has been held, or null.</param>
public sealed record ChangeView(
    string Key, string Connection, string Repository, long Number, string Title, string Url, ChangeState State, bool IsDraft,
    string Author, string SourceBranch, string TargetBranch, string Head, DateTimeOffset UpdatedAt, DateTimeOffset? WaitingSince,
    RulingView? Ruling)
{
    public static ChangeView Of(ChangeSummary summary)
    {
        var change = summary.Change;
        return new ChangeView(
            change.Key.ToString(), change.Key.Repository.Connection.Value, change.Key.Repository.Path, change.Key.Number, change.Title,
            change.Url, change.State, change.IsDraft, change.Author.Login, change.SourceBranch, change.TargetBranch, change.Head.Value,
            summary.UpdatedAt, summary.WaitingSince,
            summary.Latest is { } ruling ? RulingView.Of(new StoredRuling(ruling, summary.AuditIndex)) : null);
    }
}

/// <summary>
/// The gate's answer for one revision, with its reasons. Shadow rules are recorded for their owner and not shown here.
/// </summary>
/// <param name="AuditIndex">Where its entry stands in the audit log.</param>
public sealed record RulingView(
    Guid Id, string Change, string Head, Verdict Verdict, string Summary, DateTimeOffset RuledAt, IReadOnlyList<FindingView> Findings,
    IReadOnlyList<RequirementView> Requirements, IReadOnlyList<string> WayToGreen, IReadOnlyList<BundleView> Bundles,
    string EvidenceDigest, string RulesDigest, long AuditIndex)
{
    /// <summary>Statuses under the gate's name that others wrote on this head, and that the gate has overwritten.</summary>
    public IReadOnlyList<ForeignStatusView> ForeignStatuses { get; init; } = [];

    public static RulingView Of(StoredRuling stored)
    {
        var ruling = stored.Ruling.ForEverybody();
        return new RulingView(
            ruling.Id.Value, ruling.Revision.Change.ToString(), ruling.Revision.Head.Value, ruling.Verdict, ruling.Summary, ruling.RuledAt,
            [.. ruling.Findings.Select(FindingView.Of)],
            [.. ruling.Requirements.Select(RequirementView.Of)],
            ruling.WayToGreen,
            [.. ruling.Bundles.Select(bundle => new BundleView(bundle.Name, bundle.Engine, bundle.Revision))],
            ruling.EvidenceDigest, ruling.RulesDigest, stored.AuditIndex)
        {
            ForeignStatuses = [.. (ruling.Foreign ?? []).Select(one => new ForeignStatusView(one.Word, one.By, one.Url, one.SeenAt))],
        };
    }
}

/// <summary>What making a ruling again came to.</summary>
/// <param name="Same">Whether the ruling, its evidence and its audit entry came out byte for byte.</param>
/// <param name="Again">The verdict now, or null when the evidence cannot be read.</param>
/// <param name="Differences">What is not as it was, the causes first.</param>
public sealed record RulingAgainView(
    Guid Id, bool Same, Verdict Verdict, Verdict? Again, long AuditIndex, string EvidenceDigest, IReadOnlyList<string> Differences);

/// <summary>A status under the gate's name that the gate did not write.</summary>
/// <param name="State">What it said: <c>success</c>, <c>failure</c>, <c>pending</c>, <c>skipped</c> or <c>unknown</c>.</param>
/// <param name="By">Who posted it; empty where the forge does not say.</param>
public sealed record ForeignStatusView(string State, string By, string Url, DateTimeOffset SeenAt);

/// <summary>One reason of a ruling.</summary>
public sealed record FindingView(Verdict Weight, string Rule, string Message, RuleMode Mode, PlaceView? Place)
{
    /// <summary>Who had it not decide, by an override, or null.</summary>
    public string? OverriddenBy { get; init; }

    public static FindingView Of(Finding finding) => new(
        finding.Weight, finding.Rule, finding.Message, finding.Mode,
        finding.Place is { } place ? new PlaceView(place.File, place.Line) : null)
    {
        OverriddenBy = finding.OverriddenBy,
    };
}

/// <param name="Line">From 1, or 0 for the whole file.</param>
public sealed record PlaceView(string File, int Line);

/// <summary>What one approval rule asks, and what it got.</summary>
public sealed record RequirementView(
    string Rule, RequirementState State, string Sentence, RuleMode Mode, int Required, IReadOnlyList<string> GivenBy,
    IReadOnlyList<DismissalView> Dismissed, IReadOnlyList<string> From, DateTimeOffset? WaitingSince)
{
    public static RequirementView Of(Requirement requirement) => new(
        requirement.Rule, requirement.State, requirement.Sentence, requirement.Mode, requirement.Required,
        [.. requirement.Given.Select(approval => approval.By.Login)],
        [.. requirement.Dismissed.Select(dismissal => new DismissalView(dismissal.By.Login, dismissal.At, dismissal.Why))],
        requirement.From, requirement.WaitingSince);
}

/// <summary>An approval that does not count, and why.</summary>
public sealed record DismissalView(string By, DateTimeOffset At, string Why);

/// <summary>A policy bundle that a ruling asked.</summary>
public sealed record BundleView(string Name, string Engine, string Revision);

/// <summary>One webhook call that passed the door.</summary>
public sealed record DeliveryView(
    Guid Id, string Connection, string Forge, string ForgeId, string Event, DateTimeOffset ReceivedAt, DeliveryState State, string Note,
    int Attempts)
{
    public static DeliveryView Of(DeliverySummary summary) => new(
        summary.Id.Value, summary.Connection.Value, summary.Forge, summary.ForgeId, summary.Event, summary.ReceivedAt, summary.State,
        summary.Note, summary.Attempts);
}

/// <summary>A delivery with what it carried.</summary>
/// <param name="Body">The raw bytes in base64.</param>
/// <param name="Gone">Why there are no headers and no body any more; null when they are there.</param>
public sealed record DeliveryBodyView(
    DeliveryView Delivery, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body, string? Gone);

/// <param name="Delivery">The delivery that waits again.</param>
public sealed record ReplayView(Guid Delivery);

/// <summary>An act that the gate owes.</summary>
/// <param name="Kind"><c>status</c>, <c>comment</c> or <c>dispatch</c>.</param>
/// <param name="What">What it is about, in one line.</param>
public sealed record ObligationView(
    long Id, string Kind, string What, ObligationState State, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? NotBefore,
    string Note, string? Reference, long AuditIndex)
{
    public static ObligationView Of(StoredObligation stored) => new(
        stored.Id, ObligationWords.KindOf(stored.Obligation), ObligationWords.WhatOf(stored.Obligation), stored.State, stored.Attempts,
        stored.CreatedAt, stored.NotBefore, stored.Note, stored.Reference, stored.AuditIndex);
}

/// <param name="Obligation">The obligation that waits again.</param>
public sealed record RetryView(long Obligation);

/// <summary>The head of the audit log.</summary>
/// <param name="Root">The Merkle tree's root hash (RFC 6962), base64.</param>
public sealed record AuditHeadView(long Size, string Root, DateTimeOffset At);

/// <summary>One audit entry.</summary>
/// <param name="Leaf">The canonical JSON text whose UTF-8 bytes were hashed.</param>
/// <param name="Hash">SHA-256 of a zero byte and those bytes, base64.</param>
public sealed record AuditLeafView(long Index, string Leaf, string Hash);

/// <summary>What re-deriving the whole log found.</summary>
/// <param name="Problems">Empty when the log is whole.</param>
public sealed record VerificationView(bool Verified, long Size, string Root, ImmutableArray<string> Problems);

/// <summary>One configured link to a forge.</summary>
/// <param name="HookUrl">Where the forge is to send webhooks.</param>
public sealed record ConnectionView(string Name, string Forge, string ApiUrl, string HookUrl);

/// <summary>How many calls a connection's forge still takes, as this gateway has seen it since its start.</summary>
/// <param name="Calls">Calls that were answered.</param>
/// <param name="Unchanged">Of these, how many were answered with "not changed", which most forges do not count.</param>
/// <param name="Shared">Questions that another's call answered.</param>
public sealed record ConnectionBudgetView(
    string Connection, string SignsInBy, long Calls, long Unchanged, long Shared, IReadOnlyList<AccountBudgetView> Accounts)
{
    public static ConnectionBudgetView Of(Connection connection, BudgetView budget) => new(
        connection.Name.Value, SignInWords.Of(connection), budget.Calls, budget.Unchanged, budget.Shared,
        [
            .. from account in budget.Accounts
               select new AccountBudgetView(
                   account.Account, account.RestsUntil,
                   [
                       .. from window in account.Windows
                          select new BudgetWindowView(window.Resource, window.Limit, window.Left, window.ResetsAt, window.IsCounted),
                   ]),
        ]);
}

/// <summary>One account's budget: a GitHub App has one for each installation.</summary>
/// <param name="RestsUntil">Until when nothing is sent, because the forge asked for it.</param>
public sealed record AccountBudgetView(string Account, DateTimeOffset? RestsUntil, IReadOnlyList<BudgetWindowView> Windows);

/// <summary>A limit and what is left of it.</summary>
/// <param name="IsCounted">Whether the gateway counts by itself, because the forge does not say.</param>
public sealed record BudgetWindowView(string Resource, long Limit, long Left, DateTimeOffset ResetsAt, bool IsCounted);

/// <summary>How many things stand in which state.</summary>
public sealed record StatusView(
    IReadOnlyDictionary<string, long> Deliveries, IReadOnlyDictionary<string, long> Obligations, long AuditSize, string Version);

/// <param name="Repository">The repository's full name on its forge, for instance <c>acme/shop</c>.</param>
/// <param name="Protect">Whether merges into the guarded branches are to wait for the gate's status.</param>
/// <param name="Branches">Branches to guard besides the default one and those of environments.</param>
/// <param name="Starter">Whether to propose a first rule file where there is none.</param>
/// <param name="DryRun">Whether only to say what would be done.</param>
public sealed record ConnectRequest(
    string Repository, bool Protect = false, IReadOnlyList<string>? Branches = null, bool Starter = false, bool DryRun = false);

/// <summary>What connecting or disconnecting a repository did, or would do.</summary>
/// <param name="HookId">The forge's id of the webhook, or empty.</param>
/// <param name="Hook">What was done about the webhook.</param>
/// <param name="Created">False when the hook was there already and is right now.</param>
/// <param name="Tested">Whether the forge was asked for a test delivery, and agreed.</param>
/// <param name="Proposal">The page of the change request that adds a rule file; empty for none.</param>
/// <param name="Advice">What a person should still do on the forge.</param>
/// <param name="Troubles">What was asked for and could not be done; the rest stands.</param>
public sealed record ConnectView(
    string Repository, bool DryRun, string HookId, HookStep Hook, bool Created, bool Tested, IReadOnlyList<BranchGuard> Branches, string Proposal,
    IReadOnlyList<string> Advice, IReadOnlyList<string> Troubles)
{
    public static ConnectView Of(SetupReport report) => new(
        report.Repository.Path, report.IsDryRun, report.HookId, report.Hook, report.Hook == HookStep.Created, report.IsTested, report.Branches,
        report.Proposal, report.Advice, report.Troubles);
}

/// <summary>A repository that a connection can see.</summary>
public sealed record RepositoryView(string Repository);

/// <summary>One thing that the doctor looked at in a repository.</summary>
/// <param name="ToDo">What a person should do, in full sentences.</param>
public sealed record CheckupView(string Repository, string Name, CheckupState State, string Finding, IReadOnlyList<string> ToDo);

/// <param name="Name">Whose token it is, for people: 1 to 80 characters.</param>
/// <param name="Target">The target that a token of the role <c>agent</c> is bound to; no other role has one.</param>
public sealed record TokenRequest(string Name, Role Role, string? Target = null);

/// <summary>A token that was just made.</summary>
/// <param name="Token">The token itself: it is not shown again.</param>
/// <param name="Target">The target that an agent's token is bound to, or null.</param>
public sealed record TokenView(string Token, string Reference, string Name, Role Role, DateTimeOffset CreatedAt, string? Target);
