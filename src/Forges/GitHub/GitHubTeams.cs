using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Says who belongs to which team of an organization. Members of child teams count, as they do for GitHub itself.
/// </summary>
internal static class GitHubTeams
{
    private const int TeamLimit = 50;

    /// <summary>
    /// Reads each team's members once: a list answers for all people, and asking again costs nothing while it has not changed.
    /// A team that cannot be seen is a gap, so that a rule that needs it is errored and never read as "nobody is a member".
    /// </summary>
    public static async Task<TeamFacts> MembersAsync(
        ForgeLink link, ImmutableArray<string> teams, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        var names = teams.Distinct(StringComparer.Ordinal).ToImmutableArray();
        var asked = await Task.WhenAll(names.Take(TeamLimit).Select(team => OneAsync(link, team, people, cancellation)));
        var beyond = names.Skip(TeamLimit).Select(team =>
            new Gap($"team:{team}", $"more than {TeamLimit} teams are asked for at once"));
        return new TeamFacts(
            [.. asked.SelectMany(answer => answer.Memberships)], [.. asked.SelectMany(answer => answer.Gaps), .. beyond]);
    }

    private static async Task<TeamFacts> OneAsync(
        ForgeLink link, string team, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        if (team.Split('/') is not [{ Length: > 0 } organization, { Length: > 0 } slug])
        {
            return Unknown(team, "a team of GitHub is named `organization/team`");
        }

        try
        {
            var path = $"/orgs/{ForgeLink.Safe(organization)}/teams/{ForgeLink.Safe(slug)}/members?per_page=100";
            var members = await link.ListAsync(path, null, cancellation);
            var ids = members.Select(member => member.Id("id")).Where(id => id.Length > 0).ToHashSet(StringComparer.Ordinal);
            return new TeamFacts([.. people.Select(person => new Membership(team, person.Id, ids.Contains(person.Id)))], []);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return Unknown(team, "there is no such team, or the token may not see it");
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Refused)
        {
            return Unknown(team, trouble.Message);
        }
    }

    private static TeamFacts Unknown(string team, string why) => new([], [new Gap($"team:{team}", why)]);
}
