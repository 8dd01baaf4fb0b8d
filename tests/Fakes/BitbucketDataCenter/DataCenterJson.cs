using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>What a fake Bitbucket Data Center says, in the shapes of its REST API and of its webhooks.</summary>
internal static class DataCenterJson
{
    public const string Branches = "refs/heads/";

    public static JsonObject User(DataCenterUser user) => new()
    {
        ["name"] = user.Name,
        ["emailAddress"] = $"{user.Name}@example.org",
        ["id"] = user.Id,
        ["displayName"] = user.Name,
        ["active"] = true,
        ["slug"] = user.Name.ToLowerInvariant(),
        ["type"] = user.IsService ? "SERVICE" : "NORMAL",
    };

    public static JsonObject Repository(DataCenterRepository repository) => new()
    {
        ["slug"] = repository.Slug,
        ["id"] = repository.Id,
        ["name"] = repository.Slug,
        ["hierarchyId"] = $"h{repository.Id}",
        ["scmId"] = "git",
        ["state"] = "AVAILABLE",
        ["archived"] = repository.IsArchived,
        ["project"] = new JsonObject
        {
            ["key"] = repository.Project,
            ["name"] = repository.Project,
            ["type"] = repository.Project.StartsWith('~') ? "PERSONAL" : "NORMAL",
        },
    };

    public static JsonObject PullRequest(string url, DataCenterRepository repository, DataCenterPullRequest change)
    {
        var json = new JsonObject
        {
            ["id"] = change.Id,
            ["version"] = change.Version,
            ["title"] = change.Title,
            ["description"] = change.Description,
            ["state"] = change.State,
            ["open"] = change.State == "OPEN",
            ["closed"] = change.State != "OPEN",
            ["draft"] = change.IsDraft,
            ["locked"] = false,
            ["createdDate"] = Time(change.CreatedAt),
            ["updatedDate"] = Time(change.UpdatedAt),
            ["fromRef"] = Side(repository, change.Source, change.Head),
            ["toRef"] = Side(repository, change.Target, change.Base),
            ["author"] = Participant(new DataCenterReviewer(change.Author, "UNAPPROVED", ""), "AUTHOR"),
            ["reviewers"] = new JsonArray([.. change.Reviewers.Select(reviewer => Participant(reviewer, "REVIEWER"))]),
            ["participants"] = new JsonArray(),
            ["links"] = new JsonObject
            {
                ["self"] = new JsonArray(new JsonObject
                {
                    ["href"] = $"{url}/projects/{repository.Project}/repos/{repository.Slug}/pull-requests/{change.Id}",
                }),
            },
        };
        if (change.ClosedAt is { } at) json["closedDate"] = Time(at);
        if (change.MergeCommit.Length > 0)
        {
            json["properties"] = new JsonObject { ["mergeCommit"] = Commit(change.MergeCommit) };
        }

        return json;
    }

    public static JsonObject Activity(DataCenterActivity activity)
    {
        var json = new JsonObject
        {
            ["id"] = activity.Id,
            ["createdDate"] = Time(activity.At),
            ["user"] = User(activity.By),
            ["action"] = activity.Action,
        };
        if (activity.Comment is { } comment)
        {
            json["commentAction"] = "ADDED";
            json["comment"] = Comment(comment);
        }

        if (activity.Commit.Length > 0) json["commit"] = Commit(activity.Commit);
        return json;
    }

    public static JsonObject Comment(DataCenterComment comment) => new()
    {
        ["id"] = comment.Id,
        ["version"] = comment.Version,
        ["text"] = comment.Text,
        ["author"] = User(comment.Author),
        ["createdDate"] = Time(comment.CreatedAt),
        ["updatedDate"] = Time(comment.UpdatedAt),
        ["comments"] = new JsonArray([.. comment.Answers.Select(Comment)]),
        ["severity"] = "NORMAL",
        ["state"] = "OPEN",
    };

    public static JsonObject Build(DataCenterBuild build) => new()
    {
        ["key"] = build.Key,
        ["parent"] = build.Parent,
        ["state"] = build.State,
        ["name"] = build.Name,
        ["description"] = build.Description,
        ["url"] = build.Url,
        ["ref"] = build.Ref.Length == 0 ? null : build.Ref,
        ["createdDate"] = Time(build.At),
        ["updatedDate"] = Time(build.At),
    };

    public static JsonObject Hook(DataCenterHook hook) => new()
    {
        ["id"] = hook.Id,
        ["name"] = hook.Name,
        ["url"] = hook.Url,
        ["active"] = hook.IsActive,
        ["events"] = new JsonArray([.. hook.Events.Select(name => JsonValue.Create(name))]),
        ["scopeType"] = "repository",
        ["sslVerificationRequired"] = hook.ChecksCertificate,
        ["configuration"] = new JsonObject(),
    };

    public static JsonObject Invocation(DataCenterInvocation invocation) => new()
    {
        ["id"] = invocation.Id,
        ["event"] = invocation.Event,
        ["start"] = Time(invocation.At),
        ["finish"] = Time(invocation.At),
        ["duration"] = 0,
        ["request"] = new JsonObject { ["method"] = "POST" },
        ["result"] = new JsonObject { ["outcome"] = invocation.Outcome, ["description"] = invocation.Description },
    };

    public static JsonObject Condition(DataCenterCondition condition)
    {
        var json = new JsonObject
        {
            ["id"] = condition.Id,
            ["buildParentKeys"] = new JsonArray([.. condition.Keys.Select(key => JsonValue.Create(key))]),
            ["refMatcher"] = condition.Matcher.DeepClone(),
        };
        if (condition.Exempt is not null) json["exemptRefMatcher"] = condition.Exempt.DeepClone();
        return json;
    }

    public static JsonObject Report(DataCenterReport report)
    {
        var json = (JsonObject)report.Said.DeepClone();
        json["key"] = report.Key;
        return json;
    }

    public static JsonObject Branch(string name, string commit, bool isDefault) => new()
    {
        ["id"] = Branches + name,
        ["displayId"] = name,
        ["type"] = "BRANCH",
        ["latestCommit"] = commit,
        ["latestChangeset"] = commit,
        ["isDefault"] = isDefault,
    };

    public static JsonObject Commit(string hash) => new() { ["id"] = hash, ["displayId"] = hash[..11] };

    /// <summary>Milliseconds since 1970.</summary>
    public static long Time(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static JsonObject Side(DataCenterRepository repository, string branch, string commit) => new()
    {
        ["id"] = Branches + branch,
        ["displayId"] = branch,
        ["latestCommit"] = commit,
        ["type"] = "BRANCH",
        ["repository"] = Repository(repository),
    };

    private static JsonObject Participant(DataCenterReviewer reviewer, string role)
    {
        var json = new JsonObject
        {
            ["user"] = User(reviewer.User),
            ["role"] = role,
            ["approved"] = reviewer.Status == "APPROVED",
            ["status"] = reviewer.Status,
        };
        if (reviewer.LastReviewed.Length > 0) json["lastReviewedCommit"] = reviewer.LastReviewed;
        return json;
    }
}
