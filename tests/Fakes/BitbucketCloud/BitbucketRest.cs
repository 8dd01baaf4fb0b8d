using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>The part of REST API 2.0 that the gate uses, over the state of a fake Bitbucket Cloud.</summary>
internal sealed class BitbucketRest(FakeBitbucketCloud forge)
{
    private const string Repository = "/repositories/{workspace}/{slug}";
    private const string Change = Repository + "/pullrequests/{id:long}";
    private const string Commit = Repository + "/commit/{sha}";

    public void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/2.0");
        api.MapGet(Repository, (HttpRequest request) => With(request, repository =>
            BitbucketAnswers.One(request, BitbucketJson.Repository(repository))));
        new BitbucketSetupRest(forge).Map(api);
        new BitbucketInsightsRest(forge).Map(api);
        MapHooks(api);
        MapChanges(api);
        MapComments(api);
        MapCommits(api);
    }

    private void MapHooks(RouteGroupBuilder api)
    {
        api.MapGet(Repository + "/hooks", (HttpRequest request) => With(request, repository =>
            BitbucketAnswers.Page(request, repository.Hooks.Select(BitbucketJson.Hook))));
        api.MapPost(Repository + "/hooks", async (HttpRequest request) =>
        {
            var body = await BodyAsync(request);
            return With(request, repository =>
            {
                var hook = new BitbucketHook(forge.NextUuid()) { CreatedAt = forge.Now() };
                if (Fill(hook, body) is { } wrong) return wrong;
                repository.Hooks.Add(hook);
                return BitbucketAnswers.Created(BitbucketJson.Hook(hook));
            });
        });
        api.MapPut(Repository + "/hooks/{uuid}", async (HttpRequest request, string uuid) =>
        {
            var body = await BodyAsync(request);
            var wanted = Uri.UnescapeDataString(uuid);
            return With(request, repository => repository.Hooks.Find(hook => hook.Uuid == wanted) is { } found
                ? Fill(found, body) ?? BitbucketAnswers.One(request, BitbucketJson.Hook(found))
                : BitbucketAnswers.Missing("Webhook"));
        });
    }

    private void MapChanges(RouteGroupBuilder api)
    {
        api.MapGet(Repository + "/pullrequests", (HttpRequest request) => With(request, repository =>
        {
            var states = request.Query["state"];
            var wanted = states.Count == 0 ? ["OPEN"] : states.ToArray();
            var found = repository.PullRequests.Where(change => wanted.Contains(change.State));
            return BitbucketAnswers.Page(request, found.Select(change => Listed(repository, change)), 50);
        }));
        api.MapGet(Change, (HttpRequest request, long id) => With(request, id, (repository, change) =>
            BitbucketAnswers.One(request, BitbucketJson.PullRequest(repository, change))));
        // The newest comes first, as there.
        api.MapGet(Change + "/activity", (HttpRequest request, long id) => With(request, id, (repository, change) =>
        {
            var newestFirst = change.Activity.AsEnumerable().Reverse();
            return BitbucketAnswers.Page(request, newestFirst.Select(one => BitbucketJson.Activity(repository, change, one)), 50);
        }));
    }

    private void MapComments(RouteGroupBuilder api)
    {
        api.MapGet(Change + "/comments", (HttpRequest request, long id) => With(request, id, (_, change) =>
            BitbucketAnswers.Page(request, change.Comments.Select(BitbucketJson.Comment))));
        api.MapGet(Change + "/comments/{comment:long}", (HttpRequest request, long id, long comment) =>
            With(request, id, (_, change) => change.Comments.Find(one => one.Id == comment) is { } found
                ? BitbucketAnswers.One(request, BitbucketJson.Comment(found))
                : BitbucketAnswers.Missing("Comment")));
        api.MapPost(Change + "/comments", async (HttpRequest request, long id) =>
        {
            var text = Raw(await BodyAsync(request));
            if (text.Length is 0 or > 32_768)
            {
                return BitbucketAnswers.Wrong(400, "content: required, and at most 32768 characters");
            }

            if (forge.Find(request) is not { } repository || forge.Find(repository, id) is not { } change)
            {
                return BitbucketAnswers.Missing("Pull request");
            }

            return BitbucketAnswers.Created(BitbucketJson.Comment(await forge.WriteAsync(repository, change, forge.Gate, text)));
        });
        api.MapPut(Change + "/comments/{comment:long}", async (HttpRequest request, long id, long comment) =>
        {
            var text = Raw(await BodyAsync(request));
            if (forge.Find(request) is not { } repository || forge.Find(repository, id) is not { } change)
            {
                return BitbucketAnswers.Missing("Pull request");
            }

            if (change.Comments.Find(one => one.Id == comment && !one.IsDeleted) is not { } found)
            {
                return BitbucketAnswers.Missing("Comment");
            }

            if (found.Author != forge.Gate) return BitbucketAnswers.Wrong(403, "You may only edit your own comments.");
            await forge.RewriteAsync(repository, change, found, text);
            return BitbucketAnswers.One(request, BitbucketJson.Comment(found));
        });
    }

    private void MapCommits(RouteGroupBuilder api)
    {
        api.MapGet(Commit, async (HttpRequest request, string sha) => forge.Find(request) is { } repository
            && await repository.Repo.TryResolveAsync(sha) is { } full
                ? BitbucketAnswers.One(request, BitbucketJson.Commit(full))
                : BitbucketAnswers.Missing("Commit"));
        api.MapGet(Commit + "/statuses", (HttpRequest request, string sha) => With(request, repository =>
            BitbucketAnswers.Page(request, forge.BuildsOf(repository, sha).Select(BitbucketJson.Build))));
        api.MapGet(Commit + "/statuses/build/{key}", (HttpRequest request, string sha, string key) => With(request, repository =>
            forge.BuildsOf(repository, sha).FirstOrDefault(build => build.Key == Uri.UnescapeDataString(key)) is { } found
                ? BitbucketAnswers.One(request, BitbucketJson.Build(found))
                : BitbucketAnswers.Missing("Build status")));
        api.MapPost(Commit + "/statuses/build", async (HttpRequest request, string sha) =>
        {
            var body = await BodyAsync(request);
            if (forge.Find(request) is not { } repository || await repository.Repo.TryResolveAsync(sha) is null)
            {
                return BitbucketAnswers.Missing("Commit");
            }

            var (key, state, url) = (Text(body, "key"), Text(body, "state"), Text(body, "url"));
            if (key.Length is 0 or > 40) return BitbucketAnswers.Wrong(400, "key: Ensure this value has at most 40 characters.");
            if (state is not ("SUCCESSFUL" or "FAILED" or "INPROGRESS" or "STOPPED"))
            {
                return BitbucketAnswers.Wrong(400, "state: not a valid choice");
            }

            if (url.Length == 0) return BitbucketAnswers.Wrong(400, "url: this field is required");
            var build = new BitbucketBuild(
                sha, key, state, Text(body, "name"), Text(body, "description"), url, Text(body, "refname"), forge.Now());
            await forge.PutAsync(repository, build, forge.Gate);
            return BitbucketAnswers.Created(BitbucketJson.Build(build));
        });
        api.MapGet(Commit + "/pullrequests", async (HttpRequest request, string sha) =>
        {
            if (!forge.HasCommitLinks || forge.Find(request) is not { } repository)
            {
                return BitbucketAnswers.Missing("Pull request commit links");
            }

            return BitbucketAnswers.Page(
                request, (await forge.ChangesOfAsync(repository, sha)).Select(change => Listed(repository, change)));
        });
    }

    /// <summary>Lists leave the participants out.</summary>
    private static JsonObject Listed(BitbucketRepository repository, BitbucketPullRequest change)
    {
        var json = BitbucketJson.PullRequest(repository, change);
        json.Remove("participants");
        return json;
    }

    private static IResult? Fill(BitbucketHook hook, JsonObject body)
    {
        var events = body["events"]?.AsArray().Select(name => name!.GetValue<string>()).ToList() ?? [];
        if (Text(body, "url").Length == 0) return BitbucketAnswers.Wrong(400, "url: this field is required");
        if (events.Find(name => !BitbucketWebhooks.Known.Contains(name)) is { } wrong)
        {
            return BitbucketAnswers.Wrong(400, $"{wrong}: unknown event");
        }

        (hook.Url, hook.Events, hook.IsActive) = (Text(body, "url"), events, body["active"]?.GetValue<bool>() ?? false);
        if (body.ContainsKey("secret")) hook.Secret = Text(body, "secret");
        if (body["skip_cert_verification"] is { } skips) hook.SkipsCertificate = skips.GetValue<bool>();
        return null;
    }

    private static string Raw(JsonObject body) => body["content"] is JsonObject content ? Text(content, "raw") : "";

    internal static string Text(JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    internal static async Task<JsonObject> BodyAsync(HttpRequest request) =>
        request.ContentLength is 0 ? [] : await JsonSerializer.DeserializeAsync<JsonObject>(request.Body) ?? [];

    private IResult With(HttpRequest request, Func<BitbucketRepository, IResult> answer) =>
        forge.Find(request) is { } repository ? answer(repository) : BitbucketAnswers.Missing("Repository");

    private IResult With(HttpRequest request, long id, Func<BitbucketRepository, BitbucketPullRequest, IResult> answer) =>
        With(request, repository => forge.Find(repository, id) is { } change
            ? answer(repository, change)
            : BitbucketAnswers.Missing("Pull request"));
}
