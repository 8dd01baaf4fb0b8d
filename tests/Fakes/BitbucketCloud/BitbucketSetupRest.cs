using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>The part of REST API 2.0 by which the gate looks round and sets a repository up.</summary>
internal sealed class BitbucketSetupRest(FakeBitbucketCloud forge)
{
    private const string Repository = "/repositories/{workspace}/{slug}";

    public void Map(RouteGroupBuilder api)
    {
        MapSurvey(api);
        MapRules(api);
        MapFiles(api);
    }

    private void MapSurvey(RouteGroupBuilder api)
    {
        api.MapGet("/user", (HttpRequest request) => BitbucketAnswers.One(request, BitbucketJson.User(forge.Gate)));
        api.MapGet("/workspaces/{workspace}/permissions/repositories/{slug}", (HttpRequest request) => With(request, _ =>
            forge.GatePermission == "admin"
                ? BitbucketAnswers.Page(request, [new JsonObject
                {
                    ["type"] = "repository_permission",
                    ["user"] = BitbucketJson.User(forge.Gate),
                    ["permission"] = forge.GatePermission,
                }])
                : BitbucketAnswers.Wrong(403, "You must be an admin of this repository.")));
        api.MapGet("/repositories/{workspace}", (HttpRequest request, string workspace) =>
            forge.RepositoriesOf(workspace) is { Count: > 0 } found
                ? BitbucketAnswers.Page(request, found.Select(BitbucketJson.Repository))
                : BitbucketAnswers.Missing("Workspace"));
        api.MapGet(Repository + "/refs/branches", async (HttpRequest request) =>
        {
            if (forge.Find(request) is not { } repository) return BitbucketAnswers.Missing("Repository");
            var query = request.Query["q"].FirstOrDefault() ?? "";
            var found = (await repository.Repo.BranchesAsync()).Where(branch =>
                query.Length == 0 || string.Equals(query, $"name = \"{branch.Name}\"", StringComparison.OrdinalIgnoreCase));
            return BitbucketAnswers.Page(request, found.Select(branch => new JsonObject
            {
                ["type"] = "branch",
                ["name"] = branch.Name,
                ["target"] = BitbucketJson.Commit(branch.Commit),
            }));
        });
    }

    private void MapRules(RouteGroupBuilder api)
    {
        api.MapDelete(Repository + "/hooks/{uuid}", (HttpRequest request, string uuid) => With(request, repository =>
            repository.Hooks.RemoveAll(hook => hook.Uuid == Uri.UnescapeDataString(uuid)) == 1
                ? Results.StatusCode(204)
                : BitbucketAnswers.Missing("Webhook")));
        api.MapGet(Repository + "/branch-restrictions", (HttpRequest request) => With(request, repository =>
            BitbucketAnswers.Page(request, repository.Restrictions.Select(BitbucketJson.Restriction))));
        api.MapPost(Repository + "/branch-restrictions", async (HttpRequest request) =>
        {
            var body = await BitbucketRest.BodyAsync(request);
            return With(request, repository => forge.Set(repository, body) is { } rule
                ? BitbucketAnswers.Created(rule)
                : BitbucketAnswers.Wrong(403, "Merge checks are enforced in Premium workspaces only."));
        });
        api.MapDelete(Repository + "/branch-restrictions/{id:long}", (HttpRequest request, long id) => With(request, repository =>
            repository.Restrictions.RemoveAll(rule => rule.Id == id) == 1
                ? Results.StatusCode(204)
                : BitbucketAnswers.Missing("Branch restriction")));
    }

    private void MapFiles(RouteGroupBuilder api)
    {
        api.MapGet(Repository + "/src/{commit}/{**path}", async (HttpRequest request, string commit, string path) =>
        {
            if (forge.Find(request) is not { } repository || await repository.Repo.ReadAsync(commit, path) is not { } text)
            {
                return BitbucketAnswers.Missing("Path");
            }

            return request.Query["format"] == "meta"
                ? BitbucketAnswers.One(request, new JsonObject
                {
                    ["type"] = "commit_file",
                    ["path"] = path,
                    ["size"] = Encoding.UTF8.GetByteCount(text),
                })
                : Results.Text(text, "text/plain", Encoding.UTF8);
        });
        api.MapPost(Repository + "/src", async (HttpRequest request) =>
            forge.Find(request) is { } repository
                ? await CommitAsync(repository, await request.ReadFormAsync())
                : BitbucketAnswers.Missing("Repository"));
        api.MapPost(Repository + "/pullrequests", async (HttpRequest request) =>
        {
            var body = await BitbucketRest.BodyAsync(request);
            if (forge.Find(request) is not { } repository) return BitbucketAnswers.Missing("Repository");
            var (from, onto) = (BranchOf(body, "source"), BranchOf(body, "destination"));
            if (await repository.Repo.TryResolveAsync($"refs/heads/{from}") is null)
            {
                return BitbucketAnswers.Wrong(400, "source: branch not found");
            }

            var (title, text) = (BitbucketRest.Text(body, "title"), BitbucketRest.Text(body, "description"));
            var id = await forge.OpenChangeAsync(repository.Path, forge.Gate.Nickname, from, title, onto, text);
            return BitbucketAnswers.Created(BitbucketJson.PullRequest(repository, forge.Find(repository, id)!));
        });
    }

    /// <summary>A new branch begins at the parent; an old one must stand there.</summary>
    private async Task<IResult> CommitAsync(BitbucketRepository repository, IFormCollection form)
    {
        var (branch, parent) = (form["branch"].ToString(), form["parents"].ToString());
        var before = await repository.Repo.TryResolveAsync($"refs/heads/{branch}");
        if (before is not null && before != parent) return BitbucketAnswers.Wrong(409, "the branch is not at the given parent");
        var files = form.Where(field => field.Key.StartsWith('/')).Select(field => GitFile.Text(field.Key[1..], field.Value.ToString()));
        var commit = await repository.Repo.CommitAsync(branch, form["message"].ToString(), [.. files], from: parent);
        await forge.PushedAsync(repository, branch, before, commit);
        return Results.StatusCode(201);
    }

    private static string BranchOf(JsonObject body, string side) =>
        body[side]?["branch"]?["name"]?.GetValue<string>() ?? "";

    private IResult With(HttpRequest request, Func<BitbucketRepository, IResult> answer) =>
        forge.Find(request) is { } repository ? answer(repository) : BitbucketAnswers.Missing("Repository");
}
