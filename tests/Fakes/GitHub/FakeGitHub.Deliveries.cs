using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>The log of what was sent to hooks, and sending it again.</summary>
public sealed partial class FakeGitHub
{
    /// <summary>Every attempt to send a webhook, the oldest first.</summary>
    public IReadOnlyList<GitHubAttempt> Attempts
    {
        get
        {
            lock (_gate) return [.. _attempts];
        }
    }

    private async Task<HookReceipt> AttemptAsync(GitHubHook hook, string? action, HookCall call, bool isAgain)
    {
        var attempt = new GitHubAttempt(NextId(), hook.Id, call, action, _clock.GetUtcNow()) { IsAgain = isAgain };
        lock (_gate) _attempts.Add(attempt);
        var receipt = await Post.SendAsync(call);
        // What is held has not been tried yet.
        if (receipt.Status == 0 && !Post.Sent.Any(one => ReferenceEquals(one.Call, call))) return receipt;
        lock (_gate) (attempt.IsOver, attempt.Code) = (true, receipt.Status);
        return receipt;
    }

    private void MapDeliveries(RouteGroupBuilder repository)
    {
        repository.MapGet("/hooks/{id:long}/deliveries", (HttpContext context, string owner, string name, long id) => With(
            owner, name, repo => repo.Hooks.Exists(hook => hook.Id == id) ? Deliveries(context, repo, id) : Error(404, "Not Found")));
        repository.MapPost("/hooks/{id:long}/deliveries/{attempt:long}/attempts", (string owner, string name, long id, long attempt) =>
            With(owner, name, repo =>
            {
                var (hook, known) = (repo.Hooks.Find(one => one.Id == id), _attempts.Find(one => one.Id == attempt && one.HookId == id));
                if (hook is null || known is null) return Error(404, "Not Found");
                // Sent where the hook points by now, under the same id.
                var again = Sign(hook.Url, known.Call.Event, known.Call.Body, hook.Secret, known.Delivery);
                _ = AttemptAsync(hook, known.Action, again, isAgain: true);
                return Json(new JsonObject(), 202);
            }));
    }

    // By a cursor, the newest first; pages know no numbers here.
    private GitHubAnswer Deliveries(HttpContext context, GitHubRepository repository, long hook)
    {
        var size = Math.Clamp(Query(context.Request, "per_page", 30), 1, 100);
        var cursor = context.Request.Query["cursor"].ToString();
        var before = cursor.StartsWith("v1_", StringComparison.Ordinal) && long.TryParse(cursor[3..], out var id) ? id : long.MaxValue;
        var shown = _attempts.Where(one => one.HookId == hook && one.IsOver && one.Id < before).OrderByDescending(one => one.Id).ToList();
        var page = shown.Take(size).ToList();
        var next = shown.Count > size
            ? $"<{Url}{context.Request.Path.ToUriComponent()}?per_page={size}&cursor=v1_{page[^1].Id}>; rel=\"next\""
            : null;
        return new GitHubAnswer(new JsonArray([.. page.Select(JsonNode (one) => Shape(repository, one))]), 200, next);
    }

    private static JsonObject Shape(GitHubRepository repository, GitHubAttempt attempt) => new JsonObject
    {
        ["id"] = attempt.Id,
        ["guid"] = attempt.Delivery,
        ["delivered_at"] = GitHubShapes.Time(attempt.At),
        ["redelivery"] = attempt.IsAgain,
        ["duration"] = 0.1,
        ["status"] = attempt.Status,
        ["status_code"] = attempt.Code,
        ["event"] = attempt.Call.Event,
        ["action"] = attempt.Action,
        ["installation_id"] = null,
        ["repository_id"] = repository.Id,
        ["throttled_at"] = null,
    };
}
