using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>What the REST API answers. Source: the descriptions that Gitea 1.27 and Forgejo 16 give of themselves.</summary>
public sealed partial class FakeGitea
{
    private static readonly string[] StatusStates = ["pending", "success", "error", "failure", "warning", "skipped"];

    private void MapApi(RouteGroupBuilder api)
    {
        api.MapGet("/version", () => new GiteaAnswer(new JsonObject { ["version"] = IsForgejo ? "16.0.0+gitea-1.22.0" : "1.27.0" }, 200));
        api.MapGet("/user", (HttpRequest request) => new GiteaAnswer(GiteaShapes.User(Caller(request)!), 200));
        api.MapGet("/orgs/{owner}/repos", (HttpContext context, string owner) => RepositoriesOf(context, owner, isOrganization: true));
        api.MapGet("/users/{owner}/repos", (HttpContext context, string owner) => RepositoriesOf(context, owner, isOrganization: false));
        MapTeams(api);
        var repository = api.MapGroup("/repos/{owner}/{name}");
        repository.MapGet("", (HttpContext context, string owner, string name) => With(
            owner, name, repo => new GiteaAnswer(_shapes.Repository(repo, repo.RightOf(Caller(context.Request)!.Login)), 200)));
        MapPulls(repository);
        repository.MapGet("/commits/{sha}/pull", (string owner, string name, string sha) => With(owner, name, repo =>
            repo.Pulls.Find(pull => pull.MergeCommit == sha) is { } pull ? new GiteaAnswer(_shapes.Pull(pull), 200) : NotFound()));
        // Within one second the order is the database's to choose; the newest is not always first.
        repository.MapGet("/statuses/{sha}", (HttpContext context, string owner, string name, string sha) => With(
            owner, name, repo => Page(context, repo.Statuses.Where(status => status.Commit == sha).Select(GiteaShapes.Status))));
        repository.MapPost("/statuses/{sha}", PostStatusByApiAsync);
        MapComments(repository);
        MapHooks(repository);
        MapRules(repository);
        MapContents(repository);
    }

    private void MapTeams(RouteGroupBuilder api)
    {
        api.MapGet("/orgs/{org}/teams", (HttpContext context, string org) =>
        {
            lock (_gate)
            {
                var teams = _teams.Values.Where(team => team.Path.StartsWith(org + "/", StringComparison.OrdinalIgnoreCase)).ToList();
                if (teams.Count == 0 && !IsOrganization(org)) return NotFound();
                return Page(
                    context, teams.Select(team => new JsonObject { ["id"] = team.Id, ["name"] = team.Path.Split('/')[1] }), isLinked: false);
            }
        });
        api.MapGet("/teams/{id:long}/members/{login}", (long id, string login) =>
        {
            lock (_gate)
            {
                return _teams.Values.FirstOrDefault(team => team.Id == id) is { } team && team.Members.Contains(login)
                    ? new GiteaAnswer(GiteaShapes.User(User(login)), 200)
                    : NotFound();
            }
        });
    }

    private void MapPulls(RouteGroupBuilder repository)
    {
        repository.MapGet("/pulls", (HttpContext context, string owner, string name) => With(owner, name, repo =>
        {
            var state = context.Request.Query["state"].ToString();
            var pulls = repo.Pulls.Where(pull => state is "all" || pull.IsOpen == state is "" or "open").Reverse();
            return Page(context, pulls.Select(_shapes.Pull));
        }));
        repository.MapPost("/pulls", OpenByApiAsync);
        repository.MapGet("/pulls/{number:long}", (string owner, string name, long number) =>
            With(owner, name, number, pull => new GiteaAnswer(_shapes.Pull(pull), 200)));
        // Reviews that are still being written are counted, and shown to nobody but their authors.
        repository.MapGet("/pulls/{number:long}/reviews", (HttpContext context, string owner, string name, long number) => With(
            owner, name, number, pull => Page(
                context,
                pull.Reviews.Select(review =>
                    review.State == "PENDING" && review.User != Caller(context.Request) ? null : GiteaShapes.Review(review)),
                isLinked: false)));
        repository.MapPost("/pulls/{number:long}/merge", MergeByApiAsync);
    }

    private void MapComments(RouteGroupBuilder repository)
    {
        repository.MapGet("/issues/{number:long}/comments", (string owner, string name, long number) => With(
            owner, name, number, pull => new GiteaAnswer(new JsonArray([.. pull.Comments.Select(GiteaShapes.Comment)]), 200)));
        repository.MapPost("/issues/{number:long}/comments", async (HttpRequest request, string owner, string name, long number) =>
        {
            var body = await BodyAsync(request);
            return With(owner, name, number, pull =>
            {
                var comment = AddComment(pull, Caller(request)!, (string?)body["body"] ?? "");
                _ = SendCommentAsync(pull, comment.User.Login, "created", comment, null);
                return new GiteaAnswer(GiteaShapes.Comment(comment), 201);
            });
        });
        repository.MapPatch("/issues/comments/{id:long}", async (HttpRequest request, string owner, string name, long id) =>
        {
            var body = await BodyAsync(request);
            return With(owner, name, repo =>
            {
                var pull = repo.Pulls.Find(one => one.Comments.Exists(comment => comment.Id == id));
                if (pull is null) return NotFound();
                var old = pull.Comments.Find(comment => comment.Id == id)!;
                var edited = Replace(pull, old, (string?)body["body"] ?? "");
                _ = SendCommentAsync(pull, Caller(request)!.Login, "edited", edited, old.Body);
                return new GiteaAnswer(GiteaShapes.Comment(edited), 200);
            });
        });
    }

    private async Task<IResult> PostStatusByApiAsync(HttpRequest request, string owner, string name, string sha)
    {
        var body = await BodyAsync(request);
        var text = new StatusText(
            (string?)body["state"] ?? "", (string?)body["context"] ?? "default", (string?)body["description"] ?? "",
            (string?)body["target_url"] ?? "");
        if (Found(owner, name) is not { } repository) return NotFound();
        if (repository.RightOf(Caller(request)!.Login) < GiteaRight.Write) return GiteaAnswer.Error(403, "user should have a permission to write");
        if (!StatusStates.Contains(text.State)) return GiteaAnswer.Error(422, "unknown state");
        if (await repository.Git.TryResolveAsync(sha) is null) return NotFound();
        var status = AddStatus(repository, Caller(request)!, sha, text);
        _ = SendStatusAsync(repository, status);
        return new GiteaAnswer(GiteaShapes.Status(status), 201);
    }

    private async Task<IResult> OpenByApiAsync(HttpRequest request, string owner, string name)
    {
        var wanted = await BodyAsync(request);
        if (Found(owner, name) is not { } repository) return NotFound();
        var (head, onto) = ((string?)wanted["head"] ?? "", (string?)wanted["base"] ?? "");
        if (await repository.Git.TryResolveAsync($"refs/heads/{head}") is null) return NotFound();
        if (await repository.Git.TryResolveAsync($"refs/heads/{onto}") is null) return NotFound();
        lock (_gate)
        {
            if (repository.Pulls.Exists(pull => pull.IsOpen && pull.SourceBranch == head && pull.TargetBranch == onto))
            {
                return GiteaAnswer.Error(409, "pull request already exists for these targets");
            }
        }

        var opened = await OpenAsync(repository, Caller(request)!.Login, (number, user) => new GiteaPull(repository, number, user)
        {
            Title = (string?)wanted["title"] ?? "",
            Body = (string?)wanted["body"] ?? "",
            SourceBranch = head,
            TargetBranch = onto,
            CreatedAt = _clock.GetUtcNow(),
        });
        lock (_gate) return new GiteaAnswer(_shapes.Pull(opened), 201);
    }

    private async Task<IResult> MergeByApiAsync(HttpRequest request, string owner, string name, long number)
    {
        var body = await BodyAsync(request);
        if (Found(owner, name)?.Pulls.Find(one => one.Number == number) is not { } pull) return NotFound();
        if ((string?)body["head_commit_id"] is { Length: > 0 } head && head != pull.Head) return GiteaAnswer.Error(409, "head out of date");
        var how = (string?)(body["Do"] ?? body["do"]) switch
        {
            "merge" => GiteaMerge.Merge,
            "squash" => GiteaMerge.Squash,
            "rebase" => GiteaMerge.Rebase,
            _ => (GiteaMerge?)null,
        };
        if (how is null) return GiteaAnswer.Error(422, "[Do]: Required");
        try
        {
            await MergeAsync(pull, Caller(request)!.Login, how.Value, (bool?)body["force_merge"] ?? false);
            return new GiteaAnswer(null, 200);
        }
        catch (GiteaRefusedException refused)
        {
            return GiteaAnswer.Error(refused.Status, refused.Message);
        }
    }

    private GiteaAnswer RepositoriesOf(HttpContext context, string owner, bool isOrganization)
    {
        lock (_gate)
        {
            var known = isOrganization ? IsOrganization(owner) : _users.ContainsKey(owner);
            if (!known) return NotFound();
            var owned = _repositories.Values.Where(repo => repo.Path.StartsWith(owner + "/", StringComparison.OrdinalIgnoreCase));
            return Page(context, owned.Select(repo => _shapes.Repository(repo)));
        }
    }

    private bool IsOrganization(string owner) =>
        !_users.ContainsKey(owner) && _repositories.Keys.Any(path => path.StartsWith(owner + "/", StringComparison.OrdinalIgnoreCase));

    private GiteaRepository? Found(string owner, string name)
    {
        lock (_gate) return _repositories.GetValueOrDefault($"{owner}/{name}");
    }

    private IResult With(string owner, string name, Func<GiteaRepository, IResult> answer)
    {
        lock (_gate) return Found(owner, name) is { } repository ? answer(repository) : NotFound();
    }

    private IResult With(string owner, string name, long number, Func<GiteaPull, IResult> answer) =>
        With(owner, name, repo => repo.Pulls.Find(pull => pull.Number == number) is { } pull ? answer(pull) : NotFound());

    private IResult AsAdmin(HttpContext context, string owner, string name, Func<GiteaRepository, IResult> answer) =>
        With(owner, name, repo => repo.RightOf(Caller(context.Request)!.Login) == GiteaRight.Admin
            ? answer(repo)
            : GiteaAnswer.Error(403, "user should be an owner or a collaborator with admin write of a repository"));

    private static async Task<JsonObject> BodyAsync(HttpRequest request) =>
        await JsonSerializer.DeserializeAsync<JsonObject>(request.Body) ?? [];

    private static GiteaAnswer NotFound() => GiteaAnswer.Error(404, "The target couldn't be found.");

    /// <summary>One page. An item that is null is counted and not shown.</summary>
    /// <param name="isLinked">Whether the next page is named in a Link header; some lists only have a count.</param>
    private GiteaAnswer Page(HttpContext context, IEnumerable<JsonObject?> items, bool isLinked = true)
    {
        var all = items.ToList();
        var size = Math.Clamp(Query(context.Request, "limit", 30), 1, MaxResponseItems);
        var page = Math.Max(1, Query(context.Request, "page", 1));
        var body = new JsonArray([.. all.Skip((page - 1) * size).Take(size).OfType<JsonObject>()]);
        var next = $"<https://root-url.example{context.Request.Path}?limit={size}&page={page + 1}>; rel=\"next\"";
        return new GiteaAnswer(body, 200)
        {
            Total = CountsItems ? all.Count : null,
            Link = isLinked && page * size < all.Count ? next : null,
        };
    }

    private static int Query(HttpRequest request, string name, int otherwise) =>
        int.TryParse(request.Query[name], out var number) ? number : otherwise;
}
