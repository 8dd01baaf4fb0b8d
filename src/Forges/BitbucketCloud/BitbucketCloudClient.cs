using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>Asks and tells Bitbucket Cloud (REST API 2.0) what the gate wants to know and to say.</summary>
internal sealed class BitbucketCloudClient(ForgeLink link, Connection connection, ReportsSeen seen)
{
    private const string Values = "values";

    public async Task<ForgeFacts?> DescribeAsync(ChangeKey key, CancellationToken cancellation)
    {
        var at = $"{Repository(key.Repository.Path)}/pullrequests/{key.Number}";
        if (await link.FindAsync(at, cancellation) is not { } json) return null;
        var source = json.Child("source").Child("repository").TextOrNull("full_name");
        var commits = new BitbucketCloudCommits(link, Repository(key.Repository.Path), Repository(source ?? key.Repository.Path));
        var change = await ReadChangeAsync(json, key, source, commits, cancellation);
        if (change is { State: ChangeState.Open, Head.IsNone: true })
        {
            throw new ForgeTroubleException(
                $"the head of `{key}` is in no repository that the token may read", TroubleKind.Unavailable);
        }

        var activity = link.ListAsync($"{at}/activity?pagelen=50", Values, cancellation);
        var comments = link.ListAsync($"{at}/comments?pagelen=100", Values, cancellation);
        var statuses = change.Head.IsNone
            ? Task.FromResult(ImmutableArray<JsonElement>.Empty)
            : link.ListAsync($"{Commit(key.Repository, change.Head)}/statuses?pagelen=100", Values, cancellation);
        await Task.WhenAll(activity, comments, statuses);
        var reviews = ImmutableArray.CreateBuilder<Review>();
        foreach (var review in BitbucketCloudReviews.Read(json, await activity))
        {
            var on = await commits.ResolveAsync(review.ShortCommit, cancellation);
            reviews.Add(new Review(review.Author, review.State, on, review.SubmittedAt, ""));
        }

        return new ForgeFacts(
            change,
            reviews.ToImmutable(),
            [
                .. (await comments).Where(comment => !comment.Flag("deleted") && !BitbucketCloudComments.IsMarked(RawOf(comment)))
                    .Select(BitbucketCloudPayloads.ReadComment),
            ],
            BitbucketCloudPayloads.ReadStatuses(await statuses));
    }

    /// <summary>
    /// Bitbucket's API tells no groups, so teams are what the connection's configuration says; another team is a gap.
    /// </summary>
    public TeamFacts Members(ImmutableArray<string> teams, ImmutableArray<Person> people)
    {
        var known = teams.Where(connection.Teams.ContainsKey).ToList();
        return new TeamFacts(
            [.. known.SelectMany(team => people.Select(person => new Membership(team, person.Id, IsIn(team, person))))],
            [
                .. teams.Except(known).Select(team => new Gap(
                    $"team:{team}",
                    $"Bitbucket Cloud tells nobody who belongs to `{team}`; list its people under `teams` of connection "
                    + $"`{connection.Name}`")),
            ]);
    }

    /// <summary>
    /// Asks for the pull requests of a commit; where the workspace has that index switched off, looks through the open ones.
    /// </summary>
    public async Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        var found = await TryListAsync($"{Commit(repository, commit)}/pullrequests?pagelen=50", cancellation)
            ?? await OpenAtAsync(repository, commit, cancellation);
        return
        [
            .. found.Where(change => change.TextOrNull("state") is null or "OPEN" or "MERGED")
                .Select(change => change.Number("id") ?? 0)
                .Where(number => number > 0)
                .Distinct()
                .Order()
                .Select(number => new ChangeKey(repository, number)),
        ];
    }

    public async Task ReportAsync(StatusReport report, CancellationToken cancellation)
    {
        var builds = $"{Commit(report.Repository, report.Commit)}/statuses/build";
        var key = BitbucketCloudPayloads.KeyOf(report.Context);
        var body = new JsonObject
        {
            ["key"] = key,
            ["state"] = BitbucketCloudPayloads.StateOf(report.Verdict),
            ["name"] = report.Context,
            ["description"] = BitbucketCloudPayloads.Description(report.Summary),
            ["url"] = report.Url,
        };
        // Without its branch a build belongs to no pull request, and blocks none.
        if (report.Branch.Length > 0) body["refname"] = report.Branch;
        // Writing makes Bitbucket send a webhook, so saying again what already stands there would go round for ever.
        var stands = await link.FindAsync($"{builds}/{Uri.EscapeDataString(key)}", cancellation);
        var isShown = stands is { } known && body.All(field => known.Text(field.Key) == field.Value!.GetValue<string>());
        if (!isShown) await link.SendAsync(HttpMethod.Post, builds, body, cancellation);
        // Only after the build, which is what a merge waits for.
        var mayStand = stands?.Text("state") == "FAILED";
        await new BitbucketCloudInsights(link, seen).ShowAsync(report, mayStand, cancellation);
    }

    public async Task<string> ExplainAsync(ChangeKey change, string markdown, string? knownId, CancellationToken cancellation)
    {
        var comments = $"{Repository(change.Repository.Path)}/pullrequests/{change.Number}/comments";
        var text = BitbucketCloudComments.Mark(markdown, connection);
        if (knownId is { Length: > 0 } && await link.FindAsync($"{comments}/{ForgeLink.Safe(knownId)}", cancellation) is { } known
            && !known.Flag("deleted") && await TryUpdateAsync(comments, known, text, cancellation)) return knownId;
        await foreach (var comment in link.EachAsync($"{comments}?pagelen=100", Values, cancellation))
        {
            var isOurs = BitbucketCloudComments.IsMarked(RawOf(comment), connection) && !comment.Flag("deleted");
            if (isOurs && await TryUpdateAsync(comments, comment, text, cancellation))
            {
                return comment.Id("id");
            }
        }

        return CommentId.Made(await link.SendAsync(HttpMethod.Post, comments, Content(text), cancellation), change);
    }

    /// <summary>Answers below the comment, or beside it when it is gone.</summary>
    public async Task<string> ReplyAsync(ChangeKey change, string commentId, string markdown, CancellationToken cancellation)
    {
        var comments = $"{Repository(change.Repository.Path)}/pullrequests/{change.Number}/comments";
        var text = BitbucketCloudComments.MarkAnswer(markdown, commentId, connection);
        var body = Content(text);
        await foreach (var comment in link.EachAsync($"{comments}?pagelen=100", Values, cancellation))
        {
            if (comment.Flag("deleted")) continue;
            var isOurs = BitbucketCloudComments.IsAnswer(RawOf(comment), commentId, connection);
            if (isOurs && await TryUpdateAsync(comments, comment, text, cancellation)) return comment.Id("id");
            if (comment.Id("id") == commentId && comment.Number("id") is { } parent) body["parent"] = new JsonObject { ["id"] = parent };
        }

        return CommentId.Made(await link.SendAsync(HttpMethod.Post, comments, body, cancellation), change);
    }

    /// <summary>A repository's address in the API.</summary>
    public static string Repository(string path) => $"/repositories/{ForgeLink.Safe(path)}";

    public static string Commit(RepositoryKey repository, CommitId commit) => $"{Repository(repository.Path)}/commit/{commit}";

    private static JsonObject Content(string text) => new() { ["content"] = new JsonObject { ["raw"] = text } };

    private static string RawOf(JsonElement comment) => comment.Child("content").Text("raw");

    private static bool Names(string name, Person person) =>
        person.Id.Length > 0 && (string.Equals(name, person.Id, StringComparison.OrdinalIgnoreCase) || name == person.Login);

    private static async Task<ChangeRequest> ReadChangeAsync(
        JsonElement json, ChangeKey key, string? source, BitbucketCloudCommits commits, CancellationToken cancellation)
    {
        var state = BitbucketCloudPayloads.ReadState(json.Text("state"));
        var isMerged = state == ChangeState.Merged;
        var (from, to) = (json.Child("source"), json.Child("destination"));
        if (json.Number("id") != key.Number || to.Child("branch").Text("name").Length == 0)
        {
            throw new ForgeTroubleException(
                $"`{key}` was answered with no pull request with id and destination", TroubleKind.Refused);
        }

        return new ChangeRequest
        {
            Key = key,
            Title = json.Text("title"),
            Body = json.Text("description"),
            Url = json.Child("links").Child("html").Text("href"),
            State = state,
            IsDraft = json.Flag("draft"),
            Author = BitbucketCloudPayloads.ReadPerson(json.Child("author")),
            SourceBranch = from.Child("branch").Text("name"),
            TargetBranch = to.Child("branch").Text("name"),
            Head = await commits.ResolveAsync(from.Child("commit").Text("hash"), cancellation),
            TargetTip = await commits.ResolveAsync(to.Child("commit").Text("hash"), cancellation),
            // The source repository is absent once it was deleted, and only another one can have been.
            IsFromFork = !string.Equals(source, key.Repository.Path, StringComparison.OrdinalIgnoreCase),
            CreatedAt = json.Time("created_on") ?? default,
            MergeCommit = isMerged ? await commits.ResolveAsync(json.Child("merge_commit").Text("hash"), cancellation) : default,
            MergedAt = isMerged ? json.Time("closed_on") ?? json.Time("updated_on") : null,
            MergedBy = isMerged && json.Has("closed_by") ? BitbucketCloudPayloads.ReadPerson(json.Child("closed_by")) : null,
        };
    }

    /// <summary>
    /// Whether the comment now says this. Bitbucket lets only its author change a comment: a stranger's with our marker is not
    /// ours.
    /// </summary>
    private async Task<bool> TryUpdateAsync(string comments, JsonElement comment, string text, CancellationToken cancellation)
    {
        if (RawOf(comment).TrimEnd() == text) return true;
        try
        {
            await link.SendAsync(HttpMethod.Put, $"{comments}/{comment.Id("id")}", Content(text), cancellation);
            return true;
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing)
        {
            return false;
        }
    }

    private bool IsIn(string team, Person person) => connection.Teams[team].Any(name => Names(name, person));

    /// <summary>The open pull requests whose head begins as they are told here, with this commit.</summary>
    private async Task<ImmutableArray<JsonElement>> OpenAtAsync(
        RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        var at = $"{Repository(repository.Path)}/pullrequests?state=OPEN&pagelen=50";
        var open = await link.ListAsync(at, Values, cancellation);
        return
        [
            .. open.Where(change => change.Child("source").Child("commit").Text("hash") is { Length: >= 12 } hash
                && commit.Value.StartsWith(hash, StringComparison.Ordinal)),
        ];
    }

    private async Task<ImmutableArray<JsonElement>?> TryListAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await link.ListAsync(path, Values, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return null;
        }
    }
}
