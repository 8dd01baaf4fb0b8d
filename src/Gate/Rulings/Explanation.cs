using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Chat;

namespace GitOpsGate.Rulings;

/// <summary>Says in plain words what a ruling means and what is quickest to do about it.</summary>
internal static class Explanation
{
    private const int MaxSummary = 140;
    private const int MaxFixes = 10;

    public static string Summary(Ruling ruling)
    {
        var decisive = ruling.Findings.Where(finding => finding.Decides && finding.Weight == ruling.Verdict).ToArray();
        var more = decisive.Length > 1 ? $" (+{decisive.Length - 1} more)" : "";
        if (ruling is { Verdict: Verdict.Allowed, Override: not null }) return Fit("allowed: ", decisive[0].Message, "");
        var first = decisive.Length == 0 ? "no rule covers this change" : decisive[0].Message;
        return ruling.Verdict switch
        {
            Verdict.Denied => Fit("denied: ", first, more),
            Verdict.Errored => Fit("cannot be judged: ", first, more),
            Verdict.Held => Fit("waiting: ", first, more),
            Verdict.Allowed => Fit("allowed: ", decisive.Length == 1 ? first : $"{decisive.Length} rules hold", ""),
        };
    }

    /// <summary>
    /// Steps in the order in which they should be taken: a fix is a push, and a push takes approvals back, so fixes come before approvals.
    /// </summary>
    public static ImmutableArray<string> WayToGreen(Ruling ruling)
    {
        var missing = ruling.Findings.Where(finding => finding.Decides && finding.Weight != Verdict.Allowed).ToArray();
        var fixes = missing.Where(finding => finding.Weight is Verdict.Denied or Verdict.Errored && !IsApproval(finding)).ToArray();
        var steps = ImmutableArray.CreateBuilder<string>();
        steps.AddRange(fixes.Take(MaxFixes).Select(Fix));
        if (fixes.Length > MaxFixes) steps.Add($"fix the other {fixes.Length - MaxFixes} findings");
        steps.AddRange(missing.Where(finding => finding.Rule == "gate/draft").Select(_ => "mark the change as ready"));
        steps.AddRange(missing.Where(finding => finding.Rule == ApprovalFindings.ChangesRequested).Select(finding => finding.Message));
        steps.AddRange(missing.Where(finding => finding.Rule == HoldJudge.Rule).Select(finding => finding.Message));
        var overridden = ruling.Findings.Where(finding => finding.OverriddenBy is not null).Select(finding => finding.Rule).ToArray();
        steps.AddRange(ruling.Requirements
            .Where(asked => asked.Mode == RuleMode.Enforce && !overridden.Contains($"approval/{asked.Rule}"))
            .Select(Approve).OfType<string>());
        return steps.ToImmutable();
    }

    private static bool IsApproval(Finding finding) => finding.Rule.StartsWith("approval/", StringComparison.Ordinal);

    private static string Fix(Finding finding) => finding.Rule switch
    {
        "gate/no-rule" => finding.Message,
        "gate/rule-file" => $"repair `{finding.Place}` on the target branch: {finding.Message}",
        _ => finding.Place is { } place ? $"fix `{Words.Plain(place.ToString(), 200)}`: {finding.Message}" : $"fix: {finding.Message}",
    };

    private static string? Approve(Requirement asked)
    {
        if (asked.State == RequirementState.Errored) return $"have whoever runs the gate look into rule `{asked.Rule}`: {asked.Sentence}";
        if (asked.State != RequirementState.Pending) return null;
        var users = asked.From.Where(from => from.StartsWith("user:", StringComparison.Ordinal)).Select(from => from["user:".Length..]).ToArray();
        var teams = asked.From.Where(from => from.StartsWith("team:", StringComparison.Ordinal)).Select(from => from["team:".Length..]).ToArray();
        var who = (users.Length, teams.Length) switch
        {
            (0, 0) => "anybody who may review and wrote no part of it",
            (_, 0) => Words.List(users),
            (0, _) => $"a member of {Words.List(teams)}",
            _ => $"{Words.List(users)} or a member of {Words.List(teams)}",
        };
        var again = asked.Dismissed.Where(dismissed => dismissed.Why.StartsWith("was given", StringComparison.Ordinal)).Select(d => d.By.Login).ToArray();
        var hint = again.Length > 0 ? $"; the approval of {Words.List(again, "and")} has to be given again, for the head" : "";
        return $"get {Words.Count(asked.Required - asked.Given.Count, "more approval")} for rule `{asked.Rule}` from {who}{hint}";
    }

    private static string Fit(string start, string text, string end)
    {
        var room = MaxSummary - start.Length - end.Length;
        return start + (text.Length > room ? text[..(char.IsHighSurrogate(text[room - 2]) ? room - 2 : room - 1)] + "…" : text) + end;
    }
}
