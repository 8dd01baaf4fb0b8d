using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>Writes things as GitHub's REST API and webhooks write them, as far as anybody reads them.</summary>
internal sealed class GitHubShapes(Func<string> url)
{
    public static JsonObject User(GitHubUser user) => new()
    {
        ["login"] = user.Login,
        ["id"] = user.Id,
        ["type"] = user.Type,
        ["site_admin"] = false,
    };

    public static JsonObject Label(string name) => new() { ["name"] = name, ["color"] = "ededed" };

    public static JsonObject Review(GitHubReview review, bool lowerCase) => new()
    {
        ["id"] = review.Id,
        ["user"] = User(review.User),
        ["body"] = review.Body,
        ["state"] = lowerCase ? review.State.ToLowerInvariant() : review.State,
        ["commit_id"] = review.Commit,
        ["submitted_at"] = Time(review.At),
        ["author_association"] = "MEMBER",
    };

    public static JsonObject Comment(GitHubComment comment) => new()
    {
        ["id"] = comment.Id,
        ["user"] = User(comment.User),
        ["body"] = comment.Body,
        ["created_at"] = Time(comment.At),
        ["updated_at"] = Time(comment.UpdatedAt),
        ["author_association"] = "MEMBER",
        ["performed_via_github_app"] = null,
    };

    public static JsonObject Status(GitHubStatus status) => new()
    {
        ["id"] = status.Id,
        ["state"] = status.State,
        ["context"] = status.Context,
        ["description"] = status.Description,
        ["target_url"] = status.TargetUrl.Length > 0 ? status.TargetUrl : null,
        ["creator"] = User(status.Creator),
        ["created_at"] = Time(status.At),
        ["updated_at"] = Time(status.At),
    };

    public static JsonObject CheckRun(GitHubCheckRun run) => new()
    {
        ["id"] = run.Id,
        ["name"] = run.Name,
        ["head_sha"] = run.Commit,
        ["status"] = run.Status,
        ["conclusion"] = run.Conclusion,
        ["app"] = new JsonObject { ["slug"] = run.App, ["name"] = run.App },
        ["pull_requests"] = new JsonArray(),
    };

    /// <summary>A hook; its secret is never shown, only that there is one.</summary>
    public static JsonObject Hook(GitHubHook hook)
    {
        var config = new JsonObject { ["url"] = hook.Url, ["content_type"] = hook.ContentType, ["insecure_ssl"] = "0" };
        if (hook.Secret.Length > 0) config["secret"] = "********";
        return new JsonObject
        {
            ["type"] = "Repository",
            ["id"] = hook.Id,
            ["name"] = "web",
            ["active"] = hook.IsActive,
            ["events"] = new JsonArray([.. hook.Events.Select(name => (JsonNode)name)]),
            ["config"] = config,
        };
    }

    public JsonObject Repository(GitHubRepository repository)
    {
        var pieces = repository.Path.Split('/');
        return new JsonObject
        {
            ["id"] = repository.Id,
            ["name"] = pieces[1],
            ["full_name"] = repository.Path,
            ["private"] = true,
            ["owner"] = new JsonObject { ["login"] = pieces[0], ["id"] = 1, ["type"] = "Organization" },
            ["html_url"] = $"{url()}/{repository.Path}",
            ["clone_url"] = $"{url()}/{repository.Path}.git",
            ["fork"] = false,
            ["default_branch"] = repository.DefaultBranch,
            ["visibility"] = "private",
        };
    }

    public JsonObject Pull(GitHubPull pull) => new()
    {
        ["id"] = pull.Repository.Id + pull.Number,
        ["number"] = pull.Number,
        ["html_url"] = $"{url()}/{pull.Repository.Path}/pull/{pull.Number}",
        ["state"] = pull.IsOpen ? "open" : "closed",
        ["title"] = pull.Title,
        ["body"] = pull.Body.Length > 0 ? pull.Body : null,
        ["user"] = User(pull.Author),
        ["draft"] = pull.IsDraft,
        ["labels"] = new JsonArray([.. pull.Labels.Select(Label)]),
        ["created_at"] = Time(pull.CreatedAt),
        ["merged"] = pull.MergeCommit is not null,
        ["merged_at"] = pull.MergedAt is { } at ? Time(at) : null,
        ["merged_by"] = pull.MergedBy is { } by ? User(by) : null,
        // An open pull request names the commit of a merge that GitHub tried, never the head.
        ["merge_commit_sha"] = pull.MergeCommit ?? new string('e', 40),
        ["head"] = new JsonObject
        {
            ["ref"] = pull.SourceBranch,
            ["sha"] = pull.Head,
            ["repo"] = pull.IsForkDeleted ? null : pull.IsFromFork ? Fork(pull) : Repository(pull.Repository),
        },
        ["base"] = new JsonObject { ["ref"] = pull.TargetBranch, ["sha"] = pull.Base, ["repo"] = Repository(pull.Repository) },
        ["author_association"] = "MEMBER",
    };

    /// <summary>A pull request as an issue, the way comments name it.</summary>
    public JsonObject Issue(GitHubPull pull) => new()
    {
        ["number"] = pull.Number,
        ["title"] = pull.Title,
        ["user"] = User(pull.Author),
        ["state"] = pull.IsOpen ? "open" : "closed",
        ["pull_request"] = new JsonObject { ["html_url"] = $"{url()}/{pull.Repository.Path}/pull/{pull.Number}" },
    };

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private JsonObject Fork(GitHubPull pull)
    {
        var fork = Repository(pull.Repository);
        fork["id"] = pull.Repository.Id + 1_000_000;
        fork["full_name"] = $"{pull.Author.Login}/{pull.Repository.Path.Split('/')[1]}";
        fork["fork"] = true;
        return fork;
    }
}
