using System.Collections.Immutable;
using System.Net.Http.Headers;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Asks GitHub's REST API. Source of paths and fields: GitHub's own OpenAPI description, API version 2022-11-28.
/// </summary>
internal sealed class GitHubClient(ForgeHttp http)
{
    private const string ApiVersion = "2022-11-28";

    public ForgeLink Open(Connection connection) => http.Open(connection, Dress);

    /// <summary>The address of a repository below the API's root.</summary>
    public static string PathOf(RepositoryKey repository) => $"/repos/{ForgeLink.Safe(repository.Path)}";

    /// <summary>Asks for a pull request with its reviews, comments, statuses and checks; null when there is none.</summary>
    public async Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation)
    {
        var link = Open(connection);
        var repository = PathOf(change.Repository);
        var pull = await link.FindAsync($"{repository}/pulls/{change.Number}", cancellation);
        if (pull is not { } found) return null;
        var described = GitHubPayloads.ChangeOf(change, found);
        if (described.Head.IsNone)
        {
            throw new ForgeTroubleException(
                $"pull request `{change}` came without the commit of its head", TroubleKind.Unavailable);
        }

        var commit = $"{repository}/commits/{described.Head}";
        var reviews = link.ListAsync($"{repository}/pulls/{change.Number}/reviews?per_page=100", null, cancellation);
        var comments = link.ListAsync($"{repository}/issues/{change.Number}/comments?per_page=100", null, cancellation);
        // The list, not the combined status: only the list says who posted each one.
        var statuses = link.ListAsync($"{commit}/statuses?per_page=100", null, cancellation);
        var checks = link.ListAsync($"{commit}/check-runs?per_page=100&filter=latest", "check_runs", cancellation);
        await Task.WhenAll(reviews, comments, statuses, checks);
        return new ForgeFacts(
            described,
            GitHubPayloads.ReviewsOf(await reviews),
            GitHubPayloads.CommentsOf(await comments),
            [.. GitHubPayloads.StatusesOf(await statuses), .. GitHubPayloads.ChecksOf(await checks)]);
    }

    /// <summary>The pull requests into this repository that a commit belongs to, by number.</summary>
    public async Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        try
        {
            var path = $"{PathOf(repository)}/commits/{commit}/pulls?per_page=100";
            var pulls = await Open(connection).ListAsync(path, null, cancellation);
            return
            [
                .. pulls
                    .Where(pull => IsInto(pull.Child("base").Child("repo").Text("full_name"), repository))
                    .Select(pull => pull.Number("number"))
                    .OfType<long>()
                    .Distinct()
                    .Order()
                    .Select(number => new ChangeKey(repository, number)),
            ];
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Missing or TroubleKind.Refused)
        {
            // GitHub says 404 or 422 for a commit that it does not have.
            return [];
        }
    }

    // A commit of a fork's network is listed with pull requests into other repositories too.
    private static bool IsInto(string fullName, RepositoryKey repository) =>
        string.Equals(fullName, repository.Path, StringComparison.OrdinalIgnoreCase);

    private static void Dress(HttpRequestHeaders headers, Connection connection)
    {
        headers.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token.Reveal());
        headers.Remove("Accept");
        headers.TryAddWithoutValidation("Accept", "application/vnd.github+json");
        headers.TryAddWithoutValidation("X-GitHub-Api-Version", ApiVersion);
    }
}
