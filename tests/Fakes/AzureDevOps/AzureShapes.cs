using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>Writes things as Azure DevOps's REST API and service hooks write them, as far as anybody reads them.</summary>
internal sealed class AzureShapes(Func<string> url)
{
    private const int LongestListed = 400;

    public static JsonObject User(AzureUser user)
    {
        var shape = new JsonObject
        {
            ["id"] = user.Id,
            ["displayName"] = user.Name,
            ["uniqueName"] = user.IsGroup ? $"vstfs:///Classification/TeamProject/{user.Id}\\{user.Name}" : user.Name,
            ["descriptor"] = user.Descriptor,
        };
        if (user.IsGroup) shape["isContainer"] = true;
        return shape;
    }

    public static JsonObject Label(string name) => new() { ["id"] = $"label-{name}", ["name"] = name, ["active"] = true };

    public static JsonObject Iteration(AzureIteration iteration) => new()
    {
        ["id"] = iteration.Id,
        ["createdDate"] = Time(iteration.At),
        ["updatedDate"] = Time(iteration.At),
        ["sourceRefCommit"] = new JsonObject { ["commitId"] = iteration.Commit },
        ["reason"] = iteration.Id == 1 ? "create" : "push",
    };

    public static JsonObject Status(AzureStatus status)
    {
        var shape = new JsonObject
        {
            ["id"] = status.Id,
            ["state"] = status.State,
            ["description"] = status.Description,
            ["context"] = new JsonObject { ["name"] = status.Name, ["genre"] = status.Genre.Length > 0 ? status.Genre : null },
            ["creationDate"] = Time(status.At),
            ["updatedDate"] = Time(status.At),
            ["createdBy"] = User(status.By),
        };
        if (status.TargetUrl.Length > 0) shape["targetUrl"] = status.TargetUrl;
        if (status.Iteration > 0) shape["iterationId"] = status.Iteration;
        return shape;
    }

    public static JsonObject Comment(AzureComment comment)
    {
        var shape = new JsonObject
        {
            ["id"] = comment.Id,
            ["parentCommentId"] = comment.Id == 1 ? 0 : 1,
            ["author"] = User(comment.Author),
            ["publishedDate"] = Time(comment.At),
            ["lastUpdatedDate"] = Time(comment.EditedAt),
            ["lastContentUpdatedDate"] = Time(comment.EditedAt),
            ["commentType"] = comment.Kind,
        };
        if (comment.IsDeleted) shape["isDeleted"] = true;
        else shape["content"] = comment.Content;
        return shape;
    }

    public static JsonObject Thread(AzureThread thread)
    {
        var shape = new JsonObject
        {
            ["pullRequestThreadContext"] = null,
            ["id"] = thread.Id,
            ["publishedDate"] = Time(thread.At),
            ["comments"] = new JsonArray([.. thread.Comments.Select(Comment)]),
            ["isDeleted"] = thread.Comments.TrueForAll(comment => comment.IsDeleted),
            ["properties"] = new JsonObject(thread.Properties.Select(one => KeyValuePair.Create<string, JsonNode?>(
                one.Key, new JsonObject { ["$type"] = "System.String", ["$value"] = one.Value }))),
        };
        if (thread.Status.Length > 0) shape["status"] = thread.Status;
        return shape;
    }

    /// <summary>A subscription; its password is never shown.</summary>
    public static JsonObject Subscription(AzureSubscription subscription)
    {
        var consumer = (JsonObject)subscription.Consumer.DeepClone();
        if (consumer.ContainsKey("basicAuthPassword")) consumer["basicAuthPassword"] = "********";
        return new JsonObject
        {
            ["id"] = subscription.Id,
            ["publisherId"] = "tfs",
            ["eventType"] = subscription.Event,
            ["resourceVersion"] = subscription.Version,
            ["consumerId"] = "webHooks",
            ["consumerActionId"] = "httpRequest",
            ["status"] = subscription.Status,
            ["createdDate"] = Time(subscription.At),
            ["publisherInputs"] = subscription.Publisher.DeepClone(),
            ["consumerInputs"] = consumer,
        };
    }

    public static JsonObject Policy(AzurePolicy policy) => new()
    {
        ["id"] = policy.Id,
        ["isEnabled"] = policy.IsEnabled,
        ["isBlocking"] = policy.IsBlocking,
        ["isDeleted"] = false,
        ["revision"] = 1,
        ["type"] = new JsonObject { ["id"] = policy.Type, ["displayName"] = "Status" },
        ["settings"] = policy.Settings.DeepClone(),
    };

    public JsonObject Repository(AzureRepository repository) => new()
    {
        ["id"] = repository.Id,
        ["name"] = repository.Name,
        ["project"] = new JsonObject { ["id"] = repository.ProjectId, ["name"] = repository.Project, ["state"] = "wellFormed" },
        ["defaultBranch"] = $"refs/heads/{repository.DefaultBranch}",
        ["remoteUrl"] = $"{url()}/{Uri.EscapeDataString(repository.Project)}/_git/{Uri.EscapeDataString(repository.Name)}",
        ["isDisabled"] = repository.IsDisabled,
    };

    /// <summary>A pull request; labels are told at another address, and a list cuts the description.</summary>
    public JsonObject Pull(AzurePull pull, bool isListed = false)
    {
        var shape = new JsonObject
        {
            ["repository"] = Repository(pull.Repository),
            ["pullRequestId"] = pull.Number,
            ["status"] = pull.Status,
            ["createdBy"] = User(pull.Author),
            ["creationDate"] = Time(pull.CreatedAt),
            ["title"] = pull.Title,
            ["description"] = isListed && pull.Description.Length > LongestListed ? pull.Description[..LongestListed] : pull.Description,
            ["sourceRefName"] = $"refs/heads/{pull.SourceBranch}",
            ["targetRefName"] = $"refs/heads/{pull.TargetBranch}",
            ["mergeStatus"] = "succeeded",
            ["isDraft"] = pull.IsDraft,
            ["lastMergeSourceCommit"] = new JsonObject { ["commitId"] = pull.Head },
            ["lastMergeTargetCommit"] = new JsonObject { ["commitId"] = pull.Base },
            // An open pull request names the commit of a merge that was tried, never the head.
            ["lastMergeCommit"] = new JsonObject { ["commitId"] = pull.MergeCommit ?? new string('e', 40) },
            ["reviewers"] = new JsonArray([.. pull.Votes.Select(Reviewer)]),
            ["supportsIterations"] = true,
        };
        if (pull.ClosedAt is { } at) shape["closedDate"] = Time(at);
        if (pull.ClosedBy is { } by) shape["closedBy"] = User(by);
        if (pull.IsFromFork) shape["forkSource"] = new JsonObject { ["name"] = $"refs/heads/{pull.SourceBranch}" };
        return shape;
    }

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'");

    private static JsonNode Reviewer((AzureUser By, int Vote) one)
    {
        var shape = User(one.By);
        shape["vote"] = one.Vote;
        shape["hasDeclined"] = false;
        return shape;
    }
}
