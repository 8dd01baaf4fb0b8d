using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>Check runs that apps write. Source of the bounds: GitHub's OpenAPI description.</summary>
public sealed partial class FakeGitHub
{
    private static readonly string[] RunStates = ["queued", "in_progress", "completed"];
    private static readonly string[] Conclusions =
        ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

    /// <summary>Presses a button of a check run, which is told to its app alone.</summary>
    /// <param name="identifier">The button's own name; null for GitHub's own <c>Re-run</c>.</param>
    public async Task PressAsync(GitHubRepository repository, GitHubCheckRun run, string by, string? identifier)
    {
        GitHubHook? hook;
        JsonObject body;
        lock (_gate)
        {
            hook = _apps.Find(app => app.Id == run.AppId)?.Hook;
            var shown = GitHubShapes.CheckRun(run);
            shown["pull_requests"] = new JsonArray([.. repository.Pulls.Where(pull => pull.Head == run.Commit && !pull.IsFromFork).Select(Named)]);
            body = new JsonObject { ["action"] = identifier is null ? "rerequested" : "requested_action", ["check_run"] = shown };
            if (identifier is not null) body["requested_action"] = new JsonObject { ["identifier"] = identifier };
            body["repository"] = _shapes.Repository(repository);
            body["sender"] = GitHubShapes.User(User(by));
        }

        if (hook is not null) await SendToAsync(hook, "check_run", body);
    }

    private static JsonNode Named(GitHubPull pull) => new JsonObject
    {
        ["number"] = pull.Number,
        ["head"] = new JsonObject { ["ref"] = pull.SourceBranch, ["sha"] = pull.Head },
        ["base"] = new JsonObject { ["ref"] = pull.TargetBranch, ["repo"] = new JsonObject { ["id"] = pull.Repository.Id } },
    };

    private void MapChecks(RouteGroupBuilder repository)
    {
        repository.MapGet("/commits/{sha}/check-runs", (HttpContext context, string owner, string name, string sha) => With(owner, name, repo =>
        {
            var called = context.Request.Query["check_name"].ToString();
            var runs = repo.CheckRuns.Where(run => run.Commit == sha && (called.Length == 0 || run.Name == called));
            // The latest of each name in its app's suite, unless all are asked for.
            if (context.Request.Query["filter"] != "all") runs = runs.GroupBy(run => (run.App, run.Name)).Select(same => same.Last());
            return Page(context, runs.Select(GitHubShapes.CheckRun), "check_runs");
        }));
        repository.MapGet("/check-runs/{id:long}/annotations", (HttpContext context, string owner, string name, long id) => With(
            owner, name, repo => repo.CheckRuns.Find(run => run.Id == id) is { } run
                ? Page(context, run.Annotations.Select(one => one.DeepClone().AsObject()))
                : Error(404, "Not Found")));
        repository.MapPost("/check-runs", async (HttpRequest request, string owner, string name) =>
        {
            var body = await BodyAsync(request);
            if (Found(owner, name) is not { } repo) return Error(404, "Not Found");
            if (AppOf(request) is not { } app) return Error(403, "You must authenticate via a GitHub App.");
            var commit = (string?)body["head_sha"] ?? "";
            if (commit.Length == 0 || await repo.Git.TryResolveAsync(commit) is null) return Error(422, $"No commit found for SHA: {commit}");
            var fresh = new GitHubCheckRun(NextId(), commit, (string?)body["name"] ?? "", "queued", null, app.Slug)
            {
                AppId = app.Id,
                ClientId = app.ClientId,
            };
            return With(owner, name, _ => WriteRun(repo, fresh, body, isNew: true));
        });
        repository.MapPatch("/check-runs/{id:long}", async (HttpRequest request, string owner, string name, long id) =>
        {
            var body = await BodyAsync(request);
            return With(owner, name, repo =>
            {
                if (repo.CheckRuns.Find(one => one.Id == id) is not { } run) return Error(404, "Not Found");
                return AppOf(request)?.Id == run.AppId ? WriteRun(repo, run, body, isNew: false) : Error(403, "Invalid app_id");
            });
        });
    }

    private GitHubAnswer WriteRun(GitHubRepository repository, GitHubCheckRun run, JsonObject body, bool isNew)
    {
        if (RunProblem(body) is { } problem) return Error(422, $"Validation Failed: {problem}");
        var output = body["output"] as JsonObject;
        var conclusion = (string?)body["conclusion"];
        var status = conclusion is not null ? "completed" : (string?)body["status"] ?? run.Status;
        var written = run with
        {
            Name = (string?)body["name"] ?? run.Name,
            Status = status,
            Conclusion = status == "completed" ? conclusion ?? run.Conclusion : null,
            ExternalId = (string?)body["external_id"] ?? run.ExternalId,
            DetailsUrl = (string?)body["details_url"] ?? run.DetailsUrl,
            Title = (string?)output?["title"] ?? run.Title,
            Summary = (string?)output?["summary"] ?? run.Summary,
            // What is given is added to what is there.
            Annotations = [.. run.Annotations, .. (output?["annotations"] as JsonArray ?? []).Select(one => one!.DeepClone().AsObject())],
            Actions = body["actions"] is JsonArray actions ? [.. actions.Select(one => (string)one!["identifier"]!)] : run.Actions,
        };
        if (written.Name.Length == 0 || (written.Status == "completed" && written.Conclusion is null)) return Error(422, "Validation Failed");
        if (isNew) repository.CheckRuns.Add(written);
        else repository.CheckRuns[repository.CheckRuns.FindIndex(one => one.Id == run.Id)] = written;
        var told = new JsonObject
        {
            ["action"] = written.Status == "completed" ? "completed" : "created",
            ["check_run"] = GitHubShapes.CheckRun(written),
        };
        if (isNew || written.Status == "completed") _ = SendAsync(repository, "check_run", User($"{run.App}[bot]"), told);
        return Json(GitHubShapes.CheckRun(written), isNew ? 201 : 200);
    }

    private static string? RunProblem(JsonObject body)
    {
        if ((string?)body["status"] is { } status && !RunStates.Contains(status)) return "status";
        if ((string?)body["conclusion"] is { } conclusion && !Conclusions.Contains(conclusion)) return "conclusion";
        if (body["output"] is JsonObject output)
        {
            if ((string?)output["title"] is not { Length: > 0 }) return "output.title";
            if ((string?)output["summary"] is not { Length: > 0 and <= 65_535 }) return "output.summary";
            if (output["annotations"] is JsonArray { Count: > 50 }) return "output.annotations";
            var isWrong = (output["annotations"] as JsonArray ?? []).Any(one => (string?)one!["path"] is not { Length: > 0 }
                || (long?)one["start_line"] is not > 0
                || (long?)one["end_line"] is not > 0
                || (string?)one["message"] is not { Length: > 0 and <= 65_536 });
            if (isWrong) return "output.annotations";
        }

        var buttons = body["actions"] as JsonArray ?? [];
        return buttons.Count > 3 || buttons.Any(one => (string?)one!["label"] is not { Length: > 0 and <= 20 }
            || (string?)one["description"] is not { Length: > 0 and <= 40 } || (string?)one["identifier"] is not { Length: > 0 and <= 20 })
            ? "actions"
            : null;
    }
}
