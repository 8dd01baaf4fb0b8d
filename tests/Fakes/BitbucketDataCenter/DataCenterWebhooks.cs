using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>
/// Writes the webhooks of a fake Bitbucket Data Center and hands them to the post. A hook that fails five times in a row is left out for ten
/// seconds, and for longer each time after that. Only this machine is reached; every other host is unknown.
/// </summary>
internal sealed class DataCenterWebhooks(FakeBitbucketDataCenter forge)
{
    private const int MostFailures = 5;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(10);

    private static readonly HashSet<string> Known =
    [
        "repo:refs_changed", "repo:modified", "repo:forked", "repo:comment:added", "repo:comment:edited", "repo:comment:deleted",
        "repo:secret_detected", "mirror:repo_synchronized", "pr:opened", "pr:from_ref_updated", "pr:to_ref_updated", "pr:modified",
        "pr:reviewer:updated", "pr:reviewer:approved", "pr:reviewer:unapproved", "pr:merged", "pr:declined", "pr:deleted",
        "pr:comment:added", "pr:comment:edited", "pr:comment:deleted",
    ];

    private int _calls;

    /// <summary>Whether a hook may ask for this event; another one is refused.</summary>
    public bool IsKnown(string name) => Known.Contains(name) || name == forge.AsksForChanges;

    public Task PushAsync(DataCenterRepository repository, DataCenterUser by, string branch, string? before, string? after)
    {
        const string None = "0000000000000000000000000000000000000000";
        var id = DataCenterJson.Branches + branch;
        var change = new JsonObject
        {
            ["ref"] = new JsonObject { ["id"] = id, ["displayId"] = branch, ["type"] = "BRANCH" },
            ["refId"] = id,
            ["fromHash"] = before ?? None,
            ["toHash"] = after ?? None,
            ["type"] = before is null ? "ADD" : after is null ? "DELETE" : "UPDATE",
        };
        return SendAsync(repository, "repo:refs_changed", by, new JsonObject
        {
            ["repository"] = DataCenterJson.Repository(repository),
            ["changes"] = new JsonArray(change),
        });
    }

    /// <param name="more">What this event says beside the pull request.</param>
    public Task PullRequestAsync(
        DataCenterRepository repository, DataCenterPullRequest change, DataCenterUser by, string name, params (string Name, JsonNode Value)[] more)
    {
        var body = new JsonObject { ["pullRequest"] = DataCenterJson.PullRequest(forge.Url, repository, change) };
        foreach (var (field, value) in more) body[field] = value;
        return SendAsync(repository, name, by, body);
    }

    public Dictionary<string, string> Headers(string name, byte[] body, string secret)
    {
        var headers = new Dictionary<string, string>
        {
            ["Content-Type"] = "application/json; charset=utf-8",
            ["User-Agent"] = "Atlassian HttpClient 4.0 / Bitbucket-9.4.1",
            ["X-Event-Key"] = name,
            ["X-Request-Id"] = new Guid(Interlocked.Increment(ref _calls), 0xdc, 0, [0, 0, 0, 0, 0, 0, 0, 0]).ToString(),
        };
        if (secret.Length == 0) return headers;
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
        headers["X-Hub-Signature"] = "sha256=" + Convert.ToHexStringLower(signature);
        return headers;
    }

    /// <summary>Tries an address out, signed when a hook's secret is known; the status that came, 0 when none did.</summary>
    public async Task<int> PingAsync(string url, string secret)
    {
        const string Ping = "diagnostics:ping";
        var body = "{\"test\":true}"u8.ToArray();
        return IsHere(url) ? (await forge.Post.SendAsync(new HookCall(url, Ping, Headers(Ping, body, secret), body))).Status : 0;
    }

    private async Task SendAsync(DataCenterRepository repository, string name, DataCenterUser by, JsonObject body)
    {
        body["eventKey"] = name;
        body["date"] = forge.Now().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+0000'", CultureInfo.InvariantCulture);
        body["actor"] = DataCenterJson.User(by);
        var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        foreach (var hook in repository.Hooks.Where(hook => hook.IsActive && hook.Events.Contains(name)))
        {
            if (hook.LeftOutUntil <= forge.Now()) await CarryAsync(hook, name, bytes);
        }
    }

    private async Task CarryAsync(DataCenterHook hook, string name, byte[] body)
    {
        var call = new HookCall(hook.Url, name, Headers(name, body, hook.Secret), body);
        var receipt = IsHere(hook.Url) ? await forge.Post.SendAsync(call) : new HookReceipt(call, 0);
        // The post may hold calls back: then nothing is known yet.
        if (receipt.Status == 0 && IsHere(hook.Url) && !forge.Post.Sent.Contains(receipt)) return;
        Note(hook, name, receipt.Status);
    }

    private void Note(DataCenterHook hook, string name, int status)
    {
        var (outcome, why) = status switch
        {
            0 => ("ERROR", "Connection refused"),
            >= 200 and < 300 => ("SUCCESS", $"{status}"),
            _ => ("FAILURE", $"{status}"),
        };
        hook.Last = new DataCenterInvocation(forge.NextId(), name, forge.Now(), outcome, why);
        if (outcome == "SUCCESS")
        {
            (hook.FailedInARow, hook.Successes) = (0, hook.Successes + 1);
            return;
        }

        if (outcome == "ERROR") hook.Errors++;
        else hook.Failures++;
        if (++hook.FailedInARow < MostFailures) return;
        var wait = Shortest * Math.Pow(2, Math.Min(20, hook.FailedInARow - MostFailures));
        hook.LeftOutUntil = forge.Now() + (wait < Longest ? wait : Longest);
    }

    private static bool IsHere(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.IsLoopback;
}
