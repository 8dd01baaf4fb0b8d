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
        ["performed_via_github_app"] = comment.App is { } app ? AppNamed(app.Id, app.ClientId, app.Slug) : null,
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
        ["external_id"] = run.ExternalId,
        ["details_url"] = run.DetailsUrl.Length > 0 ? run.DetailsUrl : null,
        ["output"] = new JsonObject
        {
            ["title"] = run.Title.Length > 0 ? run.Title : null,
            ["summary"] = run.Summary.Length > 0 ? run.Summary : null,
            ["annotations_count"] = run.Annotations.Count,
        },
        ["app"] = AppNamed(run.AppId, run.ClientId, run.App),
        ["pull_requests"] = new JsonArray(),
    };

    public static JsonObject App(GitHubApp app)
    {
        var shown = AppNamed(app.Id, app.ClientId, app.Slug);
        shown["permissions"] = Granted(app);
        return shown;
    }

    public static JsonObject Installation(GitHubApp app) => new()
    {
        ["id"] = app.InstallationId,
        ["app_id"] = app.Id,
        ["app_slug"] = app.Slug,
        ["repository_selection"] = app.Repositories is null ? "all" : "selected",
        ["permissions"] = Granted(app),
    };

    public static JsonObject Granted(GitHubApp app) =>
        new(app.Permissions.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value)));

    private static JsonObject AppNamed(long id, string clientId, string slug) => new()
    {
        ["id"] = id,
        ["client_id"] = clientId,
        ["slug"] = slug,
        ["name"] = slug,
    };

    /// <summary>A hook; its secret is never shown, only that there is one.</summary>
    /// <param name="last">How the newest attempt to send something went, or null when there was none.</param>
    public static JsonObject Hook(GitHubHook hook, GitHubAttempt? last = null)
    {
        var config = new JsonObject
        {
            ["url"] = hook.Url,
            ["content_type"] = hook.ContentType,
            ["insecure_ssl"] = hook.IsInsecure ? "1" : "0",
        };
        if (hook.Secret.Length > 0) config["secret"] = "********";
        return new JsonObject
        {
            ["type"] = "Repository",
            ["id"] = hook.Id,
            ["name"] = "web",
            ["active"] = hook.IsActive,
            ["events"] = new JsonArray([.. hook.Events.Select(name => (JsonNode)name)]),
            ["config"] = config,
            ["last_response"] = new JsonObject
            {
                ["code"] = last?.Code > 0 ? last.Code : null,
                ["status"] = last is null ? "unused" : last.Code is >= 200 and < 300 ? "active" : "misconfigured",
                ["message"] = last?.Status,
            },
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
            ["url"] = $"{url()}/api/v3/repos/{repository.Path}",
            ["fork"] = false,
            ["archived"] = repository.IsArchived,
            ["default_branch"] = repository.DefaultBranch,
            ["visibility"] = "private",
        };
    }

    public JsonObject Pull(GitHubPull pull) => new()
    {
        ["id"] = pull.Repository.Id + pull.Number,
        ["number"] = pull.Number,
        ["url"] = $"{url()}/api/v3/repos/{pull.Repository.Path}/pulls/{pull.Number}",
        ["issue_url"] = $"{url()}/api/v3/repos/{pull.Repository.Path}/issues/{pull.Number}",
        ["html_url"] = $"{url()}/{pull.Repository.Path}/pull/{pull.Number}",
        ["state"] = pull.IsOpen ? "open" : "closed",
        ["title"] = pull.Title,
        ["body"] = pull.Body.Length > 0 ? pull.Body : null,
        ["user"] = User(pull.Author),
        ["draft"] = pull.IsDraft,
        ["labels"] = new JsonArray([.. pull.Labels.Select(Label)]),
        ["comments"] = pull.Comments.Count,
        ["created_at"] = Time(pull.CreatedAt),
        // What is said of a pull request moves it, too.
        ["updated_at"] = Time(pull.Reviews.Select(review => review.At).Concat(pull.Comments.Select(comment => comment.UpdatedAt))
            .Append(pull.UpdatedAt).Max()),
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
