using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>What the REST API answers of accounts, teams and repositories. Source: Microsoft's descriptions, version 7.1.</summary>
public sealed partial class FakeAzureDevOps
{
    private void MapApi(RouteGroupBuilder organization)
    {
        organization.MapGet("/_apis/connectionData", (HttpRequest request) => AzureAnswer.Of(ConnectionData(Caller(request)!)));
        organization.MapGet("/_apis/permissions/{space}/{bit:int}", (int bit) =>
            AzureAnswer.List([JsonValue.Create(!MissingRights.Contains(bit))]));
        organization.MapGet("/_apis/projects/{project}/teams", (HttpRequest request, string project) => TeamsOf(request, project));
        organization.MapGet("/_apis/projects/{project}/teams/{team}/members", (HttpRequest request, string project, string team) =>
            MembersOf(request, $"{project}/{team}"));
        MapSubscriptions(organization.MapGroup("/_apis/hooks/subscriptions"));
        MapPolicies(organization.MapGroup("/{project}/_apis"));
        organization.MapGet("/{project}/_apis/git/repositories", (string project) => RepositoriesOf(project));
        var repository = organization.MapGroup("/{project}/_apis/git/repositories/{name}");
        repository.MapGet("", (string project, string name) => With(project, name, repo => AzureAnswer.Of(_shapes.Repository(repo))));
        repository.MapGet("/refs", RefsAsync);
        repository.MapGet("/items", ItemAsync);
        repository.MapPost("/pushes", PushByApiAsync);
        repository.MapGet("/commits/{sha}/statuses", CommitStatusesAsync);
        repository.MapPost("/commits/{sha}/statuses", PostCommitStatusAsync);
        MapPulls(repository);
        MapThreads(repository.MapGroup("/pullRequests/{number:long}/threads"));
    }

    private static JsonObject ConnectionData(AzureUser user) => new()
    {
        ["authenticatedUser"] = new JsonObject
        {
            ["id"] = user.Id,
            ["descriptor"] = user.Descriptor,
            ["providerDisplayName"] = user.Name,
            ["properties"] = new JsonObject { ["Account"] = new JsonObject { ["$type"] = "System.String", ["$value"] = user.Name } },
        },
        ["deploymentType"] = "hosted",
    };

    private AzureAnswer TeamsOf(HttpRequest request, string project)
    {
        lock (_gate)
        {
            if (!_projects.ContainsKey(project)) return AzureAnswer.Missing($"The project {project}");
            var teams = _teams.Keys.Where(team => team.StartsWith($"{project}/", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);
            return Page(request, teams.Select(team => new JsonObject { ["name"] = team.Split('/')[1] }));
        }
    }

    private AzureAnswer MembersOf(HttpRequest request, string team)
    {
        lock (_gate)
        {
            return _teams.TryGetValue(team, out var members)
                ? Page(request, members.Select(member => new JsonObject { ["identity"] = AzureShapes.User(member) }))
                : AzureAnswer.Error(404, $"The team '{team}' does not exist.", "TeamNotFoundException");
        }
    }

    private AzureAnswer RepositoriesOf(string project)
    {
        lock (_gate)
        {
            if (!_projects.ContainsKey(project)) return AzureAnswer.Missing($"TF200016: The project {project}");
            return AzureAnswer.List(_repositories.Values
                .Where(repository => repository.Project.Equals(project, StringComparison.OrdinalIgnoreCase)).Select(_shapes.Repository));
        }
    }

    /// <summary>All refs that begin so, unless fewer are asked for.</summary>
    private async Task<IResult> RefsAsync(HttpRequest request, string project, string name)
    {
        if (Found(project, name) is not { } repository) return AzureAnswer.Missing(name);
        var start = $"refs/{request.Query["filter"]}";
        var branches = await repository.Git.BranchesAsync();
        return AzureAnswer.List(branches
            .Select(branch => (Name: $"refs/heads/{branch.Name}", branch.Commit))
            .Where(branch => branch.Name.StartsWith(start, StringComparison.Ordinal))
            .Select(branch => new JsonObject { ["name"] = branch.Name, ["objectId"] = branch.Commit }));
    }

    private async Task<IResult> ItemAsync(HttpRequest request, string project, string name)
    {
        if (Found(project, name) is not { } repository) return AzureAnswer.Missing(name);
        var (path, version) = (request.Query["path"].ToString(), request.Query["versionDescriptor.version"].ToString());
        if (await repository.Git.TryResolveAsync($"refs/heads/{version}") is not { } commit) return AzureAnswer.Missing($"The branch {version}");
        if (await repository.Git.ReadAsync(commit, path.TrimStart('/')) is not { } text) return AzureAnswer.Missing($"The item {path}");
        var item = new JsonObject { ["path"] = path, ["commitId"] = commit, ["gitObjectType"] = "blob" };
        if (request.Query["includeContent"] == "true") item["content"] = text;
        return AzureAnswer.Of(item);
    }

    private async Task<IResult> PushByApiAsync(HttpRequest request, string project, string name)
    {
        var body = await BodyAsync(request);
        if (Found(project, name) is not { } repository) return AzureAnswer.Missing(name);
        var (update, commit) = (body["refUpdates"]![0]!, body["commits"]![0]!);
        var (branch, old) = (((string)update["name"]!)["refs/heads/".Length..], (string)update["oldObjectId"]!);
        var before = await repository.Git.TryResolveAsync($"refs/heads/{branch}");
        // A branch that is not there yet begins at the commit that is said to be the old one.
        if (before is not null && before != old || await repository.Git.TryResolveAsync(old) is null)
        {
            return AzureAnswer.Error(409, $"TF401028: The reference 'refs/heads/{branch}' has already been updated.", "GitReferenceStaleException");
        }

        var files = new List<(string Path, string? Text)>();
        foreach (var change in commit["changes"]!.AsArray())
        {
            var path = ((string)change!["item"]!["path"]!).TrimStart('/');
            var isThere = await repository.Git.ReadAsync(old, path) is not null;
            if (((string?)change["changeType"] == "add") == isThere)
            {
                return AzureAnswer.Error(400, $"TF401024: '{path}' cannot be changed so.", "GitPushException");
            }


            files.Add((path, (string)change["newContent"]!["content"]!));
        }

        var by = Caller(request)!.Name;
        var changes = files.Select(file => Git.GitFile.Text(file.Path, file.Text!)).ToList();
        var after = await repository.Git.CommitAsync(branch, (string)commit["comment"]!, changes, new(by, $"{by}@example.org"), from: old);
        _ = PushedAsync(repository, by, branch, before, after);
        return AzureAnswer.Of(new JsonObject { ["pushId"] = NextId(), ["commits"] = new JsonArray(new JsonObject { ["commitId"] = after }) }, 201);
    }

    private async Task<IResult> CommitStatusesAsync(HttpRequest request, string project, string name, string sha)
    {
        if (Found(project, name) is not { } repository || await repository.Git.TryResolveAsync(sha) is null)
        {
            return AzureAnswer.Missing($"The commit {sha}");
        }

        lock (_gate)
        {
            var all = repository.Statuses.Where(one => one.Commit == sha).Select(one => one.Status).Reverse();
            if (request.Query["latestOnly"] == "true") all = all.DistinctBy(AzurePull.Context);
            return AzureAnswer.List(all.Select(AzureShapes.Status));
        }
    }

    private async Task<IResult> PostCommitStatusAsync(HttpRequest request, string project, string name, string sha)
    {
        var body = await BodyAsync(request);
        if (Found(project, name) is not { } repository || await repository.Git.TryResolveAsync(sha) is null)
        {
            return AzureAnswer.Missing($"The commit {sha}");
        }

        if (StatusOf(body, Caller(request)!, 0) is not { } status) return AzureAnswer.Invalid("status");
        lock (_gate) repository.Statuses.Add((sha, status));
        return AzureAnswer.Of(AzureShapes.Status(status), 201);
    }

    private AzureRepository? Found(string project, string name)
    {
        lock (_gate)
        {
            var found = _repositories.GetValueOrDefault($"{project}/{name}") ?? _repositories.Values.FirstOrDefault(one => one.Id == name);
            return found is { IsDisabled: false } ? found : null;
        }
    }

    private IResult With(string project, string name, Func<AzureRepository, IResult> answer)
    {
        lock (_gate) return Found(project, name) is { } repository ? answer(repository) : AzureAnswer.Missing($"The Git repository {name}");
    }

    private IResult With(string project, string name, long number, Func<AzurePull, IResult> answer) => With(project, name, repository =>
        repository.Pulls.Find(pull => pull.Number == number) is { } pull
            ? answer(pull)
            : AzureAnswer.Error(404, $"TF401180: The requested pull request was not found.", "GitPullRequestNotFoundException"));

    private static async Task<JsonObject> BodyAsync(HttpRequest request) =>
        await JsonSerializer.DeserializeAsync<JsonObject>(request.Body) ?? [];

    private static AzureAnswer Page(HttpRequest request, IEnumerable<JsonNode> items) =>
        AzureAnswer.List(items.Skip(Query(request, "$skip", 0)).Take(Math.Clamp(Query(request, "$top", 100), 1, 1000)));

    private static int Query(HttpRequest request, string name, int otherwise) =>
        int.TryParse(request.Query[name], out var number) ? number : otherwise;
}
