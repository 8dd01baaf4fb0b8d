using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>How many calls forges still take from us. What this process has seen since its start; safe to call concurrently.</summary>
public interface IForgeBudgets
{
    /// <summary>How a connection stands; all zero for one that made no call yet.</summary>
    BudgetView Of(Changes.ConnectionName connection);
}

/// <summary>One connection's calls.</summary>
/// <param name="Calls">Calls that were answered.</param>
/// <param name="Unchanged">Of these, how many were answered with "not changed" (304), which most forges do not count.</param>
/// <param name="Shared">Questions that were answered by somebody else's call.</param>
/// <param name="Accounts">The budgets, in the order of their names; a GitHub App has one for each installation.</param>
public sealed record BudgetView(long Calls, long Unchanged, long Shared, ImmutableArray<AccountBudget> Accounts)
{
    /// <summary>Calls that cost nothing.</summary>
    public long Saved => Unchanged + Shared;
}

/// <summary>The budget of one account.</summary>
/// <param name="Account">Which, in words; empty where the connection has only one.</param>
/// <param name="RestsUntil">Until when nothing is sent because the forge asked for it, or null.</param>
public sealed record AccountBudget(string Account, DateTimeOffset? RestsUntil, ImmutableArray<BudgetWindow> Windows);

/// <summary>A limit and what is left of it.</summary>
/// <param name="Resource">The forge's name for it; empty where it has only one.</param>
/// <param name="ResetsAt">When it is whole again, or begins to be.</param>
/// <param name="IsCounted">Whether we counted by ourselves, because the forge does not say.</param>
public sealed record BudgetWindow(string Resource, long Limit, long Left, DateTimeOffset ResetsAt, bool IsCounted);
