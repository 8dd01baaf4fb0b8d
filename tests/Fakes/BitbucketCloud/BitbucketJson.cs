using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>What a fake Bitbucket Cloud says, in the shapes of REST API 2.0 and of its webhooks.</summary>
internal static class BitbucketJson
{
    public static JsonObject User(BitbucketUser user) => new()
    {
        ["type"] = user.IsApp ? "app_user" : "user",
        ["uuid"] = user.Uuid,
        ["account_id"] = "557058:" + user.Uuid.Trim('{', '}'),
        ["nickname"] = user.Nickname,
        ["display_name"] = user.Nickname,
    };

    public static JsonObject Repository(BitbucketRepository repository) => new()
    {
        ["type"] = "repository",
        ["uuid"] = repository.Uuid,
        ["full_name"] = repository.Path,
        ["name"] = repository.Path[(repository.Path.IndexOf('/') + 1)..],
        ["scm"] = "git",
        ["mainbranch"] = new JsonObject { ["type"] = "branch", ["name"] = "main" },
        ["workspace"] = new JsonObject { ["slug"] = repository.Path[..repository.Path.IndexOf('/')] },
    };

    /// <summary>A pull request names its commits by their first twelve digits.</summary>
    public static JsonObject PullRequest(BitbucketRepository repository, BitbucketPullRequest change) => new()
    {
        ["type"] = "pullrequest",
        ["id"] = change.Id,
        ["title"] = change.Title,
        ["description"] = change.Description,
        ["state"] = change.State,
        ["draft"] = change.IsDraft,
        ["author"] = User(change.Author),
        ["source"] = Side(repository, change.Source, change.Head),
        ["destination"] = Side(repository, change.Destination, change.Base),
        ["merge_commit"] = change.MergeCommit.Length == 0 ? null : Commit(change.MergeCommit[..12]),
        ["closed_by"] = change.ClosedBy is { } by ? User(by) : null,
        ["participants"] = new JsonArray([.. change.Participants.Select(Participant)]),
        ["reviewers"] = new JsonArray(),
        ["created_on"] = Time(change.CreatedAt),
        ["updated_on"] = Time(change.UpdatedAt),
        ["links"] = new JsonObject
        {
            ["html"] = new JsonObject { ["href"] = $"https://bitbucket.org/{repository.Path}/pull-requests/{change.Id}" },
        },
    };

    public static JsonObject Comment(BitbucketComment comment) => new()
    {
        ["type"] = "pullrequest_comment",
        ["id"] = comment.Id,
        ["content"] = new JsonObject { ["raw"] = comment.IsDeleted ? "" : comment.Raw, ["markup"] = "markdown" },
        ["user"] = User(comment.Author),
        ["created_on"] = Time(comment.CreatedAt),
        ["updated_on"] = Time(comment.UpdatedAt),
        ["deleted"] = comment.IsDeleted,
    };

    public static JsonObject Activity(BitbucketRepository repository, BitbucketPullRequest change, BitbucketActivity activity)
    {
        var what = new JsonObject { ["date"] = Time(activity.At) };
        if (activity.Kind == "update")
        {
            what["author"] = User(activity.By);
            what["state"] = "OPEN";
            what["source"] = Side(repository, change.Source, activity.Head);
            what["destination"] = Side(repository, change.Destination, change.Base);
        }
        else
        {
            what["user"] = User(activity.By);
        }

        return new JsonObject { ["pull_request"] = new JsonObject { ["id"] = change.Id }, [activity.Kind] = what };
    }

    public static JsonObject Build(BitbucketBuild build) => new()
    {
        ["type"] = "build",
        ["key"] = build.Key,
        ["state"] = build.State,
        ["name"] = build.Name,
        ["description"] = build.Description,
        ["url"] = build.Url,
        ["refname"] = build.RefName.Length == 0 ? null : build.RefName,
        ["commit"] = Commit(build.Sha),
        ["created_on"] = Time(build.CreatedAt),
    };

    public static JsonObject Hook(BitbucketHook hook) => new()
    {
        ["type"] = "webhook_subscription",
        ["uuid"] = hook.Uuid,
        ["url"] = hook.Url,
        ["active"] = hook.IsActive,
        ["skip_cert_verification"] = hook.SkipsCertificate,
        ["created_at"] = Time(hook.CreatedAt),
        ["events"] = new JsonArray([.. hook.Events.Select(name => JsonValue.Create(name))]),
        ["secret_set"] = hook.Secret.Length > 0,
    };

    public static JsonObject Restriction(BitbucketRestriction rule) => new()
    {
        ["type"] = "branchrestriction",
        ["id"] = rule.Id,
        ["kind"] = rule.Kind,
        ["branch_match_kind"] = "glob",
        ["pattern"] = rule.Pattern,
        ["value"] = rule.Value == 0 ? null : rule.Value,
        ["users"] = new JsonArray(),
        ["groups"] = new JsonArray(),
    };

    public static JsonObject Commit(string hash) => new() { ["type"] = "commit", ["hash"] = hash };

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture);

    private static JsonObject Side(BitbucketRepository repository, string branch, string hash) => new()
    {
        ["branch"] = new JsonObject { ["name"] = branch },
        ["commit"] = Commit(hash[..12]),
        ["repository"] = Repository(repository),
    };

    private static JsonObject Participant(BitbucketParticipant participant) => new()
    {
        ["type"] = "participant",
        ["user"] = User(participant.User),
        ["role"] = "REVIEWER",
        ["approved"] = participant.State == "approved",
        ["state"] = participant.State,
        ["participated_on"] = Time(participant.ParticipatedOn),
    };
}
