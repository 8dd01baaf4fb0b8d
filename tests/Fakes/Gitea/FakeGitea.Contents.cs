using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>Files that are read and written through the API.</summary>
public sealed partial class FakeGitea
{
    private void MapContents(RouteGroupBuilder repository)
    {
        repository.MapGet("/contents/{**path}", ContentAsync);
        repository.MapPost("/contents", ChangeFilesAsync);
    }

    private async Task<IResult> ContentAsync(HttpContext context, string owner, string name, string path)
    {
        if (Found(owner, name) is not { } repository) return NotFound();
        var from = context.Request.Query["ref"].ToString() is { Length: > 0 } named ? named : repository.DefaultBranch;
        if (await repository.Git.ReadAsync(from, path) is not { } text) return NotFound();
        return new GiteaAnswer(
            new JsonObject
            {
                ["name"] = path.Split('/')[^1],
                ["path"] = path,
                ["type"] = "file",
                ["sha"] = await BlobAsync(repository, from, path),
                ["encoding"] = "base64",
                ["content"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
            },
            200);
    }

    private async Task<IResult> ChangeFilesAsync(HttpContext context, string owner, string name)
    {
        var wanted = await BodyAsync(context.Request);
        if (Found(owner, name) is not { } repository) return NotFound();
        var by = Caller(context.Request)!.Login;
        var onto = (string?)wanted["branch"] is { Length: > 0 } branch ? branch : repository.DefaultBranch;
        var into = (string?)wanted["new_branch"] is { Length: > 0 } fresh ? fresh : onto;
        if (await repository.Git.TryResolveAsync($"refs/heads/{onto}") is null)
        {
            return GiteaAnswer.Error(404, $"branch does not exist [name: {onto}]");
        }

        if (into != onto && await repository.Git.TryResolveAsync($"refs/heads/{into}") is not null)
        {
            return GiteaAnswer.Error(422, $"branch already exists [name: {into}]");
        }

        lock (_gate)
        {
            if (repository.RightOf(by) < GiteaRight.Write) return GiteaAnswer.Error(403, "user cannot commit to repo");
            if (PushProblem(repository, into) is { } problem) return GiteaAnswer.Error(403, problem);
        }

        var files = new List<GitFile>();
        foreach (var file in wanted["files"]!.AsArray())
        {
            var path = (string)file!["path"]!;
            if (await FileProblemAsync(repository, onto, path, file) is { } problem) return GiteaAnswer.Error(422, problem);
            files.Add(new GitFile(path, Convert.FromBase64String((string?)file["content"] ?? "")));
        }

        var commit = await CommitAsync(repository, by, into, (string?)wanted["message"] ?? "", files, onto);
        return new GiteaAnswer(new JsonObject { ["commit"] = new JsonObject { ["sha"] = commit } }, 201);
    }

    private static async Task<string?> FileProblemAsync(GiteaRepository repository, string onto, string path, JsonNode file)
    {
        var blob = await repository.Git.ReadAsync(onto, path) is null ? null : await BlobAsync(repository, onto, path);
        return (string?)file["operation"] switch
        {
            "create" => blob is null ? null : $"repository file already exists [path: {path}]",
            "update" => blob == (string?)file["sha"] ? null : $"sha does not match [given: {(string?)file["sha"]}, expected: {blob}]",
            var other => $"operation `{other}` is not played here",
        };
    }

    private static async Task<string> BlobAsync(GiteaRepository repository, string from, string path) =>
        (await repository.Git.GitAsync("rev-parse", "--verify", $"{from}:{path}")).Trim();
}
