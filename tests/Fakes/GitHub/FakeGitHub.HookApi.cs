using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>How webhooks are registered.</summary>
public sealed partial class FakeGitHub
{
    private void MapHooks(RouteGroupBuilder repository)
    {
        repository.MapGet("/hooks", (HttpContext context, string owner, string name) =>
            With(owner, name, repo => Page(context, repo.Hooks.Select(hook => Shown(repo, hook)))));
        repository.MapPost("/hooks", async (HttpRequest request, string owner, string name) =>
        {
            var wanted = await BodyAsync(request);
            return With(owner, name, repo => CreateHook(repo, wanted));
        });
        repository.MapPatch("/hooks/{id:long}", async (HttpRequest request, string owner, string name, long id) =>
        {
            var wanted = await BodyAsync(request);
            return With(owner, name, repo => ChangeHook(repo, id, wanted));
        });
        repository.MapDelete("/hooks/{id:long}", (string owner, string name, long id) =>
            With(owner, name, repo => repo.Hooks.RemoveAll(hook => hook.Id == id) > 0 ? Results.NoContent() : Error(404, "Not Found")));
        repository.MapPost("/hooks/{id:long}/pings", (HttpRequest request, string owner, string name, long id) => With(owner, name, repo =>
        {
            if (repo.Hooks.Find(one => one.Id == id) is not { } hook) return Error(404, "Not Found");
            _ = PingAsync(repo, hook, Caller(request)!);
            return Results.NoContent();
        }));
        MapDeliveries(repository);
    }

    private JsonObject Shown(GitHubRepository repository, GitHubHook hook)
    {
        var shown = GitHubShapes.Hook(hook, _attempts.LastOrDefault(attempt => attempt.HookId == hook.Id && attempt.IsOver));
        shown["url"] = $"{ApiUrl}/repos/{repository.Path}/hooks/{hook.Id}";
        return shown;
    }

    private GitHubAnswer CreateHook(GitHubRepository repository, JsonObject wanted)
    {
        var hook = Apply(new GitHubHook(NextId(), "", "form", "", ["push"], true), wanted);
        if (hook.Url.Length == 0) return Error(422, "Validation Failed");
        if (repository.Hooks.Exists(one => one.Url == hook.Url && one.Events.Order().SequenceEqual(hook.Events.Order())))
        {
            return Error(422, "Validation Failed: Hook already exists on this repository");
        }

        repository.Hooks.Add(hook);
        _ = PingAsync(repository, hook, User(repository.Path.Split('/')[0]));
        return Json(Shown(repository, hook), 201);
    }

    private GitHubAnswer ChangeHook(GitHubRepository repository, long id, JsonObject wanted)
    {
        var at = repository.Hooks.FindIndex(hook => hook.Id == id);
        if (at < 0) return Error(404, "Not Found");
        repository.Hooks[at] = Apply(repository.Hooks[at], wanted);
        return Json(Shown(repository, repository.Hooks[at]));
    }

    // A given config replaces the old one as a whole: without a secret in it, the secret is gone.
    private static GitHubHook Apply(GitHubHook hook, JsonObject wanted)
    {
        if (wanted["events"] is JsonArray events) hook = hook with { Events = [.. events.Select(name => (string)name!)] };
        if (wanted["active"] is { } active) hook = hook with { IsActive = (bool)active };
        if (wanted["config"] is not JsonObject config) return hook;
        return hook with
        {
            Url = (string?)config["url"] ?? hook.Url,
            ContentType = (string?)config["content_type"] ?? "form",
            Secret = (string?)config["secret"] ?? "",
            IsInsecure = config["insecure_ssl"]?.ToString() == "1",
        };
    }

    private Task<HookReceipt> PingAsync(GitHubRepository repository, GitHubHook hook, GitHubUser sender) =>
        SendToAsync(hook, "ping", new JsonObject
        {
            ["zen"] = "Anything added dilutes everything else.",
            ["hook_id"] = hook.Id,
            ["hook"] = GitHubShapes.Hook(hook),
            ["repository"] = _shapes.Repository(repository),
            ["sender"] = GitHubShapes.User(sender),
        });
}
