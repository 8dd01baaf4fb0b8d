using System.Collections.Immutable;
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
        var isNamed = rule.Users.Contains(person.Login, StringComparer.OrdinalIgnoreCase);
        if (!isNamed && person.Kind == PersonKind.Bot) return Answer.No("is a bot; only a bot that a rule names among `users` can approve");
        if (rule.Users.IsEmpty && rule.Teams.IsEmpty) return Answer.Yes;
        var among = Among(rule.Users, rule.Teams, person, evidence);
        return among.Holding == Holding.No ? Answer.No($"is not among those who may approve:{From(rule)}") : among;
    }

    /// <summary>Whether somebody is named or in a named team; where nobody is named, nobody is among them.</summary>
    public static Answer Among(ImmutableArray<string> users, ImmutableArray<string> teams, Person person, Evidence evidence)
    {
        if (users.Contains(person.Login, StringComparer.OrdinalIgnoreCase)) return Answer.Yes;
        var doubts = new List<string>();
        foreach (var team in teams)
        {
            var known = evidence.Memberships.Where(member => member.Team == team && member.PersonId == person.Id).ToArray();
            if (known.Any(member => member.IsMember)) return Answer.Yes;
            if (known.Length > 0) continue;
            var why = evidence.Gaps.FirstOrDefault(gap => gap.What == $"team:{team}")?.Why ?? "the forge does not tell";
            doubts.Add($"whether `{Words.Plain(person.Login)}` is in team `{team}`: {why}");
        }

        return doubts.Count > 0 ? Answer.Unknown(string.Join("; ", doubts)) : Answer.No("is not among them");
    }

    /// <summary>The rule's approvers as the end of a sentence; empty when anybody may.</summary>
    public static string From(ApprovalRule rule) => Named(rule.Users, rule.Teams) is { Length: > 0 } named ? $" from {named}" : "";

    /// <summary>Users and teams in words; empty when there are none.</summary>
    public static string Named(ImmutableArray<string> users, ImmutableArray<string> teams)
    {
        var people = users.IsEmpty ? "" : Words.List(users);
        var groups = teams.IsEmpty ? "" : $"{(teams.Length == 1 ? "team" : "teams")} {Words.List(teams)}";
        return string.Join(" or ", new[] { people, groups }.Where(part => part.Length > 0));
    }
}
