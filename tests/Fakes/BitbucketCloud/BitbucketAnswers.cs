using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>How Bitbucket Cloud answers: with an ETag, page by page with <c>next</c>, or with what is wrong.</summary>
internal static class BitbucketAnswers
{
    public static IResult One(HttpRequest request, JsonNode json)
    {
        var text = json.ToJsonString();
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32]}\"";
        request.HttpContext.Response.Headers.ETag = tag;
        return request.Headers.IfNoneMatch == tag
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Text(text, "application/json", Encoding.UTF8);
    }

    public static IResult Created(JsonNode json) =>
        Results.Text(json.ToJsonString(), "application/json", Encoding.UTF8, StatusCodes.Status201Created);

    /// <summary>One page of a list: 10 items unless asked for more; more than the limit is an error, as there.</summary>
    public static IResult Page(HttpRequest request, IEnumerable<JsonNode> items, int limit = 100)
    {
        var all = items.ToList();
        var size = int.TryParse(request.Query["pagelen"], out var wanted) ? wanted : 10;
        if (size < 1 || size > limit) return Wrong(StatusCodes.Status400BadRequest, "Invalid pagelen");
        var page = Math.Max(1, int.TryParse(request.Query["page"], out var asked) ? asked : 1);
        var json = new JsonObject
        {
            ["values"] = new JsonArray([.. all.Skip((page - 1) * size).Take(size)]),
            ["pagelen"] = size,
            ["page"] = page,
            ["size"] = all.Count,
        };
        if (page * size < all.Count)
        {
            var kept = request.Query.Where(pair => pair.Key != "page");
            var pairs = kept.SelectMany(pair => pair.Value.Select(value => $"{pair.Key}={Uri.EscapeDataString(value!)}"));
            var query = string.Join("&", pairs);
            json["next"] = $"{request.Scheme}://{request.Host}{request.Path.ToUriComponent()}?{query}&page={page + 1}";
        }

        return One(request, json);
    }

    public static IResult Missing(string what) => Wrong(StatusCodes.Status404NotFound, $"{what} not found");

    public static IResult Wrong(int status, string message)
    {
        var json = new JsonObject { ["type"] = "error", ["error"] = new JsonObject { ["message"] = message } };
        return Results.Text(json.ToJsonString(), "application/json", Encoding.UTF8, status);
    }
}
