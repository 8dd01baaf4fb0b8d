using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Says who belongs to which team: a list under the connection's <c>teams</c>, or else a group of the instance. A group that cannot be
/// seen is a gap, so that a rule that needs it is errored and never read as "nobody is a member".
/// </summary>
internal sealed class BitbucketDataCenterGroups(ForgeLink link, Connection connection)
{
    private const int TeamLimit = 50;

    public async Task<TeamFacts> MembersAsync(
        ImmutableArray<string> teams, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        var names = teams.Distinct(StringComparer.Ordinal).ToImmutableArray();
        var asked = await Task.WhenAll(names.Take(TeamLimit).Select(team => OneAsync(team, people, cancellation)));
        var beyond = names.Skip(TeamLimit)
            .Select(team => new Gap($"team:{team}", $"more than {TeamLimit} teams are asked for at once"));
        return new TeamFacts(
            [.. asked.SelectMany(answer => answer.Memberships)], [.. asked.SelectMany(answer => answer.Gaps), .. beyond]);
    }

    private async Task<TeamFacts> OneAsync(string team, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        if (connection.Teams.TryGetValue(team, out var listed))
        {
            return Known(team, people, person => listed.Any(name => IsNamed(name, person)));
        }

        try
        {
            var path = $"/api/latest/admin/groups/more-members?context={Uri.EscapeDataString(team)}&limit=1000";
            var ids = (await link.ListAllAsync(path, cancellation))
                .Select(member => BitbucketDataCenterPayloads.ReadPerson(member).Id)
                .Where(id => id.Length > 0)
                .ToHashSet(StringComparer.Ordinal);
            // A group that there is not has no members either.
            return ids.Count > 0 || await IsGroupAsync(team, cancellation)
                ? Known(team, people, person => ids.Contains(person.Id))
                : Unknown(team, "there is no such group, or the token may not see it");
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused)
        {
            return Unknown(
                team, $"{trouble.Message}; list its people under `teams` of connection `{connection.Name}`, or give the token's owner the right");
        }
    }

    private async Task<bool> IsGroupAsync(string team, CancellationToken cancellation)
    {
        var path = $"/api/latest/groups?filter={Uri.EscapeDataString(team)}&limit=1000";
        await foreach (var group in link.ListEachAsync(path, cancellation))
        {
            if (string.Equals(group.AsText(), team, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    // User names differ by more than case nowhere there.
    private static bool IsNamed(string name, Person person) =>
        name.Length > 0 && (name == person.Id || string.Equals(name, person.Login, StringComparison.OrdinalIgnoreCase));

    private static TeamFacts Known(string team, ImmutableArray<Person> people, Func<Person, bool> isIn) =>
        new([.. people.Select(person => new Membership(team, person.Id, isIn(person)))], []);

    private static TeamFacts Unknown(string team, string why) => new([], [new Gap($"team:{team}", why)]);
}
