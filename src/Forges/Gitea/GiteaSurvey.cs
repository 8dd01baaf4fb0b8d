using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>Looks round: which repositories, open pull requests and branches there are, and who we are there.</summary>
internal sealed class GiteaSurvey(ForgeLink link, Connection connection)
{
    /// <summary>The repositories of an organization or of a person.</summary>
    public async Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(string owner, CancellationToken cancellation)
    {
        var repositories = await ListAsync($"/orgs/{ForgeLink.Safe(owner)}/repos", cancellation)
            ?? await ListAsync($"/users/{ForgeLink.Safe(owner)}/repos", cancellation)
            ?? throw new ForgeTroubleException(
                $"connection `{connection.Name}` sees no organization and no person `{owner}`", TroubleKind.Missing);
        return
        [
            .. repositories.Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(path => new RepositoryKey(connection.Name, path)),
        ];
    }

    /// <summary>The open pull requests, drafts too, by number.</summary>
    public async Task<ImmutableArray<OpenChange>> OpenChangesAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var pulls = await GiteaClient.OpenPullsAsync(link, repository, cancellation);
        return
        [
            .. from pull in pulls
               let number = pull.Number("number") ?? 0
               orderby number
               select new OpenChange(
                   new ChangeKey(repository, number), pull.Child("head").Commit("sha").Value, pull.Child("base").Text("ref"),
                   pull.Time("updated_at") ?? pull.Time("created_at") ?? default),
        ];
    }

    /// <summary>The commit at the tip of a branch; none when there is no such branch.</summary>
    public async Task<CommitId> TipAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var path = $"{GiteaClient.PathOf(repository)}/branches/{ForgeLink.Safe(branch)}";
        return await link.FindAsync(path, cancellation) is { } found ? found.Child("commit").Commit("id") : default;
    }

    /// <summary>Who we are, what runs there, and which rights in a repository we lack. What the token's scopes allow is not shown.</summary>
    public async Task<ForgeStanding> StandingAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var account = await link.GetAsync("/user", cancellation);
        var version = link.GetAsync("/version", cancellation);
        var found = link.GetAsync(GiteaClient.PathOf(repository), cancellation);
        await Task.WhenAll(version, found);
        var permissions = (await found).Child("permissions");
        var missing = ImmutableArray.CreateBuilder<string>();
        if (!permissions.Flag("pull")) missing.Add("reading the code: nothing can be judged");
        if (!permissions.Flag("push")) missing.Add("writing the code: no status can be posted and no file proposed");
        if (!permissions.Flag("admin")) missing.Add("administration: neither the webhook nor the branch protection can be set up");
        return new ForgeStanding(
            account.Text("login"), GiteaProduct.Of(await version).ToString(), (await found).Text("default_branch"), missing.ToImmutable());
    }

    /// <summary>The paths of an owner's repositories that are not archived; null when there is no such owner.</summary>
    private async Task<List<string>?> ListAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var repositories = await link.ListByPageAsync(path, GiteaClient.PageSize, cancellation);
            return
            [
                .. repositories.Where(repository => !repository.Flag("archived"))
                    .Select(repository => repository.Text("full_name"))
                    .Where(name => name.Length > 0),
            ];
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return null;
        }
    }
}
