using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>Repositories, branches, files, pull requests and their comments, and the instance itself.</summary>
internal sealed class DataCenterRest(FakeBitbucketDataCenter forge) : DataCenterRoutes(forge)
{
    private const string Change = Repository + "/pull-requests/{id:long}";

    public void Map(IEndpointRouteBuilder api)
    {
        MapInstance(api);
        MapBranches(api);
        MapChanges(api);
        MapComments(api);
    }

    private void MapInstance(IEndpointRouteBuilder api)
    {
        api.MapGet("/api/latest/application-properties", () => DataCenterAnswers.One(new JsonObject
        {
            ["version"] = "9.4.1",
            ["buildNumber"] = "9004001",
            ["displayName"] = "Bitbucket",
        }));
        api.MapGet("/api/latest/projects/{project}/repos", (HttpRequest request, string project) =>
            Forge.RepositoriesOf(project) is { Count: > 0 } found
                ? DataCenterAnswers.Page(request, found.Select(DataCenterJson.Repository))
                : DataCenterAnswers.Missing("Project", "project.NoSuchProjectException"));
        api.MapGet("/api/latest/repos", (HttpRequest request) =>
        {
            var isSeen = request.Query["permission"].ToString() switch
            {
                "REPO_ADMIN" => Forge.GateIsAdmin,
                "REPO_WRITE" => Forge.GateMayWrite,
                _ => true,
            };
            var found = isSeen ? Forge.RepositoriesOf(request.Query["projectkey"].ToString()) : [];
            return DataCenterAnswers.Page(request, found.Select(DataCenterJson.Repository));
        });
        api.MapGet("/api/latest/admin/groups/more-members", (HttpRequest request) =>
            DataCenterAnswers.Page(request, Forge.MembersOf(request.Query["context"].ToString()).Select(DataCenterJson.User)));
        api.MapGet("/api/latest/groups", (HttpRequest request) => DataCenterAnswers.Page(
            request, Forge.GroupsWith(request.Query["filter"].ToString()).Select(name => (JsonNode)JsonValue.Create(name)!)));
        api.MapGet(Repository, (HttpRequest request) => With(request, repository =>
            DataCenterAnswers.One(DataCenterJson.Repository(repository))));
    }

    private void MapBranches(IEndpointRouteBuilder api)
    {
        api.MapGet(Repository + "/default-branch", (HttpRequest request) => With(request, _ =>
            DataCenterAnswers.One(new JsonObject { ["id"] = "refs/heads/main", ["displayId"] = "main", ["type"] = "BRANCH" })));
        api.MapGet(Repository + "/branches", (HttpRequest request) => With(request, async repository =>
        {
            var filter = request.Query["filterText"].ToString();
            var found = (await repository.Repo.BranchesAsync())
                .Where(branch => branch.Name.Contains(filter, StringComparison.OrdinalIgnoreCase));
            return DataCenterAnswers.Page(
                request, found.Select(branch => DataCenterJson.Branch(branch.Name, branch.Commit, branch.Name == "main")));
        }));
        api.MapPost(Repository + "/branches", (HttpRequest request) => AsWriter(request, async repository =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            var name = DataCenterAnswers.Text(body, "name");
            if (await repository.Repo.TryResolveAsync($"refs/heads/{name}") is not null)
            {
                return DataCenterAnswers.Wrong(409, $"Branch '{name}' already exists.", "com.atlassian.bitbucket.branch.DuplicateRefException");
            }

            if (await repository.Repo.TryResolveAsync(DataCenterAnswers.Text(body, "startPoint")) is not { } start)
            {
                return DataCenterAnswers.Wrong(400, "startPoint: it does not name a commit");
            }

            await repository.Repo.SetRefAsync($"refs/heads/{name}", start);
            await Forge.MovedAsync(repository, Forge.Gate, name, null, start);
            return DataCenterAnswers.One(DataCenterJson.Branch(name, start, false));
        }));
        api.MapGet(Repository + "/browse/{**path}", (HttpRequest request, string path) => With(request, async repository =>
        {
            var at = request.Query["at"].ToString() is { Length: > 0 } named ? named : "refs/heads/main";
            if (await repository.Repo.TryResolveAsync(at) is not { } commit || await repository.Repo.ReadAsync(commit, path) is not { } text)
            {
                return DataCenterAnswers.Missing($"The path \"{path}\"", "content.NoSuchPathException");
            }

            var lines = text.TrimEnd('\n').Split('\n').Select(line => new JsonObject { ["text"] = line });
            return DataCenterAnswers.Page(request, lines, "lines");
        }));
        api.MapPut(Repository + "/browse/{**path}", (HttpRequest request, string path) =>
            AsWriter(request, repository => EditAsync(request, repository, path)));
    }

    private async Task<IResult> EditAsync(HttpRequest request, DataCenterRepository repository, string path)
    {
        if (!request.HasFormContentType) return DataCenterAnswers.Wrong(415, "multipart/form-data is wanted");
        if (request.Headers["X-Atlassian-Token"] != "no-check") return DataCenterAnswers.Wrong(403, "XSRF check failed");
        var form = await request.ReadFormAsync();
        var (branch, content) = (form["branch"].ToString(), form["content"].ToString());
        if (await repository.Repo.TryResolveAsync($"refs/heads/{branch}") is not { } tip)
        {
            return DataCenterAnswers.Missing($"Branch '{branch}'", "repository.NoSuchBranchException");
        }

        var now = await repository.Repo.ReadAsync(tip, path);
        var seenAt = form["sourceCommitId"].ToString();
        var seen = seenAt.Length == 0 ? null : await repository.Repo.ReadAsync(seenAt, path);
        if (now == content) return DataCenterAnswers.Wrong(409, "The file content was not modified.");
        if (now != seen)
        {
            return DataCenterAnswers.Wrong(
                409, seenAt.Length == 0 ? "The file already exists." : "The file has changed since it was read.");
        }

        var files = new[] { Git.GitFile.Text(path, content) };
        var commit = await repository.Repo.CommitAsync(
            branch, form["message"].ToString(), files, FakeBitbucketDataCenter.Person(Forge.Gate));
        await Forge.MovedAsync(repository, Forge.Gate, branch, tip, commit);
        return DataCenterAnswers.One(DataCenterJson.Commit(commit));
    }

    private void MapChanges(IEndpointRouteBuilder api)
    {
        api.MapGet(Repository + "/pull-requests", (HttpRequest request) => With(request, repository =>
        {
            var state = request.Query["state"].ToString() is { Length: > 0 } wanted ? wanted : "OPEN";
            var (at, isOutgoing) = (request.Query["at"].ToString(), request.Query["direction"] == "OUTGOING");
            var found = repository.PullRequests.Where(one => (state == "ALL" || one.State == state)
                && (at.Length == 0 || at == $"refs/heads/{(isOutgoing ? one.Source : one.Target)}"));
            if (request.Query["order"] != "OLDEST") found = found.Reverse();
            return DataCenterAnswers.Page(request, found.Select(one => Json(repository, one)));
        }));
        api.MapPost(Repository + "/pull-requests", (HttpRequest request) => With(request, async repository =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            var (source, target) = (BranchIn(body["fromRef"]), BranchIn(body["toRef"]));
            if (await repository.Repo.TryResolveAsync($"refs/heads/{source}") is null
                || await repository.Repo.TryResolveAsync($"refs/heads/{target}") is null)
            {
                return DataCenterAnswers.Missing("The branch", "repository.NoSuchBranchException");
            }

            if (repository.PullRequests.Any(one => one.State == "OPEN" && (one.Source, one.Target) == (source, target)))
            {
                return DataCenterAnswers.Wrong(
                    409, "Only one pull request may be open for a given source and target branch",
                    "com.atlassian.bitbucket.pull.DuplicatePullRequestException");
            }

            var change = await Forge.OpenAsync(
                repository, Forge.Gate, source, target, DataCenterAnswers.Text(body, "title"), DataCenterAnswers.Text(body, "description"));
            return DataCenterAnswers.One(Json(repository, change), 201);
        }));
        api.MapGet(Change, (HttpRequest request, long id) => With(request, id, (repository, change) =>
            DataCenterAnswers.One(Json(repository, change))));
        // The newest comes first, as there.
        api.MapGet(Change + "/activities", (HttpRequest request, long id) => With(request, id, (_, change) =>
            DataCenterAnswers.Page(request, change.Activities.Reverse().Select(DataCenterJson.Activity))));
        api.MapGet(Change + "/merge", (HttpRequest request, long id) => With(request, id, (repository, change) =>
            DataCenterAnswers.One(Mergeability(repository, change))));
        api.MapPost(Change + "/merge", (HttpRequest request, long id) => AsWriter(request, repository => MergeAsync(request, repository, id)));
    }

    private async Task<IResult> MergeAsync(HttpRequest request, DataCenterRepository repository, long id)
    {
        if (repository.PullRequests.Find(one => one.Id == id) is not { } change) return NoChange();
        if (request.Query["version"] != $"{change.Version}")
        {
            return DataCenterAnswers.Wrong(
                409, "You are attempting to modify a pull request based on out-of-date information.",
                "com.atlassian.bitbucket.pull.PullRequestOutOfDateException");
        }

        if (change.State != "OPEN" || Forge.Vetoes(repository, change).Count > 0)
        {
            return DataCenterAnswers.Wrong(
                409, "One or more merge checks vetoed the merge.", "com.atlassian.bitbucket.pull.PullRequestMergeVetoedException");
        }

        await Forge.MergeAsync(repository, change, Forge.Gate, DataCenterMerge.MergeCommit);
        return DataCenterAnswers.One(Json(repository, change));
    }

    private void MapComments(IEndpointRouteBuilder api)
    {
        api.MapPost(Change + "/comments", (HttpRequest request, long id) => With(request, async repository =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            var (text, parent) = (DataCenterAnswers.Text(body, "text"), body["parent"]?["id"]?.GetValue<long>() ?? 0);
            if (text.Length is 0 or > 32_768) return DataCenterAnswers.Wrong(400, "Please enter a text of at most 32768 characters.");
            if (repository.PullRequests.Find(one => one.Id == id) is not { } change) return NoChange();
            if (parent != 0 && FakeBitbucketDataCenter.CommentsIn(change).All(one => one.Id != parent)) return NoComment();
            return DataCenterAnswers.One(DataCenterJson.Comment(await Forge.WriteAsync(repository, change, Forge.Gate, text, parent)), 201);
        }));
        api.MapGet(Change + "/comments/{comment:long}", (HttpRequest request, long id, long comment) =>
            With(request, id, (_, change) => FakeBitbucketDataCenter.CommentsIn(change).FirstOrDefault(one => one.Id == comment) is { } found
                ? DataCenterAnswers.One(DataCenterJson.Comment(found))
                : NoComment()));
        api.MapPut(Change + "/comments/{comment:long}", (HttpRequest request, long id, long comment) => With(request, async repository =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            if (repository.PullRequests.Find(one => one.Id == id) is not { } change) return NoChange();
            if (FakeBitbucketDataCenter.CommentsIn(change).FirstOrDefault(one => one.Id == comment) is not { } found) return NoComment();
            if (found.Author != Forge.Gate) return DataCenterAnswers.Denied("You may only edit the text of your own comments.");
            if (body["version"]?.GetValue<int>() != found.Version)
            {
                return DataCenterAnswers.Wrong(
                    409, $"You are attempting to modify a comment based on out-of-date information; its version is {found.Version}.",
                    "com.atlassian.bitbucket.comment.CommentOutOfDateException");
            }

            await Forge.RewriteAsync(repository, change, found, DataCenterAnswers.Text(body, "text"));
            return DataCenterAnswers.One(DataCenterJson.Comment(found));
        }));
    }

    private JsonObject Mergeability(DataCenterRepository repository, DataCenterPullRequest change)
    {
        var vetoes = Forge.Vetoes(repository, change);
        return new JsonObject
        {
            ["canMerge"] = vetoes.Count == 0,
            ["conflicted"] = false,
            ["outcome"] = "CLEAN",
            ["vetoes"] = new JsonArray(
                [.. vetoes.Select(veto => new JsonObject { ["summaryMessage"] = "Required builds", ["detailedMessage"] = veto })]),
        };
    }

    private JsonObject Json(DataCenterRepository repository, DataCenterPullRequest change) =>
        DataCenterJson.PullRequest(Forge.Url, repository, change);

    private static string BranchIn(JsonNode? reference) =>
        reference is JsonObject side && DataCenterAnswers.Text(side, "id") is var id && id.StartsWith("refs/heads/", StringComparison.Ordinal)
            ? id["refs/heads/".Length..]
            : "";

    private static IResult NoChange() => DataCenterAnswers.Missing("Pull request", "pull.NoSuchPullRequestException");

    private static IResult NoComment() => DataCenterAnswers.Missing("Comment", "comment.NoSuchCommentException");

    private IResult With(HttpRequest request, long id, Func<DataCenterRepository, DataCenterPullRequest, IResult> answer) =>
        With(request, repository => repository.PullRequests.Find(one => one.Id == id) is { } change ? answer(repository, change) : NoChange());
}
