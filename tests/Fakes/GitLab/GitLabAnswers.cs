using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>
/// How GitLab answers: with an ETag, page by page, or with what is wrong; in JSON whose type names no charset, since there are clients that
/// take it for something else then.
/// </summary>
internal static class GitLabAnswers
{
    public static IResult One(HttpRequest request, JsonNode json)
    {
        var text = json.ToJsonString();
        var tag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32]}\"";
        request.HttpContext.Response.Headers.ETag = tag;
        return request.Headers.IfNoneMatch == tag
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Text(text, "application/json");
    }

    public static IResult Created(JsonNode json) =>
        Results.Text(json.ToJsonString(), "application/json", statusCode: StatusCodes.Status201Created);

    /// <summary>One page of a list, with the headers of offset paging: 20 items unless asked for up to 100.</summary>
    public static IResult Page(HttpRequest request, IEnumerable<JsonNode> items)
    {
        var all = items.ToList();
        var size = Math.Clamp(int.TryParse(request.Query["per_page"], out var wanted) ? wanted : 20, 1, 100);
        var page = Math.Max(1, int.TryParse(request.Query["page"], out var asked) ? asked : 1);
        var hasMore = page * size < all.Count;
        var headers = request.HttpContext.Response.Headers;
        headers["x-page"] = page.ToString();
        headers["x-per-page"] = size.ToString();
        headers["x-total"] = all.Count.ToString();
        headers["x-next-page"] = hasMore ? (page + 1).ToString() : "";
        if (hasMore)
        {
            var kept = request.Query.Where(pair => pair.Key != "page");
            var query = string.Join("&", kept.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value!)}"));
            var path = $"{request.Scheme}://{request.Host}{request.Path.ToUriComponent()}";
            headers.Link = $"<{path}?{query}&page={page + 1}>; rel=\"next\", <{path}?{query}&page=1>; rel=\"first\"";
        }

        return One(request, new JsonArray([.. all.Skip((page - 1) * size).Take(size)]));
    }

    public static IResult Missing(string what) => Wrong(StatusCodes.Status404NotFound, $"404 {what} Not Found");

    public static IResult Wrong(int status, string message) =>
        Results.Text(new JsonObject { ["message"] = message }.ToJsonString(), "application/json", statusCode: status);
}
