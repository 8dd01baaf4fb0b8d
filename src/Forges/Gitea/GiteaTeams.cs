using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>Says who belongs to which team of an organization; a rule names it <c>organization/team</c>.</summary>
internal sealed class GiteaTeams(ForgeLink link, Connection connection)
{
    private const int TeamLimit = 50;

    /// <summary>
    /// A team that cannot be seen is a gap, so that a rule that needs it is errored and never read as "nobody is a member". A team of the
    /// connection goes before one of the same name.
    /// </summary>
    public async Task<TeamFacts> MembersAsync(
        ImmutableArray<string> teams, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        var names = teams.Distinct(StringComparer.Ordinal).ToImmutableArray();
        var (memberships, gaps) = (ImmutableArray.CreateBuilder<Membership>(), ImmutableArray.CreateBuilder<Gap>());
        foreach (var team in names.Take(TeamLimit))
        {
            var facts = await OneAsync(team, people, cancellation);
            memberships.AddRange(facts.Memberships);
            gaps.AddRange(facts.Gaps);
        }

        gaps.AddRange(names.Skip(TeamLimit).Select(team => new Gap($"team:{team}", $"more than {TeamLimit} teams are asked for at once")));
        return new TeamFacts(memberships.ToImmutable(), gaps.ToImmutable());
    }

    private async Task<TeamFacts> OneAsync(string team, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        if (connection.Teams.TryGetValue(team, out var named))
        {
            return new TeamFacts([.. people.Select(person => new Membership(team, person.Id, named.Any(name => Names(name, person))))], []);
        }

        if (team.Split('/') is not [{ Length: > 0 } organization, { Length: > 0 } slug])
        {
            return Unknown(team, "a team of Gitea is named `organization/team`");
        }

        try
        {
            return await FindAsync(organization, slug, cancellation) is { } id
                ? new TeamFacts(await AskAsync(team, id, people, cancellation), [])
                : Unknown(team, "there is no such team, or the token may not see it");
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind is TroubleKind.Missing or TroubleKind.Forbidden or TroubleKind.Refused)
        {
            return Unknown(team, $"team `{team}` cannot be asked for its members: {trouble.Message}");
        }
    }

    private async Task<string?> FindAsync(string organization, string slug, CancellationToken cancellation)
    {
        var teams = await link.ListByPageAsync($"/orgs/{ForgeLink.Safe(organization)}/teams", GiteaClient.PageSize, cancellation);
        var found = teams.Where(team => string.Equals(team.Text("name"), slug, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count > 0 && found[0].Id("id") is { Length: > 0 } id ? id : null;
    }

    /// <summary>Asks for each person, since teams can be large and people in sight are few.</summary>
    private async Task<ImmutableArray<Membership>> AskAsync(
        string team, string id, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        var memberships = ImmutableArray.CreateBuilder<Membership>();
        foreach (var person in people)
        {
            var isAskable = person.Id.Length > 0 && person.Login.Trim('.').Length > 0 && !person.Login.Contains('/', StringComparison.Ordinal);
            var member = isAskable ? await link.FindAsync($"/teams/{id}/members/{ForgeLink.Safe(person.Login)}", cancellation) : null;
            // They are asked for by a name that somebody else may have taken over since; the id is the person.
            memberships.Add(new Membership(team, person.Id, member is { } found && found.Id("id") == person.Id));
        }

        return memberships.ToImmutable();
    }

    private static bool Names(string name, Person person) =>
        name == person.Id || string.Equals(name, person.Login, StringComparison.OrdinalIgnoreCase);

    private static TeamFacts Unknown(string team, string why) => new([], [new Gap($"team:{team}", why)]);
}
