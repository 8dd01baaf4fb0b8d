using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>What a merge waits for: rulesets, and classic protection.</summary>
public sealed partial class FakeGitHub
{
    private const long OwnRulesetId = 1;
    private static readonly string[] WritableParts = ["name", "target", "enforcement", "bypass_actors", "conditions", "rules"];

    /// <summary>What a merge into a branch waits for.</summary>
    public IReadOnlyList<GitHubRequiredStatus> Required(GitHubRepository repository, string branch)
    {
        lock (_gate)
        {
            var isDefault = branch == repository.DefaultBranch;
            var bySets = SetsFor(repository, branch).SelectMany(set => ChecksOf(set).Select(check => new GitHubRequiredStatus(
                (string)check["context"]!, (long?)check["integration_id"], set["bypass_actors"] is JsonArray { Count: > 0 })));
            var classic = isDefault ? repository.ClassicProtection : null;
            var byClassic = (classic?["required_status_checks"]?["checks"] as JsonArray ?? []).Select(check => new GitHubRequiredStatus(
                (string)check!["context"]!, (long?)check["app_id"], !((bool?)classic!["enforce_admins"]?["enabled"] ?? false)));
            return [.. bySets, .. byClassic];
        }
    }

    private void MapProtection(RouteGroupBuilder repository)
    {
        repository.MapGet("/rules/branches/{branch}", (HttpContext context, string owner, string name, string branch) => With(
            owner, name, repo => Page(context, SetsFor(repo, Uri.UnescapeDataString(branch)).SelectMany(set => RulesShown(repo, set)))));
        repository.MapGet("/branches/{branch}/protection", (HttpRequest request, string owner, string name, string branch) =>
            With(owner, name, repo =>
            {
                if (!MayAdminister(request, repo)) return Error(403, "Resource not accessible");
                var isProtected = Uri.UnescapeDataString(branch) == repo.DefaultBranch && repo.ClassicProtection is not null;
                return isProtected ? Json(repo.ClassicProtection!.DeepClone()) : Error(404, "Branch not protected");
            }));
        repository.MapGet("/rulesets", (HttpContext context, string owner, string name) => With(
            owner, name, repo => Page(context, SetsOf(repo).Select(set => Shown(set, "id", "name", "target", "source_type", "enforcement")))));
        repository.MapGet("/rulesets/{id:long}", (HttpRequest request, string owner, string name, long id) => With(owner, name, repo =>
        {
            if (SetsOf(repo).FirstOrDefault(one => (long)one["id"]! == id) is not { } set) return Error(404, "Not Found");
            var shown = set.DeepClone().AsObject();
            if (!MayAdminister(request, repo)) shown.Remove("bypass_actors");
            return Json(shown);
        }));
        repository.MapPost("/rulesets", async (HttpRequest request, string owner, string name) =>
        {
            var wanted = await BodyAsync(request);
            return With(owner, name, repo => WriteSet(request, repo, null, wanted));
        });
        repository.MapPut("/rulesets/{id:long}", async (HttpRequest request, string owner, string name, long id) =>
        {
            var wanted = await BodyAsync(request);
            return With(owner, name, repo => repo.Rulesets.Find(one => (long)one["id"]! == id) is { } set
                ? WriteSet(request, repo, set, wanted)
                : Error(404, "Not Found"));
        });
        repository.MapDelete("/rulesets/{id:long}", (HttpRequest request, string owner, string name, long id) => With(owner, name, repo =>
        {
            if (!MayAdminister(request, repo)) return Error(403, "Resource not accessible");
            return repo.Rulesets.RemoveAll(set => (long)set["id"]! == id) > 0 ? Results.NoContent() : Error(404, "Not Found");
        }));
    }

    private GitHubAnswer WriteSet(HttpRequest request, GitHubRepository repository, JsonObject? known, JsonObject wanted)
    {
        if (!MayAdminister(request, repository)) return Error(403, "Resource not accessible");
        var name = (string?)wanted["name"] ?? (string?)known?["name"];
        if (string.IsNullOrEmpty(name)) return Error(422, "Validation Failed: name is missing");
        var isTaken = repository.Rulesets.Exists(set => set != known && (string?)set["name"] == name);
        if (isTaken) return Error(422, "Validation Failed: Name must be unique");
        var written = known ?? new JsonObject
        {
            ["id"] = NextId(),
            ["target"] = "branch",
            ["source_type"] = "Repository",
            ["source"] = repository.Path,
            ["bypass_actors"] = new JsonArray(),
        };
        foreach (var part in WritableParts)
        {
            if (wanted[part] is { } value) written[part] = value.DeepClone();
        }

        if (known is null) repository.Rulesets.Add(written);
        return Json(written.DeepClone(), known is null ? 201 : 200);
    }

    // The statuses that tests and demos require stand in a ruleset of their own, which administrators may bypass.
    private static IEnumerable<JsonObject> SetsOf(GitHubRepository repository)
    {
        if (repository.RequiredContexts.Count == 0) return repository.Rulesets;
        var own = new JsonObject
        {
            ["id"] = OwnRulesetId,
            ["name"] = "required",
            ["target"] = "branch",
            ["source_type"] = "Repository",
            ["enforcement"] = "active",
            ["bypass_actors"] = new JsonArray(new JsonObject { ["actor_id"] = 5, ["actor_type"] = "RepositoryRole", ["bypass_mode"] = "always" }),
            ["conditions"] = new JsonObject
            {
                ["ref_name"] = new JsonObject { ["include"] = new JsonArray("~DEFAULT_BRANCH"), ["exclude"] = new JsonArray() },
            },
            ["rules"] = new JsonArray(new JsonObject
            {
                ["type"] = "required_status_checks",
                ["parameters"] = new JsonObject
                {
                    ["required_status_checks"] = new JsonArray(
                        [.. repository.RequiredContexts.Select(context => (JsonNode)new JsonObject { ["context"] = context })]),
                    ["strict_required_status_checks_policy"] = false,
                },
            }),
        };
        return repository.Rulesets.Prepend(own);
    }

    private static IEnumerable<JsonObject> SetsFor(GitHubRepository repository, string branch) => SetsOf(repository)
        .Where(set => (string?)set["enforcement"] == "active" && (string?)set["target"] == "branch")
        .Where(set => Names(repository, set, "include", branch) && !Names(repository, set, "exclude", branch));

    private static bool Names(GitHubRepository repository, JsonObject set, string part, string branch) =>
        (set["conditions"]?["ref_name"]?[part] as JsonArray ?? []).Select(name => (string)name!).Any(name =>
            name == $"refs/heads/{branch}" || name == "~ALL" || (name == "~DEFAULT_BRANCH" && branch == repository.DefaultBranch));

    private static IEnumerable<JsonObject> RulesShown(GitHubRepository repository, JsonObject set) =>
        (set["rules"] as JsonArray ?? []).Select(rule =>
        {
            var shown = rule!.DeepClone().AsObject();
            (shown["ruleset_id"], shown["ruleset_source"], shown["ruleset_source_type"]) = ((long)set["id"]!, repository.Path, "Repository");
            return shown;
        });

    private static IEnumerable<JsonObject> ChecksOf(JsonObject set) => (set["rules"] as JsonArray ?? [])
        .Where(rule => (string?)rule!["type"] == "required_status_checks")
        .SelectMany(rule => rule!["parameters"]?["required_status_checks"] as JsonArray ?? [])
        .Select(check => check!.AsObject());

    private static JsonObject Shown(JsonObject set, params string[] parts) =>
        new(parts.Select(part => KeyValuePair.Create(part, set[part]?.DeepClone())));

    private bool MayAdminister(HttpRequest request, GitHubRepository repository) =>
        Caller(request) is { } caller && !repository.Readers.Contains(caller.Login);

    // A status and a check of the same name must both pass; one that is bound to an app counts from that app alone.
    private bool IsGreen(GitHubRepository repository, string commit, GitHubRequiredStatus wanted)
    {
        var bot = wanted.App is { } id ? _apps.Find(app => app.Id == id)?.BotLogin ?? "" : null;
        var status = repository.Statuses.LastOrDefault(
            one => one.Commit == commit && Is(one.Context, wanted.Context) && (bot is null || one.Creator.Login == bot));
        var run = repository.CheckRuns.LastOrDefault(
            one => one.Commit == commit && Is(one.Name, wanted.Context) && (wanted.App is null || one.AppId == wanted.App));
        return (status is not null || run is not null) && status is null or { State: "success" } && run is null or { Passes: true };
    }
}
