using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// Asks the REST API (<c>/api/v1</c>). Source of paths and fields: the descriptions that Gitea 1.27 and Forgejo 16 give of themselves; only
/// what both have is used, unless a word says otherwise.
/// </summary>
internal sealed class GiteaClient(ForgeHttp http)
{
    /// <summary>
    /// How many items are asked for at once: what both forges give at most unless told otherwise (<c>MAX_RESPONSE_ITEMS</c>).
    /// </summary>
    public const int PageSize = 50;

    public ForgeLink Open(Connection connection) => http.Open(connection, Dress);

    /// <summary>The address of a repository below the API's root.</summary>
    public static string PathOf(RepositoryKey repository) => $"/repos/{ForgeLink.Safe(repository.Path)}";

    /// <summary>The open pull requests of a repository, each once: a list that grows while it is read shows some twice.</summary>
    public static async Task<IEnumerable<JsonElement>> OpenPullsAsync(
        ForgeLink link, RepositoryKey repository, CancellationToken cancellation) =>
        (await link.ListByPageAsync($"{PathOf(repository)}/pulls?state=open", PageSize, cancellation))
            .Where(pull => pull.Number("number") is > 0)
            .DistinctBy(pull => pull.Number("number"));

    /// <summary>Asks for a pull request with its reviews, comments and statuses; null when there is none.</summary>
    public async Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation)
    {
        var (link, repository) = (Open(connection), PathOf(change.Repository));
        if (await link.FindAsync($"{repository}/pulls/{change.Number}", cancellation) is not { } found) return null;
        var described = GiteaPayloads.ChangeOf(change, found);
        if (described is { State: ChangeState.Open, Head.IsNone: true })
        {
            throw new ForgeTroubleException($"pull request `{change}` came without the commit of its head", TroubleKind.Unavailable);
        }

        var reviews = link.ListByPageAsync($"{repository}/pulls/{change.Number}/reviews", PageSize, cancellation);
        // All comments come at once: neither forge divides them into pages.
        var comments = link.ListAsync($"{repository}/issues/{change.Number}/comments", null, cancellation);
        // Old versions do not know the head any more once the fork of a closed pull request is deleted.
        var statuses = described.Head.IsNone
            ? Task.FromResult(Enumerable.Empty<JsonElement>())
            : StatusesAsync(link, change.Repository, described.Head, cancellation);
        await Task.WhenAll(reviews, comments, statuses);
        return new ForgeFacts(
            described,
            GiteaPayloads.ReviewsOf(await reviews, described.Head),
            GiteaPayloads.CommentsOf(await comments),
            [.. GiteaPayloads.StatusesOf(await statuses)]);
    }

    /// <summary>
    /// All statuses of a commit, the newest first. The words for the order mean different things in different versions, so the ids decide;
    /// by its address, a commit can be taken for a branch of that name nowhere.
    /// </summary>
    public static async Task<IEnumerable<JsonElement>> StatusesAsync(
        ForgeLink link, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        (await link.ListByPageAsync($"{PathOf(repository)}/statuses/{commit}", PageSize, cancellation))
            .OrderByDescending(status => status.Number("id") ?? 0);

    /// <summary>
    /// The pull requests that a commit is the head of, while they are open, or that made it by being merged; Gitea ties no others to a
    /// commit.
    /// </summary>
    public async Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        var link = Open(connection);
        var merged = link.FindAsync($"{PathOf(repository)}/commits/{commit}/pull", cancellation);
        var open = OpenPullsAsync(link, repository, cancellation);
        await Task.WhenAll(merged, open);
        var numbers = (await open).Where(pull => pull.Child("head").Commit("sha") == commit).Select(pull => pull.Number("number"));
        return
        [
            .. numbers.Append(await merged is { } pull ? pull.Number("number") : null)
                .OfType<long>()
                .Distinct()
                .Order()
                .Select(number => new ChangeKey(repository, number)),
        ];
    }

    private static void Dress(HttpRequestHeaders headers, Connection connection) =>
        headers.TryAddWithoutValidation("Authorization", $"token {connection.Token.Reveal()}");
}
