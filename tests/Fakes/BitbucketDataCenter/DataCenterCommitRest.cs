using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>What hangs on commits: builds, reports with their annotations, and the pull requests that hold them.</summary>
internal sealed class DataCenterCommitRest(FakeBitbucketDataCenter forge) : DataCenterRoutes(forge)
{
    private const string Commit = Repository + "/commits/{sha}";
    private const string Report = "/insights/latest" + InRepository + "/commits/{sha}/reports/{key}";
    private const int MostAnnotations = 1000;

    private static readonly string[] States = ["SUCCESSFUL", "FAILED", "INPROGRESS", "CANCELLED", "UNKNOWN"];

    public void Map(IEndpointRouteBuilder api)
    {
        MapBuilds(api);
        MapReports(api);
        MapAnnotations(api);
        api.MapGet(Commit + "/pull-requests", (HttpRequest request, string sha) => With(request, async repository =>
            await repository.Repo.TryResolveAsync(sha) is null
                ? NoCommit()
                : DataCenterAnswers.Page(request, (await Forge.ChangesOfAsync(repository, sha))
                    .Select(change => DataCenterJson.PullRequest(Forge.Url, repository, change)))));
    }

    private void MapBuilds(IEndpointRouteBuilder api)
    {
        api.MapGet(Commit + "/builds", (HttpRequest request, string sha) => With(request, repository =>
            Forge.BuildsOf(repository, sha).FirstOrDefault(build => build.Key == request.Query["key"]) is { } found
                ? DataCenterAnswers.One(DataCenterJson.Build(found))
                : DataCenterAnswers.Missing("Build status", "build.NoSuchBuildStatusException")));
        api.MapPost(Commit + "/builds", (HttpRequest request, string sha) => With(request, async repository =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            if (await repository.Repo.TryResolveAsync(sha) is null) return DataCenterAnswers.Wrong(400, "an invalid commit hash was provided");
            string Said(string name) => DataCenterAnswers.Text(body, name);
            if (Said("key").Length is 0 or > 255) return DataCenterAnswers.Wrong(400, "key: blank, or longer than 255 characters");
            if (Said("url").Length is 0 or > 450) return DataCenterAnswers.Wrong(400, "url: blank, or longer than 450 characters");
            if (Said("name").Length > 255 || Said("description").Length > 255) return DataCenterAnswers.Wrong(400, "longer than 255 characters");
            if (!States.Contains(Said("state"))) return DataCenterAnswers.Wrong(400, "state: an invalid state was provided");
            if (Said("ref") is { Length: > 0 } branch && !branch.StartsWith("refs/", StringComparison.Ordinal))
            {
                return DataCenterAnswers.Wrong(400, "ref: an invalid branch was provided");
            }

            Forge.PutBuild(repository, new DataCenterBuild(
                sha, Said("key"), Said("parent"), Said("state"), Said("name"), Said("description"), Said("url"), Said("ref"), Forge.Now()));
            return Results.NoContent();
        }));
        // The older interface knows commits by their ids alone, and lists the newest hundred builds.
        api.MapGet("/build-status/latest/commits/{sha}", (HttpRequest request, string sha) =>
            DataCenterAnswers.Page(request, Everywhere(sha).Reverse().Take(100).Select(DataCenterJson.Build)));
        api.MapGet("/build-status/latest/commits/stats/{sha}", (string sha) =>
        {
            int Count(string state) => Everywhere(sha).Count(build => build.State == state);
            return DataCenterAnswers.One(new JsonObject
            {
                ["successful"] = Count("SUCCESSFUL"),
                ["inProgress"] = Count("INPROGRESS"),
                ["failed"] = Count("FAILED"),
                ["cancelled"] = Count("CANCELLED"),
                ["unknown"] = Count("UNKNOWN"),
            });
        });
    }

    private void MapReports(IEndpointRouteBuilder api)
    {
        api.MapGet(Report, (HttpRequest request, string sha, string key) => WithReport(request, sha, key, (_, report) =>
            DataCenterAnswers.One(DataCenterJson.Report(report))));
        api.MapPut(Report, (HttpRequest request, string sha, string key) => With(request, async repository =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            if (!Forge.HasInsights || await repository.Repo.TryResolveAsync(sha) is null) return NoCommit();
            if (DataCenterAnswers.Text(body, "title").Length is 0 or > 450) return DataCenterAnswers.Wrong(400, "title: 1 to 450 characters");
            if (DataCenterAnswers.Text(body, "details").Length > 2000) return DataCenterAnswers.Wrong(400, "details: at most 2000 characters");
            if (body["data"] is not JsonArray { Count: <= 6 }) return DataCenterAnswers.Wrong(400, "data: at most 6 fields");
            if (DataCenterAnswers.Text(body, "result") is not ("" or "PASS" or "FAIL")) return DataCenterAnswers.Wrong(400, "result: PASS or FAIL");
            var known = repository.Reports.Find(one => one.Sha == sha && one.Key == key);
            if (known is not null && known.Creator != Forge.Gate) return DataCenterAnswers.Denied("The report belongs to another user.");
            var report = new DataCenterReport(sha, key, Forge.Gate, body, known?.Annotations ?? []);
            Forge.PutReport(repository, report);
            return DataCenterAnswers.One(DataCenterJson.Report(report));
        }));
    }

    private void MapAnnotations(IEndpointRouteBuilder api)
    {
        api.MapGet(Report + "/annotations", (HttpRequest request, string sha, string key) => WithReport(request, sha, key, (_, report) =>
            DataCenterAnswers.One(new JsonObject { ["annotations"] = new JsonArray([.. report.Annotations.Select(one => one.DeepClone())]) })));
        api.MapDelete(Report + "/annotations", (HttpRequest request, string sha, string key) => WithReport(request, sha, key, (repository, report) =>
        {
            Forge.PutReport(repository, report with { Annotations = [] });
            return Results.NoContent();
        }));
        // Nothing is told apart: what is posted twice is there twice.
        api.MapPost(Report + "/annotations", async (HttpRequest request, string sha, string key) =>
        {
            var posted = (await DataCenterAnswers.BodyAsync(request))["annotations"]?.AsArray().OfType<JsonObject>().ToList() ?? [];
            return WithReport(request, sha, key, (repository, report) =>
            {
                if (posted.Find(IsWrong) is { } wrong) return DataCenterAnswers.Wrong(400, $"not an annotation: {wrong.ToJsonString()}");
                var all = report.Annotations.AddRange(posted.Select(one => (JsonObject)one.DeepClone()));
                if (all.Length > MostAnnotations) return DataCenterAnswers.Wrong(400, "a report has at most 1000 annotations");
                Forge.PutReport(repository, report with { Annotations = all });
                return Results.NoContent();
            });
        });
    }

    private static bool IsWrong(JsonObject annotation) =>
        DataCenterAnswers.Text(annotation, "message").Length is 0 or > 2000
        || DataCenterAnswers.Text(annotation, "severity") is not ("LOW" or "MEDIUM" or "HIGH")
        || DataCenterAnswers.Text(annotation, "externalId").Length >= 450
        || annotation["line"]?.GetValue<int>() < 0;

    private static IResult NoCommit() => DataCenterAnswers.Missing("Commit", "commit.NoSuchCommitException");

    private ImmutableList<DataCenterBuild> Everywhere(string sha) =>
        [.. Forge.RepositoriesOf("").SelectMany(repository => Forge.BuildsOf(repository, sha)).OrderBy(build => build.At)];

    private IResult WithReport(HttpRequest request, string sha, string key, Func<DataCenterRepository, DataCenterReport, IResult> answer) =>
        With(request, repository => !Forge.HasInsights || repository.Reports.Find(one => one.Sha == sha && one.Key == key) is not { } report
            ? DataCenterAnswers.Missing("Report", "codeinsights.NoSuchReportException")
            : request.Method != "GET" && report.Creator != Forge.Gate
                ? DataCenterAnswers.Denied("The report belongs to another user.")
                : answer(repository, report));
}
