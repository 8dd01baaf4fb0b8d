using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>What the forge tells others.</summary>
public sealed partial class FakeGitea
{
    private const string NoCommit = "0000000000000000000000000000000000000000";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>
    /// Writes and signs a webhook call exactly as it is sent: with the headers of other forges beside its own, and with an empty signature
    /// when there is no secret. What tests of a door may send themselves.
    /// </summary>
    /// <param name="type">The precise event, for instance <c>pull_request_sync</c>.</param>
    /// <param name="isForgejo">Whether Forgejo's headers stand there too.</param>
    public static HookCall Sign(string url, string type, byte[] body, string secret, string deliveryId, bool isForgejo = false)
    {
        var happened = EventOf(type);
        var signature = secret.Length > 0 ? Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)) : "";
        var headers = new Dictionary<string, string> { ["Content-Type"] = "application/json", ["User-Agent"] = "Go-http-client/1.1" };
        foreach (var forge in isForgejo ? (string[])["Forgejo", "Gitea", "Gogs"] : ["Gitea", "Gogs"])
        {
            headers[$"X-{forge}-Delivery"] = deliveryId;
            headers[$"X-{forge}-Event"] = happened;
            headers[$"X-{forge}-Event-Type"] = type;
            headers[$"X-{forge}-Signature"] = signature;
        }

        headers["X-Hub-Signature-256"] = "sha256=" + signature;
        headers["X-GitHub-Delivery"] = deliveryId;
        headers["X-GitHub-Event"] = happened;
        headers["X-GitHub-Event-Type"] = type;
        return new HookCall(url, type, headers, body);
    }

    /// <summary>The word for a group of events, where there is one.</summary>
    private static string EventOf(string type) => type switch
    {
        "pull_request_review_approved" => "pull_request_approved",
        "pull_request_review_rejected" => "pull_request_rejected",
        "pull_request_review_comment" => "pull_request_comment",
        "pull_request_comment" => "issue_comment",
        "pull_request_sync" or "pull_request_label" or "pull_request_assign" or "pull_request_milestone" or "pull_request_review_request"
            => "pull_request",
        _ => type,
    };

    private Task<HookReceipt[]> SendAsync(GiteaRepository repository, string type, GiteaUser sender, JsonObject body)
    {
        List<GiteaHook> hooks;
        lock (_gate)
        {
            body["repository"] = _shapes.Repository(repository);
            body["sender"] = GiteaShapes.User(sender);
            hooks = [.. repository.Hooks.Where(hook => hook.IsActive && Wants(hook, type))];
        }

        return Task.WhenAll(hooks.Select(hook => SendToAsync(hook, type, body)));
    }

    private static bool Wants(GiteaHook hook, string type) =>
        hook.Events.Contains(type)
        || (type.StartsWith("pull_request_review_", StringComparison.Ordinal) && type != "pull_request_review_request"
            && hook.Events.Contains("pull_request_review"));

    private Task<HookReceipt> SendToAsync(GiteaHook hook, string type, JsonObject body)
    {
        var id = Guid.CreateVersion7(_clock.GetUtcNow()).ToString();
        var json = body.ToJsonString(Indented);
        var isJson = hook.ContentType == "json";
        var bytes = Encoding.UTF8.GetBytes(isJson ? json : "payload=" + Uri.EscapeDataString(json));
        var call = Sign(hook.Url, type, bytes, hook.Secret, id, IsForgejo);
        var headers = new Dictionary<string, string>(call.Headers);
        if (!isJson) headers["Content-Type"] = "application/x-www-form-urlencoded";
        if (hook.AuthorizationHeader.Length > 0) headers["Authorization"] = hook.AuthorizationHeader;
        return Post.SendAsync(call with { Headers = headers });
    }

    private Task<HookReceipt[]> SendPushAsync(GiteaRepository repository, string by, string name, string? before, string? after) =>
        SendAsync(repository, "push", User(by), PushBody(by, name, before, after));

    private static JsonObject PushBody(string by, string name, string? before, string? after) => new()
    {
        ["ref"] = name,
        ["before"] = before ?? NoCommit,
        ["after"] = after ?? NoCommit,
        ["compare_url"] = "",
        ["commits"] = new JsonArray(),
        ["total_commits"] = 0,
        ["pusher"] = new JsonObject { ["id"] = 1, ["login"] = by },
    };

    private Task<HookReceipt[]> SendRefAsync(GiteaRepository repository, string by, string type, string branch, string? commit) =>
        SendAsync(repository, type, User(by), new JsonObject
        {
            ["sha"] = commit,
            ["ref"] = branch,
            ["ref_type"] = "branch",
            ["pusher_type"] = "user",
        });

    private Task<HookReceipt[]> SendPullAsync(GiteaPull pull, string by, string type, string action, Action<JsonObject>? add = null)
    {
        var body = new JsonObject { ["action"] = action, ["number"] = pull.Number };
        lock (_gate)
        {
            body["pull_request"] = _shapes.Pull(pull);
            body["commit_id"] = pull.Head;
        }

        add?.Invoke(body);
        return SendAsync(pull.Repository, type, User(by), body);
    }

    private Task<HookReceipt[]> SendCommentAsync(GiteaPull pull, string by, string action, GiteaComment comment, string? from)
    {
        var body = new JsonObject { ["action"] = action, ["comment"] = GiteaShapes.Comment(comment), ["is_pull"] = true };
        lock (_gate) body["issue"] = _shapes.Issue(pull);
        if (from is not null) body["changes"] = new JsonObject { ["body"] = new JsonObject { ["from"] = from } };
        return SendAsync(pull.Repository, "pull_request_comment", User(by), body);
    }

    private Task<HookReceipt[]> SendStatusAsync(GiteaRepository repository, GiteaStatus status)
    {
        var body = new JsonObject
        {
            ["commit"] = new JsonObject { ["id"] = status.Commit },
            ["context"] = status.Context,
            ["description"] = status.Description,
            ["id"] = status.Id,
            ["sha"] = status.Commit,
            ["state"] = status.State,
            ["target_url"] = status.TargetUrl,
        };
        return SendAsync(repository, "status", status.Creator, body);
    }
}
