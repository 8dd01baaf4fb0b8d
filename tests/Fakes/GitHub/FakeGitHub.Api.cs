using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>What the REST API answers. Source: GitHub's OpenAPI description, API version 2022-11-28.</summary>
public sealed partial class FakeGitHub
{
    private static readonly string[] StatusStates = ["error", "failure", "pending", "success"];

    private void MapApi(RouteGroupBuilder api)
    {
        api.MapGet("/user", (HttpRequest request) => AppOf(request) is null
            ? Json(GitHubShapes.User(Caller(request)!))
            : Error(403, "Resource not accessible by integration"));
        MapOwners(api);
        MapApps(api);
        api.MapGet("/orgs/{org}/teams/{slug}/members", (HttpContext context, string org, string slug) => Members(context, $"{org}/{slug}"));
        var repository = api.MapGroup("/repos/{owner}/{name}");
        repository.MapGet("", (HttpRequest request, string owner, string name) => With(owner, name, repo => Json(ForCaller(request, repo))));
        repository.MapGet("/pulls/{number:long}", (string owner, string name, long number) =>
            With(owner, name, number, pull => Json(_shapes.Pull(pull))));
        repository.MapGet("/pulls/{number:long}/reviews", (HttpContext context, string owner, string name, long number) =>
            With(owner, name, number, pull => Page(context, pull.Reviews.Select(review => GitHubShapes.Review(review, lowerCase: false)))));
        repository.MapPost("/pulls/{number:long}/reviews", ReviewByApiAsync);
        repository.MapPut("/pulls/{number:long}/merge", MergeByApiAsync);
        repository.MapGet("/commits/{sha}", CommitAsync);
        repository.MapGet("/commits/{sha}/pulls", PullsOfCommitAsync);
        repository.MapGet("/commits/{sha}/statuses", Statuses);
        // The older address of the same list.
        repository.MapGet("/statuses/{sha}", Statuses);
        repository.MapPost("/statuses/{sha}", PostStatusByApiAsync);
        MapComments(repository);
        MapHooks(repository);
        MapProtection(repository);
        MapChecks(repository);
        MapContents(repository);
        MapDeployments(repository);
    }

    private void MapComments(RouteGroupBuilder repository)
    {
        repository.MapGet("/issues/{number:long}/comments", (HttpContext context, string owner, string name, long number) =>
            With(owner, name, number, pull => Page(context, pull.Comments.Select(GitHubShapes.Comment))));
        repository.MapPost("/issues/{number:long}/comments", async (HttpRequest request, string owner, string name, long number) =>
        {
            var body = await BodyAsync(request);
            return With(owner, name, number, pull =>
            {
                if (CommentProblem(body) is { } problem) return problem;
                var comment = AddComment(pull, Caller(request)!, (string)body["body"]!);
                _ = SendCommentAsync(pull, comment.User.Login, "created", comment, null);
                return Json(GitHubShapes.Comment(comment), 201);
            });
        });
        repository.MapPatch("/issues/comments/{id:long}", async (HttpRequest request, string owner, string name, long id) =>
        {
            var body = await BodyAsync(request);
            return With(owner, name, repo =>
            {
                var pull = repo.Pulls.Find(one => one.Comments.Exists(comment => comment.Id == id));
                if (pull is null) return Error(404, "Not Found");
                if (CommentProblem(body) is { } problem) return problem;
                var old = pull.Comments.Find(comment => comment.Id == id)!;
                var edited = Replace(pull, old, (string)body["body"]!);
                _ = SendCommentAsync(pull, Caller(request)!.Login, "edited", edited, old.Body);
                return Json(GitHubShapes.Comment(edited));
            });
        });
    }

    private IResult Statuses(HttpContext context, string owner, string name, string sha) => With(
        owner, name, repo => Page(context, repo.Statuses.Where(status => status.Commit == sha).Reverse().Select(GitHubShapes.Status)));

    private async Task<IResult> PostStatusByApiAsync(HttpRequest request, string owner, string name, string sha)
    {
        var body = await BodyAsync(request);
        var text = new StatusText(
            (string?)body["state"] ?? "", (string?)body["context"] ?? "default", (string?)body["description"] ?? "",
            (string?)body["target_url"] ?? "");
        if (Found(owner, name) is not { } repository) return Error(404, "Not Found");
        if (!StatusStates.Contains(text.State) || text.Description.Length > 140) return Error(422, "Validation Failed");
        if (await repository.Git.TryResolveAsync(sha) is null) return Error(422, $"No commit found for SHA: {sha}");
        var status = AddStatus(repository, Caller(request)!, sha, text);
        _ = SendStatusAsync(repository, status);
        return Json(GitHubShapes.Status(status), 201);
    }

    private async Task<IResult> PullsOfCommitAsync(HttpContext context, string owner, string name, string sha)
    {
        if (Found(owner, name) is not { } repository) return Error(404, "Not Found");
        if (await repository.Git.TryResolveAsync(sha) is null) return Error(422, $"No commit found for SHA: {sha}");
        List<GitHubPull> pulls;
        lock (_gate) pulls = [.. repository.Pulls];
        var found = new List<GitHubPull>();
        foreach (var pull in pulls)
        {
            var ofPull = await repository.Git.LogAsync($"{pull.Base}..{pull.Head}");
            if (pull.MergeCommit == sha || ofPull.Contains(sha)) found.Add(pull);
        }

        lock (_gate) return Page(context, found.Select(_shapes.Pull));
    }

    private async Task<IResult> MergeByApiAsync(HttpRequest request, string owner, string name, long number)
    {
        var body = await BodyAsync(request);
        if (Found(owner, name)?.Pulls.Find(one => one.Number == number) is not { } pull) return Error(404, "Not Found");
        if ((string?)body["sha"] is { } sha && sha != pull.Head) return Error(409, "Head branch was modified. Review and try the merge again.");
        var how = Enum.Parse<GitHubMerge>((string?)body["merge_method"] ?? "merge", ignoreCase: true);
        try
        {
            var merged = await MergeAsync(pull, Caller(request)!.Login, how);
            return Json(new JsonObject { ["sha"] = merged, ["merged"] = true, ["message"] = "Pull Request successfully merged" });
        }
        catch (GitHubRefusedException refused)
        {
            return Error(refused.Status, refused.Message);
        }
    }

    private GitHubAnswer Members(HttpContext context, string team)
    {
        lock (_gate)
        {
            return _teams.TryGetValue(team, out var members)
                ? Page(context, members.Order(StringComparer.Ordinal).Select(login => GitHubShapes.User(User(login))))
                : Error(404, "Not Found");
        }
    }

    private static GitHubAnswer? CommentProblem(JsonObject body) =>
        (string?)body["body"] is { Length: > 0 and <= 65_536 } ? null : Error(422, "Validation Failed");

    private GitHubRepository? Found(string owner, string name)
    {
        lock (_gate) return _repositories.GetValueOrDefault($"{owner}/{name}");
    }

    private IResult With(string owner, string name, Func<GitHubRepository, IResult> answer)
    {
        lock (_gate) return Found(owner, name) is { } repository ? answer(repository) : Error(404, "Not Found");
    }

    private IResult With(string owner, string name, long number, Func<GitHubPull, IResult> answer) =>
        With(owner, name, repo => repo.Pulls.Find(pull => pull.Number == number) is { } pull ? answer(pull) : Error(404, "Not Found"));

    private static async Task<JsonObject> BodyAsync(HttpRequest request) =>
        await JsonSerializer.DeserializeAsync<JsonObject>(request.Body) ?? [];

    private static GitHubAnswer Json(JsonNode body, int status = 200) => new GitHubAnswer(body, status, null);

    private static GitHubAnswer Error(int status, string message) =>
        new GitHubAnswer(new JsonObject { ["message"] = message, ["status"] = status.ToString() }, status, null);

    private GitHubAnswer Page(HttpContext context, IEnumerable<JsonObject> items, string? wrappedIn = null)
    {
        var all = items.ToList();
        var size = Math.Clamp(Query(context.Request, "per_page", 30), 1, 100);
        var page = Math.Max(1, Query(context.Request, "page", 1));
        JsonNode body = new JsonArray([.. all.Skip((page - 1) * size).Take(size)]);
        if (wrappedIn is not null) body = new JsonObject { ["total_count"] = all.Count, [wrappedIn] = body };
        // Whatever else was asked for is asked for on the next page too.
        var kept = string.Concat(context.Request.Query.Where(one => one.Key is not ("page" or "per_page"))
            .Select(one => $"&{one.Key}={Uri.EscapeDataString(one.Value.ToString())}"));
        var next = page * size < all.Count
            ? $"<{Url}{context.Request.Path.ToUriComponent()}?per_page={size}&page={page + 1}{kept}>; rel=\"next\""
            : null;
        return new GitHubAnswer(body, 200, next);
    }

    private static int Query(HttpRequest request, string name, int otherwise) =>
        int.TryParse(request.Query[name], out var number) ? number : otherwise;
}
