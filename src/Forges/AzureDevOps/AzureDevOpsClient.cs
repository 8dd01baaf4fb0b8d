using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Asks the REST API of Azure DevOps. Source of paths and fields: Microsoft's own descriptions (vsts-rest-api-specs), version 7.1.
/// </summary>
internal sealed class AzureDevOpsClient(ForgeHttp http)
{
    public ForgeLink Open(Connection connection) => http.Open(connection, Dress);

    /// <summary>Asks for a pull request with its votes, comments and statuses; null when there is none.</summary>
    public async Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation)
    {
        var (link, parts) = (Open(connection), AzureDevOpsApi.PartsOf(change));
        if (await link.FindAsync(AzureDevOpsApi.At(AzureDevOpsApi.Pull(change)), cancellation) is not { } pull) return null;
        var labels = link.ListAsync(AzureDevOpsApi.At($"{parts}/labels"), "value", cancellation);
        var iterations = link.ListAsync(AzureDevOpsApi.At($"{parts}/iterations"), "value", cancellation);
        var threads = link.ListAsync(AzureDevOpsApi.At($"{parts}/threads"), "value", cancellation);
        var statuses = link.ListAsync(AzureDevOpsApi.At($"{parts}/statuses"), "value", cancellation);
        var head = pull.Child("lastMergeSourceCommit").Commit("commitId");
        var ofCommit = StatusesOfAsync(link, change.Repository, head, cancellation);
        await Task.WhenAll(labels, iterations, threads, statuses, ofCommit);
        var described = AzureDevOpsPayloads.ChangeOf(change, pull, await labels) with
        {
            Url = connection.GitUrl.TrimEnd('/') + AzureDevOpsApi.PageOf(change),
        };
        if (described is { State: ChangeState.Open, Head.IsNone: true })
        {
            throw new ForgeTroubleException(
                $"pull request `{change}` has no head yet; Azure DevOps is still trying its merge", TroubleKind.Unavailable);
        }

        return new ForgeFacts(
            described,
            AzureDevOpsVotes.Read(pull, await threads, await iterations),
            AzureDevOpsPayloads.CommentsOf(await threads),
            AzureDevOpsPayloads.StatusesOf(await statuses, await ofCommit, AzureDevOpsPayloads.IterationAt(await iterations, head)));
    }

    /// <summary>
    /// The pull requests into a repository that a commit belongs to, by number. The query finds those that have it and the one whose merge
    /// made it; open ones whose head it is are looked for as well, since it is not said how soon the query knows a push.
    /// </summary>
    public async Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        var link = Open(connection);
        var known = QueryAsync(link, repository, commit, cancellation);
        var open = AtHeadAsync(link, repository, commit, "", cancellation);
        await Task.WhenAll(known, open);
        return
        [
            .. (await known)
                .Where(pull => pull.Text("status") is "active" or "completed")
                .Concat(await open)
                .Select(pull => pull.Number("pullRequestId") ?? 0)
                .Where(number => number > 0)
                .Distinct()
                .Order()
                .Select(number => new ChangeKey(repository, number)),
        ];
    }

    /// <summary>The open pull requests whose head is a commit.</summary>
    /// <param name="branch">Their source branch, or empty for any.</param>
    public static async Task<IEnumerable<JsonElement>> AtHeadAsync(
        ForgeLink link, RepositoryKey repository, CommitId commit, string branch, CancellationToken cancellation)
    {
        var open = await OpenAsync(link, repository, branch, cancellation);
        return open.Where(pull => pull.Child("lastMergeSourceCommit").Commit("commitId") == commit);
    }

    /// <summary>The open pull requests into a repository, as the list shows them.</summary>
    /// <param name="branch">Their source branch, or empty for any.</param>
    public static Task<ImmutableArray<JsonElement>> OpenAsync(
        ForgeLink link, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var path = $"{AzureDevOpsApi.Repository(repository)}/pullrequests";
        var list = branch.Length == 0
            ? AzureDevOpsApi.At(path, ("searchCriteria.status", "active"))
            : AzureDevOpsApi.At(path, ("searchCriteria.status", "active"), ("searchCriteria.sourceRefName", AzureDevOpsApi.RefOf(branch)));
        return AzureDevOpsApi.PagesAsync(link, list, pull => pull.Id("pullRequestId"), cancellation);
    }

    /// <summary>The newest status of each context on a commit; none for a commit that is not there.</summary>
    public static async Task<ImmutableArray<JsonElement>> StatusesOfAsync(
        ForgeLink link, RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        if (commit.IsNone) return [];
        try
        {
            var path = $"{AzureDevOpsApi.Repository(repository)}/commits/{commit}/statuses";
            return await link.ListAsync(AzureDevOpsApi.At(path, ("latestOnly", "true")), "value", cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return [];
        }
    }

    private static async Task<IEnumerable<JsonElement>> QueryAsync(
        ForgeLink link, RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        var body = new JsonObject { ["queries"] = new JsonArray(Query("commit", commit), Query("lastMergeCommit", commit)) };
        try
        {
            var path = AzureDevOpsApi.At($"{AzureDevOpsApi.Repository(repository)}/pullrequestquery");
            var answer = await link.SendAsync(HttpMethod.Post, path, body, cancellation);
            return [.. answer.Items("results").SelectMany(result => result.Items(commit.Value))];
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Unclear)
        {
            // It is sent as a change would be, and only asks.
            throw new ForgeTroubleException(trouble.Message, TroubleKind.Unavailable, trouble.RetryAfter, trouble);
        }
    }

    private static JsonObject Query(string type, CommitId commit) =>
        new JsonObject { ["type"] = type, ["items"] = new JsonArray(commit.Value) };

    private static void Dress(HttpRequestHeaders headers, Connection connection)
    {
        var pair = Encoding.UTF8.GetBytes($":{connection.Token.Reveal()}");
        headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
        // Who is not let in is told so, and not sent to a page to sign in.
        headers.TryAddWithoutValidation("X-TFS-FedAuthRedirect", "Suppress");
    }
}
