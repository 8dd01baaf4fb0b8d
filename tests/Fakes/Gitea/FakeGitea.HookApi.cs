using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>How webhooks are registered. Source: the descriptions of Gitea 1.27 and Forgejo 16, and what their sources do.</summary>
public sealed partial class FakeGitea
{
    private static readonly string[] HookTypes =
        ["gitea", "gogs", "slack", "discord", "dingtalk", "telegram", "msteams", "feishu", "wechatwork", "packagist"];

    private static readonly string[] PlainEvents = ["create", "delete", "fork", "push", "repository", "release", "wiki", "package"];

    /// <summary>What <c>pull_request</c> stands for.</summary>
    private static readonly string[] PullEvents =
    [
        "pull_request_assign", "pull_request_label", "pull_request_milestone", "pull_request_comment", "pull_request_sync",
        "pull_request_review_request",
    ];

    private static readonly string[] ReviewEvents =
        ["pull_request_review_approved", "pull_request_review_rejected", "pull_request_review_comment"];

    private void MapHooks(RouteGroupBuilder repository)
    {
        repository.MapGet("/hooks", (HttpContext context, string owner, string name) =>
            AsAdmin(context, owner, name, repo => Page(context, repo.Hooks.Select(GiteaShapes.Hook), isLinked: false)));
        repository.MapPost("/hooks", async (HttpContext context, string owner, string name) =>
        {
            var wanted = await BodyAsync(context.Request);
            return AsAdmin(context, owner, name, repo => CreateHook(repo, wanted));
        });
        repository.MapPatch("/hooks/{id:long}", async (HttpContext context, string owner, string name, long id) =>
        {
            var wanted = await BodyAsync(context.Request);
            return AsAdmin(context, owner, name, repo => ChangeHook(repo, id, wanted));
        });
        repository.MapDelete("/hooks/{id:long}", (HttpContext context, string owner, string name, long id) =>
            AsAdmin(context, owner, name, repo =>
                repo.Hooks.RemoveAll(hook => hook.Id == id) > 0 ? new GiteaAnswer(null, 204) : NotFound()));
        repository.MapPost("/hooks/{id:long}/tests", TestHookAsync);
    }

    private GiteaAnswer CreateHook(GiteaRepository repository, JsonObject wanted)
    {
        var type = (string?)wanted["type"] ?? "";
        if (!HookTypes.Contains(type) && !(IsForgejo && type == "forgejo")) return GiteaAnswer.Error(422, $"Invalid hook type: {type}");
        foreach (var option in (string[])["url", "content_type"])
        {
            if (wanted["config"]?[option] is null) return GiteaAnswer.Error(422, $"Missing config option: {option}");
        }

        var isActive = (bool?)wanted["active"] ?? false;
        var hook = Apply(new GiteaHook(NextId(), type, "", "", "", [], isActive), wanted);
        repository.Hooks.Add(hook);
        return new GiteaAnswer(GiteaShapes.Hook(hook), 201);
    }

    private GiteaAnswer ChangeHook(GiteaRepository repository, long id, JsonObject wanted)
    {
        var at = repository.Hooks.FindIndex(hook => hook.Id == id);
        if (at < 0) return NotFound();
        repository.Hooks[at] = Apply(repository.Hooks[at], wanted);
        return new GiteaAnswer(GiteaShapes.Hook(repository.Hooks[at]), 200);
    }

    // The address, the content type and the secret stay unless they are named; the events, the filter and the header do not.
    private GiteaHook Apply(GiteaHook hook, JsonObject wanted)
    {
        var config = wanted["config"] as JsonObject ?? [];
        return hook with
        {
            Url = (string?)config["url"] ?? hook.Url,
            ContentType = (string?)config["content_type"] ?? hook.ContentType,
            Secret = (string?)config["secret"] ?? hook.Secret,
            Events = Expand(wanted["events"] as JsonArray ?? []),
            BranchFilter = (string?)wanted["branch_filter"] ?? "",
            AuthorizationHeader = (string?)wanted["authorization_header"] ?? "",
            IsActive = (bool?)wanted["active"] ?? hook.IsActive,
        };
    }

    // What is not known is left out in silence; what is shown afterwards is in no order.
    private List<string> Expand(JsonArray wanted)
    {
        var words = wanted.Count == 0 ? ["push"] : wanted.Select(word => (string)word!).ToHashSet();
        string[] own = IsForgejo ? ["action_run_failure", "action_run_recover", "action_run_success"] : ["status", "workflow_run", "workflow_job"];
        var known = PlainEvents.Concat(own).Concat(PullEvents).Where(words.Contains).ToHashSet();
        if (words.Contains("pull_request"))
        {
            known.Add("pull_request");
            known.UnionWith(PullEvents);
        }

        if (words.Contains("pull_request_only")) known.Add("pull_request");
        if (words.Contains("pull_request") || words.Contains("pull_request_review"))
        {
            // Gitea shows the word that it was asked for, Forgejo the three that it means.
            known.UnionWith(IsForgejo ? ReviewEvents : ["pull_request_review"]);
        }

        return [.. known.OrderDescending(StringComparer.Ordinal)];
    }

    private async Task<IResult> TestHookAsync(HttpContext context, string owner, string name, long id)
    {
        if (Found(owner, name) is not { } repository) return NotFound();
        var tip = await repository.Git.TryResolveAsync($"refs/heads/{repository.DefaultBranch}");
        return AsAdmin(context, owner, name, repo =>
        {
            if (repo.Hooks.Find(one => one.Id == id) is not { } hook) return NotFound();
            var body = PushBody(Caller(context.Request)!.Login, $"refs/heads/{repo.DefaultBranch}", tip, tip);
            body["repository"] = _shapes.Repository(repo);
            body["sender"] = GiteaShapes.User(Caller(context.Request)!);
            _ = SendToAsync(hook, "push", body);
            return new GiteaAnswer(null, 204);
        });
    }
}
