using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>Writes the webhooks of a fake Bitbucket Cloud and hands them to the post.</summary>
internal sealed class BitbucketWebhooks(HookPost post)
{
    /// <summary>The events that a hook may ask for; another one is refused.</summary>
    public static readonly IReadOnlySet<string> Known = new HashSet<string>
    {
        "repo:push", "repo:fork", "repo:created", "repo:imported", "repo:updated", "repo:transfer", "repo:deleted",
        "repo:commit_comment_created", "repo:commit_status_created", "repo:commit_status_updated",
        "pullrequest:created", "pullrequest:updated", "pullrequest:approved", "pullrequest:unapproved",
        "pullrequest:changes_request_created", "pullrequest:changes_request_removed", "pullrequest:fulfilled",
        "pullrequest:rejected",
        "pullrequest:comment_created", "pullrequest:comment_updated", "pullrequest:comment_deleted",
        "pullrequest:comment_resolved",
        "pullrequest:comment_reopened",
    };

    private int _calls;

    public Task PushAsync(BitbucketRepository repository, BitbucketUser by, string branch, string? before, string? after)
    {
        var change = new JsonObject
        {
            ["old"] = Tip(branch, before),
            ["new"] = Tip(branch, after),
            ["created"] = before is null,
            ["closed"] = after is null,
            ["forced"] = false,
            ["truncated"] = false,
        };
        return SendAsync(
            repository, "repo:push", by, new JsonObject { ["push"] = new JsonObject { ["changes"] = new JsonArray(change) } });
    }

    public Task PullRequestAsync(BitbucketRepository repository, BitbucketPullRequest change, BitbucketUser by, string name)
    {
        var body = new JsonObject { ["pullrequest"] = BitbucketJson.PullRequest(repository, change) };
        var mark = new JsonObject { ["date"] = BitbucketJson.Time(change.UpdatedAt), ["user"] = BitbucketJson.User(by) };
        if (name.EndsWith("approved", StringComparison.Ordinal)) body["approval"] = mark;
        else if (name.Contains("changes_request", StringComparison.Ordinal)) body["changes_request"] = mark;
        return SendAsync(repository, name, by, body);
    }

    public Task CommentAsync(
        BitbucketRepository repository, BitbucketPullRequest change, BitbucketComment comment, string name) =>
        SendAsync(repository, name, comment.Author, new JsonObject
        {
            ["pullrequest"] = BitbucketJson.PullRequest(repository, change),
            ["comment"] = BitbucketJson.Comment(comment),
        });

    public Task BuildAsync(BitbucketRepository repository, BitbucketBuild build, BitbucketUser by, bool isNew) =>
        SendAsync(repository, isNew ? "repo:commit_status_created" : "repo:commit_status_updated", by, new JsonObject
        {
            ["commit_status"] = BitbucketJson.Build(build),
        });

    private static JsonObject? Tip(string branch, string? commit) => commit is null ? null : new JsonObject
    {
        ["type"] = "branch",
        ["name"] = branch,
        ["target"] = BitbucketJson.Commit(commit),
    };

    public Dictionary<string, string> Headers(string name, byte[] body, string secret)
    {
        var headers = new Dictionary<string, string>
        {
            ["Content-Type"] = "application/json",
            ["User-Agent"] = "Bitbucket-Webhooks/2.0",
            ["X-Event-Key"] = name,
            ["X-Request-UUID"] = new Guid(Interlocked.Increment(ref _calls), 0xbb, 0, [0, 0, 0, 0, 0, 0, 0, 0]).ToString(),
            ["X-Attempt-Number"] = "1",
        };
        if (secret.Length == 0) return headers;
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
        headers["X-Hub-Signature"] = "sha256=" + Convert.ToHexStringLower(signature);
        return headers;
    }

    private async Task SendAsync(BitbucketRepository repository, string name, BitbucketUser by, JsonObject body)
    {
        body["repository"] = BitbucketJson.Repository(repository);
        body["actor"] = BitbucketJson.User(by);
        var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        foreach (var hook in repository.Hooks.Where(hook => hook.IsActive && hook.Events.Contains(name)).ToList())
        {
            var headers = Headers(name, bytes, hook.Secret);
            headers["X-Hook-UUID"] = hook.Uuid.Trim('{', '}');
            await post.SendAsync(new HookCall(hook.Url, name, headers, bytes));
        }
    }
}
