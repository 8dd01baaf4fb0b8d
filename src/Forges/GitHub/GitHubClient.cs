using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Forges.SignIn;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Asks GitHub's REST API. Source of paths and fields: GitHub's own OpenAPI description, API version 2022-11-28.
/// </summary>
internal sealed class GitHubClient(ForgeHttp http)
{
    private const string ApiVersion = "2022-11-28";

    public ForgeLink Open(Connection connection) => http.Open(connection, Dress);

    /// <summary>The API, asked as the app itself, whatever an address says of itself.</summary>
    public ForgeLink OpenAsApp(Connection connection) => http.Open(connection, Dress, SignInScope.App);

    /// <summary>The API, asked as one installation of the app.</summary>
    public ForgeLink OpenInstallation(Connection connection, long id) => http.Open(connection, Dress, SignInScope.Installation(id));

    /// <summary>The address of a repository below the API's root.</summary>
    public static string PathOf(RepositoryKey repository) => $"/repos/{ForgeLink.Safe(repository.Path)}";

    /// <summary>
    /// Asks for a pull request with its reviews, comments, statuses and checks; null when there is none. With a guess at the head all but the
    /// comments go side by side, and all but the pull request are asked for again when the guess was wrong. The pull request itself says
    /// whether there are comments to be asked for.
    /// </summary>
    public async Task<ForgeFacts?> DescribeAsync(
        Connection connection, ChangeKey change, CommitId likelyHead, CancellationToken cancellation)
    {
        var (link, repository) = (Open(connection), PathOf(change.Repository));
        using var early = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reviews = likelyHead.IsNone ? null : ReviewsAsync(link, repository, change.Number, early.Token);
        var marks = likelyHead.IsNone ? null : MarksAsync(link, repository, likelyHead, early.Token);
        try
        {
            if (await link.FindAsync($"{repository}/pulls/{change.Number}", cancellation) is not { } found) return null;
            var described = GitHubPayloads.ChangeOf(change, found);
            if (described.Head.IsNone)
            {
                throw new ForgeTroubleException(
                    $"pull request `{change}` came without the commit of its head", TroubleKind.Unavailable);
            }

            // What was said before this head was there must not look as if it came after: a head that is news is asked about from the start.
            var isRight = described.Head == likelyHead;
            var rightReviews = reviews is not null && isRight ? reviews : ReviewsAsync(link, repository, change.Number, early.Token);
            var rightMarks = marks is not null && isRight ? marks : MarksAsync(link, repository, described.Head, early.Token);
            var comments = CommentsAsync(link, repository, change.Number, found, early.Token);
            await Task.WhenAll(rightReviews, comments, rightMarks);
            return new ForgeFacts(
                described, GitHubPayloads.ReviewsOf(await rightReviews), GitHubPayloads.CommentsOf(await comments), await rightMarks);
        }
        finally
        {
            await early.CancelAsync();
            await Task.WhenAll(Seen(reviews), Seen(marks));
        }
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

    private static Task<ImmutableArray<JsonElement>> ReviewsAsync(
        ForgeLink link, string repository, long number, CancellationToken cancellation) =>
        link.ListAsync($"{repository}/pulls/{number}/reviews?per_page=100", null, cancellation);

    // Its `comments` counts those of the conversation, which are these; one that comes a moment later has a delivery of its own, as it would
    // have after the list. Where nothing is counted, the list is asked for.
    private static Task<ImmutableArray<JsonElement>> CommentsAsync(
        ForgeLink link, string repository, long number, JsonElement pull, CancellationToken cancellation) =>
        pull.Number("comments") == 0
            ? Task.FromResult(ImmutableArray<JsonElement>.Empty)
            : link.ListAsync($"{repository}/issues/{number}/comments?per_page=100", null, cancellation);

    private static async Task<ImmutableArray<StatusCheck>> MarksAsync(
        ForgeLink link, string repository, CommitId head, CancellationToken cancellation)
    {
        var commit = $"{repository}/commits/{head}";
        // The list, not the combined status: only the list says who posted each one.
        var statuses = link.ListAsync($"{commit}/statuses?per_page=100", null, cancellation);
        var checks = link.ListAsync($"{commit}/check-runs?per_page=100&filter=latest", "check_runs", cancellation);
        await Task.WhenAll(statuses, checks);
        return [.. GitHubPayloads.StatusesOf(await statuses), .. GitHubPayloads.ChecksOf(await checks)];
    }

    // What was asked too early and is not wanted may fail as it likes.
    private static Task Seen(Task? task) =>
        task?.ContinueWith(static done => _ = done.Exception, TaskScheduler.Default) ?? Task.CompletedTask;

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
