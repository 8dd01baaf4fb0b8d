using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>Branches, files and pull requests that programs read and write.</summary>
public sealed partial class FakeGitHub
{
    private void MapContents(RouteGroupBuilder repository)
    {
        repository.MapGet("/git/ref/{**full}", RefAsync);
        repository.MapPost("/git/refs", CreateRefAsync);
        repository.MapGet("/contents/{**path}", FileAsync);
        repository.MapPut("/contents/{**path}", WriteFileAsync);
        repository.MapGet("/pulls", Pulls);
        repository.MapPost("/pulls", OpenPullByApiAsync);
    }

    private async Task<IResult> RefAsync(string owner, string name, string full)
    {
        if (Found(owner, name) is not { } repository) return Error(404, "Not Found");
        var whole = $"refs/{Uri.UnescapeDataString(full)}";
        return await repository.Git.TryResolveAsync(whole) is { } commit ? Json(RefShape(whole, commit)) : Error(404, "Not Found");
    }

    private async Task<IResult> CommitAsync(string owner, string name, string sha)
    {
        if (Found(owner, name) is not { } repository) return Error(404, "Not Found");
        if (await repository.Git.TryResolveAsync(sha) is not { } commit) return Error(422, $"No commit found for SHA: {sha}");
        return Json(new JsonObject { ["sha"] = commit, ["url"] = $"{ApiUrl}/repos/{repository.Path}/commits/{commit}" });
    }

    private async Task<IResult> CreateRefAsync(HttpRequest request, string owner, string name)
    {
        var body = await BodyAsync(request);
        if (Found(owner, name) is not { } repository) return Error(404, "Not Found");
        var (full, commit) = ((string?)body["ref"] ?? "", (string?)body["sha"] ?? "");
        if (!full.StartsWith("refs/heads/", StringComparison.Ordinal)) return Error(422, "Reference name must start with 'refs/'");
        if (await repository.Git.TryResolveAsync(full) is not null) return Error(422, "Reference already exists");
        if (await repository.Git.TryResolveAsync(commit) is null) return Error(422, "Object does not exist");
        await repository.Git.SetRefAsync(full, commit);
        _ = SendPushAsync(repository, Caller(request)!.Login, full, null, commit, isForced: false);
        return Json(RefShape(full, commit), 201);
    }

    private async Task<IResult> FileAsync(HttpRequest request, string owner, string name, string path)
    {
        if (Found(owner, name) is not { } repository) return Error(404, "Not Found");
        var (at, file) = (request.Query["ref"].ToString(), Uri.UnescapeDataString(path));
        if (at.Length == 0) at = repository.DefaultBranch;
        if (await repository.Git.TryResolveAsync(at) is not { } commit) return Error(404, $"No commit found for the ref {at}");
        if (await repository.Git.ReadAsync(commit, file) is not { } text) return Error(404, "Not Found");
        // GitHub breaks the lines of what it encodes.
        var content = Convert.ToBase64String(Encoding.UTF8.GetBytes(text), Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n");
        return Json(new JsonObject
        {
            ["type"] = "file",
            ["path"] = file,
            ["sha"] = await BlobAsync(repository, commit, file),
            ["encoding"] = "base64",
            ["content"] = content + "\n",
        });
    }

    private async Task<IResult> WriteFileAsync(HttpRequest request, string owner, string name, string path)
    {
        var body = await BodyAsync(request);
        if (Found(owner, name) is not { } repository) return Error(404, "Not Found");
        var (branch, file) = ((string?)body["branch"] ?? repository.DefaultBranch, Uri.UnescapeDataString(path));
        if (await repository.Git.TryResolveAsync($"refs/heads/{branch}") is not { } before) return Error(404, $"Branch {branch} not found");
        var known = await repository.Git.ReadAsync(before, file) is null ? null : await BlobAsync(repository, before, file);
        if (known is not null && body["sha"] is null) return Error(422, "Invalid request.\n\n\"sha\" wasn't supplied.");
        if (known != (string?)body["sha"]) return Error(409, $"{file} does not match {body["sha"]}");
        var text = Encoding.UTF8.GetString(Convert.FromBase64String((string?)body["content"] ?? ""));
        var (by, message) = (Caller(request)!.Login, (string?)body["message"] ?? "");
        var after = await repository.Git.CommitAsync(branch, message, [GitFile.Text(file, text)], new GitPerson(by, $"{by}@example.org"));
        _ = PushedAsync(repository, by, branch, before, after);
        return Json(new JsonObject { ["commit"] = new JsonObject { ["sha"] = after } }, known is null ? 201 : 200);
    }

    private IResult Pulls(HttpContext context, string owner, string name) => With(owner, name, repo =>
    {
        var query = context.Request.Query;
        var (state, head, onto) = (query["state"].ToString(), query["head"].ToString(), query["base"].ToString());
        var pulls = repo.Pulls
            .Where(pull => state == "all" || pull.IsOpen == (state != "closed"))
            .Where(pull => head.Length == 0 || head == $"{(pull.IsFromFork ? pull.Author.Login : OwnerOf(repo))}:{pull.SourceBranch}")
            .Where(pull => onto.Length == 0 || pull.TargetBranch == onto)
            .OrderBy(pull => pull.Number);
        return Page(context, (query["direction"] == "asc" ? pulls : pulls.Reverse()).Select(_shapes.Pull));
    });

    private async Task<IResult> OpenPullByApiAsync(HttpRequest request, string owner, string name)
    {
        var body = await BodyAsync(request);
        if (Found(owner, name) is not { } repository) return Error(404, "Not Found");
        var (from, onto) = ((string?)body["head"] ?? "", (string?)body["base"] ?? "");
        var (head, tip) = (await repository.Git.TryResolveAsync($"refs/heads/{from}"), await repository.Git.TryResolveAsync($"refs/heads/{onto}"));
        if (head is null || tip is null) return Error(422, "Validation Failed");
        var isAhead = (await repository.Git.LogAsync($"{tip}..{head}")).Count > 0;
        if (!isAhead) return Error(422, $"Validation Failed: No commits between {onto} and {from}");
        lock (_gate)
        {
            var isThere = repository.Pulls.Exists(pull => pull.IsOpen && pull.SourceBranch == from && pull.TargetBranch == onto);
            if (isThere) return Error(422, $"Validation Failed: A pull request already exists for {from}.");
        }

        var by = Caller(request)!.Login;
        var opened = await AddPullAsync(repository, by, (from, onto), (string?)body["title"] ?? "");
        opened.Body = (string?)body["body"] ?? "";
        _ = SendPullAsync(opened, by, "opened");
        lock (_gate) return Json(_shapes.Pull(opened), 201);
    }

    private static async Task<string> BlobAsync(GitHubRepository repository, string commit, string file) =>
        (await repository.Git.GitAsync("rev-parse", $"{commit}:{file}")).Trim();

    private static JsonObject RefShape(string full, string commit) => new()
    {
        ["ref"] = full,
        ["object"] = new JsonObject { ["sha"] = commit, ["type"] = "commit" },
    };
}
