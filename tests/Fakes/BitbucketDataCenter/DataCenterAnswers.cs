using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>How Bitbucket Data Center answers: page by page with <c>nextPageStart</c>, or with a list of what is wrong.</summary>
internal static class DataCenterAnswers
{
    private const int MostPerPage = 1000;

    public static IResult One(JsonNode json, int status = StatusCodes.Status200OK) =>
        Results.Text(json.ToJsonString(), "application/json", Encoding.UTF8, status);

    /// <summary>One page of a list: 25 items unless asked for more; of more than the limit, the limit, as there.</summary>
    public static IResult Page(HttpRequest request, IEnumerable<JsonNode> items, string itemsIn = "values")
    {
        var all = items.ToList();
        var limit = int.TryParse(request.Query["limit"], out var wanted) && wanted > 0 ? Math.Min(wanted, MostPerPage) : 25;
        var start = int.TryParse(request.Query["start"], out var asked) && asked > 0 ? asked : 0;
        var page = all.Skip(start).Take(limit).ToList();
        var isLast = start + page.Count >= all.Count;
        return One(new JsonObject
        {
            [itemsIn] = new JsonArray([.. page]),
            ["size"] = page.Count,
            ["limit"] = limit,
            ["start"] = start,
            ["isLastPage"] = isLast,
            ["nextPageStart"] = isLast ? null : start + page.Count,
        });
    }

    public static IResult Missing(string what, string kind) =>
        Wrong(StatusCodes.Status404NotFound, $"{what} does not exist.", $"com.atlassian.bitbucket.{kind}");

    public static IResult Denied(string message = "You are not permitted to access this resource") =>
        Wrong(StatusCodes.Status401Unauthorized, message, "com.atlassian.bitbucket.AuthorisationException");

    public static IResult Wrong(int status, string message, string? exception = null) => One(
        new JsonObject
        {
            ["errors"] = new JsonArray(new JsonObject { ["context"] = null, ["message"] = message, ["exceptionName"] = exception }),
        },
        status);

    public static string Text(JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    public static async Task<JsonObject> BodyAsync(HttpRequest request) =>
        request.ContentLength is null or 0 ? [] : await JsonSerializer.DeserializeAsync<JsonObject>(request.Body) ?? [];
}
