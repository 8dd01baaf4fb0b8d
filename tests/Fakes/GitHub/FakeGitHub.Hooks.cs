using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>What GitHub tells others.</summary>
public sealed partial class FakeGitHub
{
    private const string NoCommit = "0000000000000000000000000000000000000000";

    /// <summary>
    /// Writes and signs a webhook call exactly as this GitHub sends it; what tests of a door may send themselves.
    /// </summary>
    /// <param name="secret">Empty for a hook without a secret: then nothing is signed.</param>
    public static HookCall Sign(string url, string happened, byte[] body, string secret, string deliveryId)
    {
        var headers = new Dictionary<string, string>
        {
            ["Content-Type"] = "application/json",
            ["User-Agent"] = "GitHub-Hookshot/fake",
            ["X-GitHub-Event"] = happened,
            ["X-GitHub-Delivery"] = deliveryId,
        };
        if (secret.Length > 0)
        {
            headers["X-Hub-Signature-256"] = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
        }

        return new HookCall(url, happened, headers, body);
    }

    /// <summary>The signed webhook call that says of a pull request what happened, not sent: for whoever times its arrival.</summary>
    public HookCall CallOf(GitHubPull pull, string action, string url, string secret)
    {
        var body = new JsonObject { ["action"] = action, ["number"] = pull.Number };
        lock (_gate)
        {
            body["pull_request"] = _shapes.Pull(pull);
            body["repository"] = _shapes.Repository(pull.Repository);
            body["sender"] = GitHubShapes.User(pull.Author);
        }

        var id = Guid.CreateVersion7(_clock.GetUtcNow()).ToString();
        return Sign(url, "pull_request", Encoding.UTF8.GetBytes(body.ToJsonString()), secret, id);
    }

    private Task<HookReceipt[]> SendAsync(GitHubRepository repository, string happened, GitHubUser sender, JsonObject body)
    {
        List<GitHubHook> hooks;
        lock (_gate)
        {
            body["repository"] = _shapes.Repository(repository);
            body["sender"] = GitHubShapes.User(sender);
            hooks = [.. repository.Hooks.Where(hook => hook.IsActive && (hook.Events.Contains(happened) || hook.Events.Contains("*")))];
        }

        return Task.WhenAll(hooks.Select(hook => SendToAsync(hook, happened, body)));
    }

    private Task<HookReceipt> SendToAsync(GitHubHook hook, string happened, JsonObject body)
    {
        var id = Guid.CreateVersion7(_clock.GetUtcNow()).ToString();
        var (json, action) = (body.ToJsonString(), (string?)body["action"]);
        if (hook.ContentType == "json")
        {
            return AttemptAsync(hook, action, Sign(hook.Url, happened, Encoding.UTF8.GetBytes(json), hook.Secret, id), isAgain: false);
        }

        var form = Sign(hook.Url, happened, Encoding.UTF8.GetBytes("payload=" + Uri.EscapeDataString(json)), hook.Secret, id);
        var headers = new Dictionary<string, string>(form.Headers) { ["Content-Type"] = "application/x-www-form-urlencoded" };
        return AttemptAsync(hook, action, form with { Headers = headers }, isAgain: false);
    }

    private Task<HookReceipt[]> SendPushAsync(GitHubRepository repository, string by, string name, string? before, string? after, bool isForced) =>
        SendAsync(repository, "push", User(by), new JsonObject
        {
            ["ref"] = name,
            ["before"] = before ?? NoCommit,
            ["after"] = after ?? NoCommit,
            ["created"] = before is null,
            ["deleted"] = after is null,
            ["forced"] = isForced,
            ["pusher"] = new JsonObject { ["name"] = by, ["email"] = $"{by}@example.org" },
            ["commits"] = new JsonArray(),
            ["head_commit"] = after is null ? null : new JsonObject { ["id"] = after },
        });

    private Task<HookReceipt[]> SendPullAsync(GitHubPull pull, string by, string action, Action<JsonObject>? add = null)
    {
        var body = new JsonObject { ["action"] = action, ["number"] = pull.Number };
        lock (_gate)
        {
            pull.UpdatedAt = _clock.GetUtcNow();
            body["pull_request"] = _shapes.Pull(pull);
        }

        add?.Invoke(body);
        return SendAsync(pull.Repository, "pull_request", User(by), body);
    }

    private Task<HookReceipt[]> SendReviewAsync(GitHubPull pull, string by, string action, GitHubReview review)
    {
        var body = new JsonObject { ["action"] = action, ["review"] = GitHubShapes.Review(review, lowerCase: true) };
        lock (_gate) body["pull_request"] = _shapes.Pull(pull);
        return SendAsync(pull.Repository, "pull_request_review", User(by), body);
    }

    private Task<HookReceipt[]> SendCommentAsync(GitHubPull pull, string by, string action, GitHubComment comment, string? from)
    {
        var body = new JsonObject { ["action"] = action, ["comment"] = GitHubShapes.Comment(comment) };
        lock (_gate) body["issue"] = _shapes.Issue(pull);
        if (from is not null) body["changes"] = new JsonObject { ["body"] = new JsonObject { ["from"] = from } };
        return SendAsync(pull.Repository, "issue_comment", User(by), body);
    }

    private Task<HookReceipt[]> SendStatusAsync(GitHubRepository repository, GitHubStatus status)
    {
        var body = GitHubShapes.Status(status);
        body["sha"] = status.Commit;
        body["name"] = repository.Path;
        body["branches"] = new JsonArray();
        return SendAsync(repository, "status", status.Creator, body);
    }
}
