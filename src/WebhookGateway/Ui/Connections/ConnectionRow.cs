using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Api;

namespace GitOpsGate.WebhookGateway.Ui.Connections;

/// <summary>One link to a forge.</summary>
/// <param name="SignsInBy">In words, never with the secret.</param>
/// <param name="Lacks">Why it cannot sign in, or null.</param>
public sealed record ConnectionRow(
    string Name, string Forge, string ApiUrl, string SignsInBy, string? Lacks, string HookUrl, string Calls, string Saved,
    ImmutableArray<AccountRow> Accounts)
{
    /// <summary>Where it reaches no more, as the forge said.</summary>
    public ImmutableArray<LostRow> Lost { get; init; } = [];

    public static ConnectionRow Of(Connection connection, string publicUrl, BudgetView budget, DateTimeOffset now) => new(
        connection.Name.Value, connection.Forge, connection.ApiUrl, SignInWords.Of(connection), connection.Lacks,
        $"{publicUrl}/hooks/{connection.Name}", Number(budget.Calls), Number(budget.Saved),
        [.. budget.Accounts.Select(account => AccountRow.Of(account, now)).Where(account => account.HasNews)]);

    internal static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>A place that the connection's credentials do not reach.</summary>
public sealed record LostRow(string Why, MomentView Since)
{
    public static LostRow Of(LostAccess lost, DateTimeOffset now) => new(lost.Why, MomentView.Of(lost.Since, now));
}

/// <summary>One account's budget.</summary>
public sealed record AccountRow(string Account, MomentView? RestsUntil, ImmutableArray<WindowRow> Windows)
{
    public bool HasNews => RestsUntil is not null || !Windows.IsEmpty;

    public static AccountRow Of(AccountBudget budget, DateTimeOffset now) => new(
        budget.Account, budget.RestsUntil is { } until ? MomentView.Of(until, now) : null,
        [.. budget.Windows.Select(window => WindowRow.Of(window, now))]);
}

/// <summary>One limit, for instance <c>4,711 of 5,000</c>.</summary>
/// <param name="Notes">What is to be known of it, each with a comma before it.</param>
/// <param name="ResetsAt">When it is whole again; null when it is whole.</param>
public sealed record WindowRow(string Resource, string Left, string Notes, MomentView? ResetsAt)
{
    public static WindowRow Of(BudgetWindow window, DateTimeOffset now)
    {
        var notes = window.IsCounted ? ", counted here" : "";
        if (window.Left * 5 < window.Limit) notes += ", low: background work waits";
        return new WindowRow(
            window.Resource, $"{ConnectionRow.Number(window.Left)} of {ConnectionRow.Number(window.Limit)}", notes,
            window.Left < window.Limit && window.ResetsAt > now ? MomentView.Of(window.ResetsAt, now) : null);
    }
}
