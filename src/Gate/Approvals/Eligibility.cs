using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;

namespace GitOpsGate.Approvals;

/// <summary>Whether a rule lets somebody approve: named, in a named team, or anybody where it names none. A bot has to be named.</summary>
internal static class Eligibility
{
    public static Answer Of(ApprovalRule rule, Person person, Evidence evidence)
    {
        if (rule.Users.Contains(person.Login, StringComparer.OrdinalIgnoreCase)) return Answer.Yes;
        if (person.Kind == PersonKind.Bot) return Answer.No("is a bot; only a bot that a rule names among `users` can approve");
        if (rule.Users.IsEmpty && rule.Teams.IsEmpty) return Answer.Yes;

        var doubts = new List<string>();
        foreach (var team in rule.Teams)
        {
            var known = evidence.Memberships.Where(member => member.Team == team && member.PersonId == person.Id).ToArray();
            if (known.Any(member => member.IsMember)) return Answer.Yes;
            if (known.Length > 0) continue;
            var why = evidence.Gaps.FirstOrDefault(gap => gap.What == $"team:{team}")?.Why ?? "the forge does not tell";
            doubts.Add($"whether `{Words.Plain(person.Login)}` is in team `{team}`: {why}");
        }

        return doubts.Count > 0
            ? Answer.Unknown(string.Join("; ", doubts))
            : Answer.No($"is not among those who may approve:{From(rule)}");
    }

    /// <summary>The rule's approvers as the end of a sentence; empty when anybody may.</summary>
    public static string From(ApprovalRule rule)
    {
        var users = rule.Users.IsEmpty ? "" : Words.List(rule.Users);
        var teams = rule.Teams.IsEmpty ? "" : $"{(rule.Teams.Length == 1 ? "team" : "teams")} {Words.List(rule.Teams)}";
        return users.Length + teams.Length == 0 ? "" : $" from {string.Join(" or ", new[] { users, teams }.Where(part => part.Length > 0))}";
    }
}
