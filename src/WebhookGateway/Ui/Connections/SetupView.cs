using System.Collections.Immutable;
using GitOpsGate.Setup;

namespace GitOpsGate.WebhookGateway.Ui.Connections;

/// <summary>What setting repositories up came to, or would come to.</summary>
/// <param name="Form">What was asked for.</param>
/// <param name="Note">What was left out, or null.</param>
public sealed record SetupView(SetupForm Form, bool IsDryRun, ImmutableArray<SetupRow> Rows, string? Note)
{
    /// <summary>Whether there is something that can be done now.</summary>
    public bool CanGoOn => IsDryRun && Rows.Any(row => row.Failure is null);

    public string Title => (Form.IsUndone, IsDryRun) switch
    {
        (false, true) => "What connecting would do",
        (false, false) => "Connected",
        (true, true) => "What disconnecting would do",
        (true, false) => "Disconnected",
    };

    /// <summary>One sentence about all repositories.</summary>
    public string Summary
    {
        get
        {
            var failed = Rows.Count(row => !row.IsWell);
            var many = Rows.Length == 1 ? "one repository" : $"{Rows.Length} repositories";
            return IsDryRun ? $"Nothing was changed. This is what would be done in {many}." : $"{many}, {failed} not as asked.";
        }
    }
}

/// <summary>One repository.</summary>
/// <param name="Steps">What was done, a sentence each.</param>
/// <param name="ToDo">What a person should still do on the forge.</param>
/// <param name="Troubles">What was asked for and could not be done.</param>
/// <param name="Failure">Why nothing was done, or null.</param>
public sealed record SetupRow(
    string Repository, ImmutableArray<string> Steps, ImmutableArray<string> ToDo, ImmutableArray<string> Troubles, string? Failure)
{
    public bool IsWell => Failure is null && Troubles.IsEmpty;

    public static SetupRow Of(SetupReport report)
    {
        var steps = ImmutableArray.CreateBuilder<string>();
        steps.Add($"{SetupWords.Of(report.Hook)} `{report.Repository.Path}`{(report.HookId.Length > 0 ? $" (hook {report.HookId})" : "")}");
        if (report.IsTested) steps.Add("the forge was asked for a test delivery; the page Deliveries shows it");
        steps.AddRange(report.Branches.Select(branch => $"branch `{branch.Branch}`: {SetupWords.Of(branch, report.IsDryRun)}"));
        if (report.Proposal.Length > 0) steps.Add($"rules: {report.Proposal}");
        return new SetupRow(report.Repository.Path, steps.ToImmutable(), report.Advice, report.Troubles, null);
    }

    /// <summary>A repository in which nothing was done.</summary>
    public static SetupRow Failed(string repository, string why) => new(repository, [], [], [], why);
}

/// <summary>What the doctor found in one repository.</summary>
public sealed record DoctorView(string Connection, string Repository, ImmutableArray<CheckupRow> Rows);

/// <param name="Word">The state in a word: <c>success</c>, <c>warning</c>, <c>failure</c> or <c>unknown</c>.</param>
public sealed record CheckupRow(string Word, string Name, string Finding, ImmutableArray<string> ToDo)
{
    public static CheckupRow Of(Checkup look) => new(
        look.State switch
        {
            CheckupState.Failed => "failure",
            CheckupState.Warning => "warning",
            CheckupState.Unknown => "unknown",
            CheckupState.Passed => "success",
        },
        look.Name, look.Finding, look.ToDo);
}
