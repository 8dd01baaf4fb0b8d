using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Says who belongs to which team: a team of the connection's configuration, or one of a project, as rules name it: <c>project/team</c>.
/// </summary>
internal sealed class AzureDevOpsTeams(ForgeLink link, Connection connection)
{
    private const int TeamLimit = 50;

    /// <summary>A path that can be read by whoever may see the teams of a repository's project.</summary>
    public static string Probe(RepositoryKey repository) =>
        AzureDevOpsApi.At($"/_apis/projects{AzureDevOpsApi.Project(repository)}/teams", ("$top", "1"));

    /// <summary>Reads each team's members once. What cannot be told is a gap, and never read as "nobody is a member".</summary>
    public async Task<TeamFacts> MembersAsync(ImmutableArray<string> teams, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        var names = teams.Distinct(StringComparer.Ordinal).ToImmutableArray();
        var asked = await Task.WhenAll(names.Take(TeamLimit).Select(team => OneAsync(team, people, cancellation)));
        var beyond = names.Skip(TeamLimit).Select(team => new Gap($"team:{team}", $"more than {TeamLimit} teams are asked for at once"));
        return new TeamFacts(
            [.. asked.SelectMany(answer => answer.Memberships)], [.. asked.SelectMany(answer => answer.Gaps), .. beyond]);
    }

    private async Task<TeamFacts> OneAsync(string team, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        if (connection.Teams.TryGetValue(team, out var named))
        {
            return new TeamFacts([.. people.Select(person => new Membership(team, person.Id, named.Any(name => Names(name, person))))], []);
        }

        if (team.Split('/') is not [{ Length: > 0 } project, { Length: > 0 } name])
        {
            return Unknown(team, "a team of Azure DevOps is named `project/team`");
        }

        try
        {
            var path = $"/_apis/projects/{AzureDevOpsApi.Piece(project)}/teams/{AzureDevOpsApi.Piece(name)}/members";
            var members = await AzureDevOpsApi.PagesAsync(
                link, AzureDevOpsApi.At(path), member => member.Child("identity").Id("id"), cancellation);
            return Told(team, people, [.. members.Select(member => member.Child("identity"))]);
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

    /// <summary>
    /// Whoever is listed belongs to the team. Somebody who is not may still belong to a group that is, which a token cannot look into:
    /// groups are kept at another address.
    /// </summary>
    private static TeamFacts Told(string team, ImmutableArray<Person> people, ImmutableArray<JsonElement> members)
    {
        var listed = members.Select(member => member.Id("id")).Where(id => id.Length > 0).ToHashSet(StringComparer.Ordinal);
        var group = members.FirstOrDefault(member => member.Flag("isContainer"));
        if (group.ValueKind == JsonValueKind.Undefined || people.All(person => listed.Contains(person.Id)))
        {
            return new TeamFacts([.. people.Select(person => new Membership(team, person.Id, listed.Contains(person.Id)))], []);
        }

        var why = $"the group `{group.Text("displayName")}` is a member of it, whose people cannot be seen; list the people themselves in "
            + "the team, or the team under `teams` of the connection";
        var known = people.Where(person => listed.Contains(person.Id)).Select(person => new Membership(team, person.Id, true));
        return new TeamFacts([.. known], [new Gap($"team:{team}", why)]);
    }

    private static bool Names(string name, Person person) =>
        name == person.Id || string.Equals(name, person.Login, StringComparison.OrdinalIgnoreCase);

    private static TeamFacts Unknown(string team, string why) => new([], [new Gap($"team:{team}", why)]);
}
