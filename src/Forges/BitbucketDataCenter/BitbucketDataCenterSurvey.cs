using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>Looks round: repositories, open pull requests, branches, and who we are there.</summary>
internal sealed class BitbucketDataCenterSurvey(ForgeLink link, Connection connection)
{
    /// <summary>The repositories of a project (its key) or of a person (<c>~user</c>), without archived ones.</summary>
    public async Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(string owner, CancellationToken cancellation)
    {
        var repositories = await link.ListAllAsync($"/api/latest/projects/{ForgeLink.Safe(owner)}/repos?limit=100", cancellation);
        return
        [
            .. repositories.Where(repository => !repository.Flag("archived"))
                .Select(BitbucketDataCenterPayloads.PathOf)
                .Where(path => path.Length > 0)
                .Order(StringComparer.Ordinal)
                .Select(path => new RepositoryKey(connection.Name, path)),
        ];
    }

    public async Task<ImmutableArray<OpenChange>> OpenChangesAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var at = $"{BitbucketDataCenterPages.Repository(repository.Path)}/pull-requests?state=OPEN&order=OLDEST&limit=100";
        return
        [
            .. from pull in await link.ListAllAsync(at, cancellation)
               let number = pull.Number("id") ?? 0
               where number > 0
               orderby number
               select new OpenChange(
                   new ChangeKey(repository, number),
                   pull.Child("fromRef").Commit("latestCommit").Value,
                   BitbucketDataCenterPayloads.BranchOf(pull.Child("toRef")),
                   BitbucketDataCenterPayloads.ReadTime(pull, "updatedDate") ?? default),
        ];
    }

    /// <summary>The tip of a branch; none when there is no such branch. Bitbucket finds branches by a part of their names.</summary>
    public async Task<CommitId> TipAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var at = BitbucketDataCenterPages.Repository(repository.Path);
        var list = $"{at}/branches?filterText={Uri.EscapeDataString(branch)}&boostMatches=true&limit=100";
        await foreach (var found in link.ListEachAsync(list, cancellation))
        {
            if (BitbucketDataCenterPayloads.BranchOf(found) == branch) return found.Commit("latestCommit");
        }

        return default;
    }

    /// <summary>The default branch; empty for a repository without commits.</summary>
    public async Task<string> DefaultBranchAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var at = BitbucketDataCenterPages.Repository(repository.Path);
        // The first is not there before 7.5, and the second is to go.
        var branch = await link.FindAsync($"{at}/default-branch", cancellation)
            ?? await link.FindAsync($"{at}/branches/default", cancellation);
        return branch is { } known ? BitbucketDataCenterPayloads.BranchOf(known) : "";
    }

    public async Task<ForgeStanding> StandingAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        // Reading the repository first: the addresses after it answer strangers, too.
        await link.GetAsync(BitbucketDataCenterPages.Repository(repository.Path), cancellation);
        var product = await link.GetAsync("/api/latest/application-properties", cancellation);
        var account = OneLine.Of(await link.TextAsync("/../plugins/servlet/applinks/whoami", cancellation), 255);
        return new ForgeStanding(
            // The token of a project or a repository belongs to nobody.
            account.Length > 0 ? account : "an access token of the project or the repository",
            $"{(product.Text("displayName") is { Length: > 0 } name ? name : "Bitbucket")} {product.Text("version")}".Trim(),
            await DefaultBranchAsync(repository, cancellation),
            await MissingRightsAsync(repository, cancellation));
    }

    /// <summary>
    /// What we may not do. Nobody can ask for rights as such: administrators see the webhooks, and repositories are listed by the right
    /// that one has in them.
    /// </summary>
    private async Task<ImmutableArray<string>> MissingRightsAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        try
        {
            await link.GetAsync($"{BitbucketDataCenterPages.Repository(repository.Path)}/webhooks", cancellation);
            return [];
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden)
        {
            const string Admin = "administering the repository: without it the gate cannot register its webhook or require its build";
            return await MayWriteAsync(repository, cancellation)
                ? [Admin]
                : [Admin, "writing to the repository: without it the gate cannot propose files"];
        }
    }

    private async Task<bool> MayWriteAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        try
        {
            var project = Uri.EscapeDataString(repository.Path.Split('/')[0]);
            var list = $"/api/latest/repos?permission=REPO_WRITE&projectkey={project}&limit=1000";
            return (await link.ListAllAsync(list, cancellation)).Any(known => string.Equals(
                BitbucketDataCenterPayloads.PathOf(known), repository.Path, StringComparison.OrdinalIgnoreCase));
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Refused)
        {
            // Servers before 8.0 do not look at the project, and there may be more repositories than are read: nothing is known to lack.
            return true;
        }
    }
}
