using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>Writes things as the REST API and the webhooks write them, as far as anybody reads them.</summary>
internal sealed class GiteaShapes(Func<string> url)
{
    public static JsonObject User(GiteaUser user) => new()
    {
        ["id"] = user.Id,
        ["login"] = user.Login,
        ["full_name"] = "",
        ["email"] = $"{user.Login}@noreply.gitea.example",
    };

    public static JsonObject Label(string name) => new() { ["id"] = 1, ["name"] = name, ["color"] = "ededed" };

    public static JsonObject Review(GiteaReview review) => new()
    {
        ["id"] = review.Id,
        ["user"] = User(review.User),
        ["team"] = null,
        ["state"] = review.State,
        ["body"] = review.Body,
        ["commit_id"] = review.Commit,
        ["stale"] = review.IsStale,
        ["official"] = review.IsOfficial,
        ["dismissed"] = review.IsDismissed,
        ["comments_count"] = 0,
        ["submitted_at"] = Time(review.At),
        ["updated_at"] = Time(review.At),
    };

    public static JsonObject Comment(GiteaComment comment) => new()
    {
        ["id"] = comment.Id,
        ["user"] = User(comment.User),
        ["body"] = comment.Body,
        ["created_at"] = Time(comment.At),
        ["updated_at"] = Time(comment.UpdatedAt),
    };

    public static JsonObject Status(GiteaStatus status) => new()
    {
        ["id"] = status.Id,
        ["status"] = status.State,
        ["target_url"] = status.TargetUrl,
        ["description"] = status.Description,
        ["context"] = status.Context,
        ["creator"] = User(status.Creator),
        ["created_at"] = Time(status.At),
        ["updated_at"] = Time(status.At),
    };

    /// <summary>A hook; its secret is never shown.</summary>
    public static JsonObject Hook(GiteaHook hook) => new()
    {
        ["id"] = hook.Id,
        ["type"] = hook.Type,
        ["branch_filter"] = hook.BranchFilter,
        ["config"] = new JsonObject { ["content_type"] = hook.ContentType, ["url"] = hook.Url },
        ["events"] = Words(hook.Events),
        ["authorization_header"] = hook.AuthorizationHeader,
        ["active"] = hook.IsActive,
    };

    public static JsonObject Rule(GiteaRule rule)
    {
        var shown = (JsonObject)rule.Settings.DeepClone();
        (shown["rule_name"], shown["branch_name"]) = (rule.Name, rule.Name);
        return shown;
    }

    /// <summary>A branch, with the rule that counts for it; only administrators are told its name.</summary>
    public static JsonObject Branch(string name, string commit, GiteaRule? rule, GiteaRight right)
    {
        var shown = new JsonObject
        {
            ["name"] = name,
            ["commit"] = new JsonObject { ["id"] = commit },
            ["protected"] = rule is not null,
            ["required_approvals"] = rule?.Settings["required_approvals"]?.DeepClone() ?? 0,
            ["enable_status_check"] = rule?.Flag("enable_status_check") ?? false,
            ["status_check_contexts"] = Words(rule?.Words("status_check_contexts") ?? []),
            ["user_can_push"] = right > GiteaRight.Read,
            ["user_can_merge"] = right > GiteaRight.Read,
        };
        if (rule is not null) shown["effective_branch_protection_name"] = right == GiteaRight.Admin ? rule.Name : "";
        return shown;
    }

    public JsonObject Repository(GiteaRepository repository, GiteaRight right = GiteaRight.Admin)
    {
        var pieces = repository.Path.Split('/');
        return new JsonObject
        {
            ["id"] = repository.Id,
            ["owner"] = new JsonObject { ["id"] = 1, ["login"] = pieces[0] },
            ["name"] = pieces[1],
            ["full_name"] = repository.Path,
            ["private"] = true,
            ["fork"] = false,
            ["archived"] = repository.IsArchived,
            ["html_url"] = $"{url()}/{repository.Path}",
            ["clone_url"] = $"{url()}/{repository.Path}.git",
            ["default_branch"] = repository.DefaultBranch,
            ["permissions"] = new JsonObject
            {
                ["admin"] = right == GiteaRight.Admin,
                ["push"] = right > GiteaRight.Read,
                ["pull"] = true,
            },
        };
    }

    public JsonObject Pull(GiteaPull pull) => new()
    {
        ["id"] = pull.Repository.Id + pull.Number,
        ["url"] = Page(pull),
        ["number"] = pull.Number,
        ["user"] = User(pull.Author),
        ["title"] = pull.Title,
        ["body"] = pull.Body,
        ["labels"] = new JsonArray([.. pull.Labels.Select(Label)]),
        ["state"] = pull.IsOpen ? "open" : "closed",
        ["draft"] = pull.IsDraft,
        ["html_url"] = Page(pull),
        ["mergeable"] = pull.IsOpen,
        ["merged"] = pull.MergeCommit is not null,
        ["merged_at"] = pull.MergedAt is { } at ? Time(at) : null,
        ["merge_commit_sha"] = pull.MergeCommit,
        ["merged_by"] = pull.MergedBy is { } by ? User(by) : null,
        ["base"] = new JsonObject
        {
            ["label"] = pull.TargetBranch,
            ["ref"] = pull.TargetBranch,
            ["sha"] = pull.Base,
            ["repo_id"] = pull.Repository.Id,
            ["repo"] = Repository(pull.Repository),
        },
        ["head"] = Head(pull),
        ["created_at"] = Time(pull.CreatedAt),
        ["updated_at"] = Time(pull.CreatedAt),
    };

    /// <summary>A pull request as an issue, the way comments name it.</summary>
    public JsonObject Issue(GiteaPull pull) => new()
    {
        ["number"] = pull.Number,
        ["title"] = pull.Title,
        ["user"] = User(pull.Author),
        ["state"] = pull.IsOpen ? "open" : "closed",
        ["html_url"] = Page(pull),
        ["pull_request"] = new JsonObject { ["merged"] = pull.MergeCommit is not null, ["merged_at"] = null },
    };

    public static JsonArray Words(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)word)];

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private string Page(GiteaPull pull) => $"{url()}/{pull.Repository.Path}/pulls/{pull.Number}";

    private JsonObject Head(GiteaPull pull)
    {
        var isOnBranch = !pull.IsForkDeleted && !pull.IsOfNoBranch;
        return new JsonObject
        {
            ["label"] = pull.IsOfNoBranch ? "" : pull.SourceBranch,
            ["ref"] = isOnBranch ? pull.SourceBranch : $"refs/pull/{pull.Number}/head",
            ["sha"] = pull.Head,
            ["repo_id"] = pull.IsForkDeleted ? -1 : pull.IsFromFork ? pull.Repository.Id + 1_000_000 : pull.Repository.Id,
            ["repo"] = pull.IsForkDeleted ? null : pull.IsFromFork ? Fork(pull) : Repository(pull.Repository),
        };
    }

    private JsonObject Fork(GiteaPull pull)
    {
        var fork = Repository(pull.Repository);
        fork["id"] = pull.Repository.Id + 1_000_000;
        fork["full_name"] = $"{pull.Author.Login}/{pull.Repository.Path.Split('/')[1]}";
        fork["fork"] = true;
        return fork;
    }
}
