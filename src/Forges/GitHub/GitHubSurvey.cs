using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Looks round on GitHub: repositories, open pull requests, tips of branches.</summary>
internal sealed class GitHubSurvey(GitHubClient client)
{
    /// <summary>The repositories of an organization or a user, by path, without archived ones.</summary>
    public async Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(Connection connection, string owner, CancellationToken cancellation)
    {
        var found = connection.App is null
            ? await OfOwnerAsync(client.Open(connection), owner, cancellation)
            : await OfAppAsync(connection, owner, cancellation);
        return
        [
            .. found
                .Where(repository => IsSame(repository.Child("owner").Text("login"), owner) && !repository.Flag("archived"))
                .Select(repository => repository.TextOrNull("full_name") ?? throw Lacking("repository", "full_name"))
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.Ordinal)
                .Select(path => new RepositoryKey(connection.Name, path)),
        ];
    }

    /// <summary>The open pull requests, drafts too, by number.</summary>
    public async Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation)
    {
        // By age: one that is opened while pages are turned comes last and moves none of the others to a page that was read.
        var path = $"{GitHubClient.PathOf(repository)}/pulls?state=open&sort=created&direction=asc&per_page=100";
        var pulls = await client.Open(connection).ListAsync(path, null, cancellation);
        return [.. pulls.Select(pull => OpenOf(repository, pull)).DistinctBy(open => open.Key).OrderBy(open => open.Key.Number)];
    }

    /// <summary>The commit at the tip of a branch; none when there is no such branch, or no commit at all.</summary>
    public static async Task<CommitId> TipAsync(ForgeLink link, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        try
        {
            // Not `/branches/…`: that answers for the new name when a branch was renamed.
            var path = $"{GitHubClient.PathOf(repository)}/git/ref/{Uri.EscapeDataString($"heads/{branch}")}";
            return await link.FindAsync(path, cancellation) is { } found && found.Text("ref") == GitHubPushes.Heads + branch
                ? found.Child("object").Commit("sha")
                : default;
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Refused)
        {
            // 409: the repository is empty. 422: no branch can have such a name.
            return default;
        }
    }

    private static async Task<IEnumerable<JsonElement>> OfOwnerAsync(ForgeLink link, string owner, CancellationToken cancellation)
    {
        // One question tells organizations from users, and both from nobody.
        var account = await link.GetAsync($"/users/{ForgeLink.Safe(owner)}", cancellation);
        return account.Text("type") == "Organization"
            ? await link.ListAsync($"/orgs/{ForgeLink.Safe(owner)}/repos?type=all&per_page=100", null, cancellation)
            : await OfUserAsync(link, owner, cancellation);
    }

    // An app sees what its installation on the owner sees.
    private async Task<IEnumerable<JsonElement>> OfAppAsync(Connection connection, string owner, CancellationToken cancellation)
    {
        var app = client.OpenAsApp(connection);
        var installation = await app.FindAsync($"/orgs/{ForgeLink.Safe(owner)}/installation", cancellation)
            ?? await app.FindAsync($"/users/{ForgeLink.Safe(owner)}/installation", cancellation)
            ?? throw new ForgeTroubleException($"the app is not installed on `{owner}`, or there is no such owner", TroubleKind.Missing);
        var id = installation.Number("id") ?? throw Lacking("installation", "id");
        return await client.OpenInstallation(connection, id).ListAsync("/installation/repositories?per_page=100", "repositories", cancellation);
    }

    // The list of a user holds public repositories only; our own account's list holds what it may see beyond those.
    private static async Task<IEnumerable<JsonElement>> OfUserAsync(ForgeLink link, string owner, CancellationToken cancellation)
    {
        var shown = link.ListAsync($"/users/{ForgeLink.Safe(owner)}/repos?type=owner&per_page=100", null, cancellation);
        var ours = link.ListAsync("/user/repos?affiliation=owner,collaborator&per_page=100", null, cancellation);
        await Task.WhenAll(shown, ours);
        return [.. await shown, .. await ours];
    }

    private static OpenChange OpenOf(RepositoryKey repository, JsonElement pull)
    {
        if (pull.Number("number") is not (> 0 and { } number)) throw Lacking("pull request", "number");
        var head = pull.Child("head").Commit("sha");
        if (head.IsNone) throw Lacking($"pull request `{number}`", "head.sha");
        return new OpenChange(
            new ChangeKey(repository, number), head.Value, pull.Child("base").Text("ref"),
            pull.Time("updated_at") ?? pull.Time("created_at") ?? default);
    }

    private static ForgeTroubleException Lacking(string what, string field) =>
        new($"a {what} in GitHub's list came without `{field}`", TroubleKind.Unavailable);

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
