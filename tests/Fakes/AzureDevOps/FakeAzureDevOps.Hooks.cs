using System.Text;
using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>What Azure DevOps tells others.</summary>
public sealed partial class FakeAzureDevOps
{
    private const string NoCommit = "0000000000000000000000000000000000000000";
    private const int MostRetries = 8;

    private long _lastNotification;

    /// <summary>Writes a call exactly as this Azure DevOps sends it; what tests of a door may send themselves.</summary>
    /// <param name="password">Null for a subscription without Basic authentication.</param>
    public static HookCall Call(string url, string happened, byte[] body, string? password)
    {
        var headers = new Dictionary<string, string>
        {
            ["Content-Type"] = "application/json; charset=utf-8",
            ["User-Agent"] = "VSServices/fake",
        };
        if (password is not null)
        {
            headers["Authorization"] = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"gitops-gate:{password}"));
        }

        return new HookCall(url, happened, headers, body);
    }

    /// <summary>A body as a subscription to a pull request's event is sent it.</summary>
    public byte[] BodyOf(AzurePull pull, string happened)
    {
        lock (_gate) return Encoding.UTF8.GetBytes(Envelope(happened, "1.0", _shapes.Pull(pull), "says something of", NewId()).ToJsonString());
    }

    private static bool Wants(AzureSubscription subscription, AzureRepository repository, string happened, string branch) =>
        subscription.Status is "enabled" or "onProbation"
        && subscription.Event == happened
        && Fits(subscription, "projectId", repository.ProjectId)
        && Fits(subscription, "repository", repository.Id)
        && Fits(subscription, "branch", branch);

    private static bool Fits(AzureSubscription subscription, string input, string actual) =>
        AzureSubscription.Text(subscription.Publisher, input) is var wanted && (wanted.Length == 0 || wanted == actual);

    private async Task SendAsync(AzureRepository repository, string happened, string branch, JsonObject resource, string message)
    {
        List<AzureSubscription> wanting;
        // One event has one id, whoever is told of it.
        var id = Guid.CreateVersion7(_clock.GetUtcNow()).ToString();
        lock (_gate) wanting = [.. _subscriptions.Where(one => Wants(one, repository, happened, branch))];
        await Task.WhenAll(wanting.Select(one => DeliverAsync(one, Envelope(happened, one.Version, resource, message, id))));
    }

    private JsonObject Envelope(string happened, string version, JsonObject resource, string message, string id) => new()
    {
        ["subscriptionId"] = "",
        ["notificationId"] = Interlocked.Increment(ref _lastNotification),
        ["id"] = id,
        ["eventType"] = happened,
        ["publisherId"] = "tfs",
        ["message"] = new JsonObject { ["text"] = message },
        ["resource"] = resource.DeepClone(),
        ["resourceVersion"] = version,
        ["resourceContainers"] = new JsonObject { ["collection"] = new JsonObject { ["id"] = "c12d0eb8-e382-443b-9f9c-c52cba5014c2" } },
        ["createdDate"] = AzureShapes.Time(_clock.GetUtcNow()),
    };

    /// <summary>
    /// Sends a notification until it is taken: what may pass is tried again; 410 ends the subscription; what else fails puts it on probation,
    /// and the next failure there ends it.
    /// </summary>
    private async Task DeliverAsync(AzureSubscription subscription, JsonObject body)
    {
        body["subscriptionId"] = subscription.Id;
        var password = subscription.Consumer.ContainsKey("basicAuthPassword") ? subscription.Password : null;
        var call = Call(subscription.Url, subscription.Event, Encoding.UTF8.GetBytes(body.ToJsonString()), password);
        for (var retries = 0; ; retries++)
        {
            var receipt = await Post.SendAsync(call);
            var isHeld = receipt.Status == 0 && !Post.Sent.Any(sent => ReferenceEquals(sent, receipt));
            if (isHeld) return;
            if (receipt.Status is 0 or 408 or 502 or 503 or 504 && retries < MostRetries)
            {
                await Task.Delay(RetryWait);
                continue;
            }

            lock (_gate)
            {
                subscription.Status = receipt.Status switch
                {
                    >= 200 and < 300 => "enabled",
                    410 => "disabledBySystem",
                    _ => subscription.Status == "onProbation" ? "disabledBySystem" : "onProbation",
                };
            }

            return;
        }
    }

    private Task SendPushAsync(AzureRepository repository, string by, string name, string? before, string? after)
    {
        var update = new JsonObject { ["name"] = name, ["oldObjectId"] = before ?? NoCommit, ["newObjectId"] = after ?? NoCommit };
        var resource = new JsonObject
        {
            ["refUpdates"] = new JsonArray(update),
            ["repository"] = _shapes.Repository(repository),
            ["pushedBy"] = AzureShapes.User(User(by)),
            ["pushId"] = NextId(),
            ["date"] = AzureShapes.Time(_clock.GetUtcNow()),
        };
        return SendAsync(repository, "git.push", name["refs/heads/".Length..], resource, $"{by} pushed to {name}");
    }

    private Task SendPullAsync(AzurePull pull, string by, string happened, string what)
    {
        JsonObject resource;
        lock (_gate) resource = _shapes.Pull(pull);
        return SendAsync(pull.Repository, happened, pull.TargetBranch, resource, $"{by} {what} a pull request");
    }

    private Task SendCommentAsync(AzurePull pull, string by, AzureComment comment)
    {
        JsonObject resource;
        lock (_gate) resource = new JsonObject { ["comment"] = AzureShapes.Comment(comment), ["pullRequest"] = _shapes.Pull(pull) };
        return SendAsync(
            pull.Repository, "ms.vss-code.git-pullrequest-comment-event", pull.TargetBranch, resource, $"{by} has commented on a pull request");
    }
}
