using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>Code Insights over REST API 2.0, with its limits.</summary>
internal sealed class BitbucketInsightsRest(FakeBitbucketCloud forge)
{
    private const string Report = "/repositories/{workspace}/{slug}/commit/{sha}/reports/{report}";

    public void Map(RouteGroupBuilder api)
    {
        api.MapGet(Report, (HttpRequest request) => With(request, (_, found) =>
            BitbucketAnswers.One(request, Shown(found.Body, "report"))));
        api.MapPut(Report, async (HttpRequest request) =>
        {
            var body = await BitbucketRest.BodyAsync(request);
            if (forge.Find(request) is not { } repository) return BitbucketAnswers.Missing("Repository");
            if (Wrong(body, ("title", 450), ("details", 2000)) is { } wrong) return wrong;
            var standing = repository.Reports.TryGetValue(KeyOf(request), out var known) ? known.Annotations : [];
            repository.Reports[KeyOf(request)] = new BitbucketReport(body, standing);
            return BitbucketAnswers.One(request, Shown(body, "report"));
        });
        api.MapDelete(Report, (HttpRequest request) => With(request, (repository, _) =>
        {
            repository.Reports.Remove(KeyOf(request));
            return Results.StatusCode(204);
        }));
        api.MapGet(Report + "/annotations", (HttpRequest request) => With(request, (_, found) =>
            BitbucketAnswers.Page(request, found.Annotations.Values.Select(one => Shown(one, "report_annotation")))));
        api.MapPost(Report + "/annotations", async (HttpRequest request) =>
        {
            var all = await JsonSerializer.DeserializeAsync<JsonArray>(request.Body) ?? [];
            return With(request, (_, found) => Add(request, found, [.. all.Select(one => one!.AsObject())]));
        });
    }

    private static IResult Add(HttpRequest request, BitbucketReport report, List<JsonObject> annotations)
    {
        if (annotations.Count is 0 or > 100) return BitbucketAnswers.Wrong(400, "between 1 and 100 annotations are allowed");
        foreach (var one in annotations)
        {
            if (Wrong(one, ("external_id", 450), ("summary", 450)) is { } wrong) return wrong;
            if (one["line"] is { } line && line.GetValue<long>() < 1) return BitbucketAnswers.Wrong(400, "line: must be at least 1");
            report.Annotations[BitbucketRest.Text(one, "external_id")] = one.DeepClone().AsObject();
        }

        return report.Annotations.Count > 1000
            ? BitbucketAnswers.Wrong(400, "a report has at most 1000 annotations")
            : BitbucketAnswers.One(request, new JsonArray());
    }

    private static IResult? Wrong(JsonObject body, params (string Name, int Limit)[] fields)
    {
        foreach (var (name, limit) in fields)
        {
            if (BitbucketRest.Text(body, name).Length is var length && (length == 0 || length > limit))
            {
                return BitbucketAnswers.Wrong(400, $"{name}: required, and at most {limit} characters");
            }
        }

        return null;
    }

    private static JsonObject Shown(JsonObject body, string type)
    {
        var json = body.DeepClone().AsObject();
        json["type"] = type;
        return json;
    }

    private static (string Sha, string Id) KeyOf(HttpRequest request) =>
        ($"{request.RouteValues["sha"]}", Uri.UnescapeDataString($"{request.RouteValues["report"]}"));

    private IResult With(HttpRequest request, Func<BitbucketRepository, BitbucketReport, IResult> answer) =>
        forge.Find(request) is { } repository && repository.Reports.TryGetValue(KeyOf(request), out var found)
            ? answer(repository, found)
            : BitbucketAnswers.Missing("Report");
}
