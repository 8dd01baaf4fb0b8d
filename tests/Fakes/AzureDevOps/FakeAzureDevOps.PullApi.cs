using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>What the REST API answers of pull requests, their statuses and their threads.</summary>
public sealed partial class FakeAzureDevOps
{
    private const int LongestComment = 150_000;

    private static readonly string[] StatusStates = ["notSet", "pending", "succeeded", "failed", "error", "notApplicable"];

    private void MapPulls(RouteGroupBuilder repository)
    {
        repository.MapGet("/pullrequests", (HttpRequest request, string project, string name) =>
            With(project, name, repo => ListPulls(request, repo)));
        repository.MapPost("/pullrequests", OpenByApiAsync);
        repository.MapPost("/pullrequestquery", QueryPullsAsync);
        var pulls = repository.MapGroup("/pullrequests/{number:long}");
        pulls.MapGet("", (string project, string name, long number) => With(project, name, number, pull => AzureAnswer.Of(_shapes.Pull(pull))));
        pulls.MapPatch("", UpdateByApiAsync);
        pulls.MapGet("/labels", (string project, string name, long number) =>
            With(project, name, number, pull => AzureAnswer.List(pull.Labels.Select(AzureShapes.Label))));
        pulls.MapGet("/iterations", (string project, string name, long number) =>
            With(project, name, number, pull => AzureAnswer.List(pull.Iterations.Select(AzureShapes.Iteration))));
        pulls.MapGet("/statuses", (string project, string name, long number) =>
            With(project, name, number, pull => AzureAnswer.List(pull.Statuses.Select(AzureShapes.Status))));
        pulls.MapPost("/statuses", async (HttpRequest request, string project, string name, long number) =>
        {
            var body = await BodyAsync(request);
            return With(project, name, number, pull =>
            {
                var iteration = (long?)body["iterationId"] ?? 0;
                if (iteration > pull.Iterations.Count || StatusOf(body, Caller(request)!, iteration) is not { } status)
                {
                    return AzureAnswer.Invalid("status");
                }

                pull.Statuses.Add(status);
                return AzureAnswer.Of(AzureShapes.Status(status));
            });
        });
    }

    private void MapThreads(RouteGroupBuilder threads)
    {
        threads.MapGet("", (string project, string name, long number) =>
            With(project, name, number, pull => AzureAnswer.List(pull.Threads.Select(AzureShapes.Thread))));
        threads.MapGet("/{id:long}", (string project, string name, long number, long id) =>
            With(project, name, number, pull => WithThread(pull, id, thread => AzureAnswer.Of(AzureShapes.Thread(thread)))));
        threads.MapPost("", async (HttpRequest request, string project, string name, long number) =>
        {
            var body = await BodyAsync(request);
            return With(project, name, number, pull =>
            {
                var content = (string?)body["comments"]?[0]?["content"] ?? "";
                if (content.Length is 0 or > LongestComment) return AzureAnswer.Invalid("comment");
                var thread = AddThread(pull, Caller(request)!, content, (string?)body["status"] ?? "");
                _ = SendCommentAsync(pull, Caller(request)!.Name, thread.Comments[0]);
                return AzureAnswer.Of(AzureShapes.Thread(thread));
            });
        });
        threads.MapPatch("/{id:long}", async (HttpRequest request, string project, string name, long number, long id) =>
        {
            var body = await BodyAsync(request);
            return With(project, name, number, pull => WithThread(pull, id, thread =>
            {
                thread.Status = (string?)body["status"] ?? thread.Status;
                return AzureAnswer.Of(AzureShapes.Thread(thread));
            }));
        });
        threads.MapPost("/{id:long}/comments", async (HttpRequest request, string project, string name, long number, long id) =>
        {
            var body = await BodyAsync(request);
            return With(project, name, number, pull => WithThread(pull, id, thread => AnswerByApi(request, pull, thread, body)));
        });
        threads.MapPatch("/{id:long}/comments/1", async (HttpRequest request, string project, string name, long number, long id) =>
        {
            var content = (string?)(await BodyAsync(request))["content"] ?? "";
            return With(project, name, number, pull => WithThread(pull, id, thread => EditByApi(request, pull, thread, content)));
        });
    }

    /// <summary>Adds a comment to a thread.</summary>
    private AzureAnswer AnswerByApi(HttpRequest request, AzurePull pull, AzureThread thread, JsonObject body)
    {
        var content = (string?)body["content"] ?? "";
        if (content.Length is 0 or > LongestComment || thread.Comments.TrueForAll(one => one.Id != (long?)body["parentCommentId"]))
        {
            return AzureAnswer.Invalid("comment");
        }

        var answer = AddComment(thread, Caller(request)!, content);
        _ = SendCommentAsync(pull, answer.Author.Name, answer);
        return AzureAnswer.Of(AzureShapes.Comment(answer));
    }

    /// <summary>Changes what a thread began with.</summary>
    private AzureAnswer EditByApi(HttpRequest request, AzurePull pull, AzureThread thread, string content)
    {
        var old = thread.Comments[0];
        if (old.IsDeleted) return AzureAnswer.Missing("The comment");
        if (old.Author != Caller(request)) return AzureAnswer.Error(403, "TF401027: Only its author may do that.", "GitNeedsPermissionException");
        if (content.Length is 0 or > LongestComment) return AzureAnswer.Invalid("comment");
        var edited = Replace(thread, old.Id, comment => comment with { Content = content, EditedAt = Now() });
        _ = SendCommentAsync(pull, edited.Author.Name, edited);
        return AzureAnswer.Of(AzureShapes.Comment(edited));
    }

    private static IResult WithThread(AzurePull pull, long id, Func<AzureThread, IResult> answer) =>
        pull.Threads.Find(thread => thread.Id == id) is { } found ? answer(found) : AzureAnswer.Missing($"The thread {id}");

    private AzureAnswer ListPulls(HttpRequest request, AzureRepository repository)
    {
        var (status, source, target) = (Criterion("status"), Criterion("sourceRefName"), Criterion("targetRefName"));
        return Page(request, repository.Pulls.AsEnumerable().Reverse()
            .Where(pull => status == "all" || pull.Status == (status.Length > 0 ? status : "active"))
            .Where(pull => source.Length == 0 || source == $"refs/heads/{pull.SourceBranch}")
            .Where(pull => target.Length == 0 || target == $"refs/heads/{pull.TargetBranch}")
            .Select(pull => _shapes.Pull(pull, isListed: true)));

        string Criterion(string name) => request.Query[$"searchCriteria.{name}"].ToString();
    }

    private async Task<IResult> OpenByApiAsync(HttpRequest request, string project, string name)
    {
        var body = await BodyAsync(request);
        if (Found(project, name) is not { } repository) return AzureAnswer.Missing(name);
        var (source, target) = (Branch("sourceRefName"), Branch("targetRefName"));
        if (await repository.Git.TryResolveAsync(source) is null || await repository.Git.TryResolveAsync(target) is null)
        {
            return AzureAnswer.Error(400, "TF401398: The source or the target branch does not exist.", "GitPullRequestCannotBeActivated");
        }

        if (repository.Pulls.Exists(pull => (pull.Status, pull.SourceBranch, pull.TargetBranch) == ("active", source, target)))
        {
            return AzureAnswer.Error(409, "TF401179: An active pull request for the branches already exists.", "GitPullRequestExistsException");
        }

        var opened = await OpenPullAsync(repository, Caller(request)!.Name, source, (string)body["title"]!, target);
        lock (_gate) opened.Description = (string?)body["description"] ?? "";
        return AzureAnswer.Of(_shapes.Pull(opened), 201);

        string Branch(string field) => ((string)body[field]!)["refs/heads/".Length..];
    }

    private async Task<IResult> UpdateByApiAsync(HttpRequest request, string project, string name, long number)
    {
        var body = await BodyAsync(request);
        if (Found(project, name)?.Pulls.Find(one => one.Number == number) is not { } pull) return AzureAnswer.Missing("The pull request");
        var by = Caller(request)!.Name;
        try
        {
            if ((string?)body["status"] == "abandoned") await AbandonAsync(pull, by);
            if ((string?)body["status"] == "completed")
            {
                if ((string?)body["lastMergeSourceCommit"]?["commitId"] != pull.Head)
                {
                    return AzureAnswer.Error(409, "TF401192: The source branch has been modified.", "GitPullRequestStaleException");
                }

                var options = body["completionOptions"];
                var how = Enum.Parse<AzureMerge>((string?)options?["mergeStrategy"] ?? "noFastForward", ignoreCase: true);
                await CompleteAsync(pull, by, how, (bool?)options?["bypassPolicy"] ?? false);
            }
        }
        catch (AzureRefusedException refused)
        {
            return AzureAnswer.Error(refused.Status, refused.Message, "GitPullRequestUpdateRejectedByPolicyException");
        }

        lock (_gate) return AzureAnswer.Of(_shapes.Pull(pull));
    }

    private async Task<IResult> QueryPullsAsync(HttpRequest request, string project, string name)
    {
        var body = await BodyAsync(request);
        if (Found(project, name) is not { } repository) return AzureAnswer.Missing(name);
        var results = new JsonArray();
        foreach (var query in body["queries"]!.AsArray())
        {
            var result = new JsonObject();
            foreach (var commit in query!["items"]!.AsArray().Select(item => (string)item!))
            {
                var found = await PullsOfAsync(repository, commit, (string?)query["type"] == "lastMergeCommit");
                if (found.Count > 0) result[commit] = new JsonArray([.. found.Select(pull => _shapes.Pull(pull, isListed: true))]);
            }

            results.Add(result);
        }

        return AzureAnswer.Of(new JsonObject { ["queries"] = body["queries"]!.DeepClone(), ["results"] = results });
    }

    private async Task<List<AzurePull>> PullsOfAsync(AzureRepository repository, string commit, bool isMerge)
    {
        List<AzurePull> pulls;
        lock (_gate) pulls = [.. repository.Pulls];
        if (isMerge) return [.. pulls.Where(pull => pull.MergeCommit == commit)];
        var found = new List<AzurePull>();
        foreach (var pull in pulls)
        {
            if ((await repository.Git.LogAsync($"{pull.Base}..{pull.Head}")).Contains(commit)) found.Add(pull);
        }

        return found;
    }

    private AzureStatus? StatusOf(JsonObject body, AzureUser by, long iteration)
    {
        var (state, name) = ((string?)body["state"] ?? "", (string?)body["context"]?["name"] ?? "");
        if (!StatusStates.Contains(state) || name.Length == 0) return null;
        return new AzureStatus(
            NextId(), (string?)body["context"]?["genre"] ?? "", name, state, (string?)body["description"] ?? "", (string?)body["targetUrl"] ?? "",
            iteration, by, Now());
    }
}
