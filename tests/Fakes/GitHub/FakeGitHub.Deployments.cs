using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>Deployments that wait for an app's answer.</summary>
public sealed partial class FakeGitHub
{
    private const int MostReports = 10;

    /// <summary>A workflow comes to a deployment into an environment that an app guards; the app is asked.</summary>
    public async Task<GitHubWaitingRun> AskToDeployAsync(
        GitHubRepository repository, GitHubApp app, string by, string environment, string commit)
    {
        GitHubWaitingRun waiting;
        JsonObject body;
        lock (_gate)
        {
            waiting = new GitHubWaitingRun(NextId(), environment, commit, app);
            repository.WaitingRuns.Add(waiting);
            body = new JsonObject
            {
                ["action"] = "requested",
                ["environment"] = environment,
                ["event"] = "push",
                ["deployment_callback_url"] = $"{ApiUrl}/repos/{repository.Path}/actions/runs/{waiting.Run}/deployment_protection_rule",
                ["deployment"] = new JsonObject { ["id"] = NextId(), ["sha"] = commit, ["environment"] = environment },
                ["sha"] = commit,
                ["workflow_run"] = new JsonObject { ["id"] = waiting.Run },
                ["installation"] = new JsonObject { ["id"] = app.InstallationId },
                ["repository"] = _shapes.Repository(repository),
                ["sender"] = GitHubShapes.User(User(by)),
            };
        }

        if (app.Hook is { } hook) await SendToAsync(hook, "deployment_protection_rule", body);
        return waiting;
    }

    private void MapDeployments(RouteGroupBuilder repository)
    {
        repository.MapPost("/actions/runs/{run:long}/deployment_protection_rule", async (HttpRequest request, string owner, string name, long run) =>
        {
            var body = await BodyAsync(request);
            return With(owner, name, repo => Answer(request, repo, run, body));
        });
        repository.MapGet("/actions/runs/{run:long}/pending_deployments", (HttpContext context, string owner, string name, long run) => With(
            owner, name, repo => Page(context, repo.WaitingRuns.Where(one => one.Run == run && one.IsWaiting).Select(one => new JsonObject
            {
                ["environment"] = new JsonObject { ["id"] = 1, ["name"] = one.Environment },
                ["wait_timer"] = 0,
                ["current_user_can_approve"] = false,
                ["reviewers"] = new JsonArray(),
            }))));
        repository.MapGet("/actions/runs/{run:long}/approvals", (HttpContext context, string owner, string name, long run) => With(
            owner, name, repo => Page(context, repo.WaitingRuns.Where(one => one.Run == run && one.State is not null).Select(one => new JsonObject
            {
                ["state"] = one.State,
                ["comment"] = one.Comments[^1],
                ["environments"] = new JsonArray(new JsonObject { ["id"] = 1, ["name"] = one.Environment }),
                ["user"] = GitHubShapes.User(User(one.App.BotLogin)),
            }))));
    }

    private IResult Answer(HttpRequest request, GitHubRepository repository, long run, JsonObject body)
    {
        var environment = (string?)body["environment_name"] ?? "";
        var waiting = repository.WaitingRuns.Find(one => one.Run == run && one.Environment == environment);
        if (waiting is null) return Error(404, "Not Found");
        if (AppOf(request)?.Id != waiting.App.Id) return Error(403, "Resource not accessible by integration");
        var (state, comment) = ((string?)body["state"], (string?)body["comment"] ?? "");
        if (state is not (null or "approved" or "rejected")) return Error(422, "Validation Failed");
        if (waiting.State is not null) return Error(422, "There are no pending custom deployment requests to approve or reject: already reviewed");
        if (comment.Length is 0 or > 1024 || (state is null && waiting.Comments.Count >= MostReports)) return Error(422, "Validation Failed");
        waiting.Comments.Add(comment);
        waiting.State = state;
        return Results.NoContent();
    }
}
