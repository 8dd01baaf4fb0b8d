using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>An answer in JSON: with an ETag for what is read, and 304 for who knows it already.</summary>
internal sealed class GitHubAnswer(JsonNode body, int status, string? link) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        response.StatusCode = status;
        response.Headers["X-GitHub-Request-Id"] = "FAKE";
        if (link is not null) response.Headers.Link = link;
        if (HttpMethods.IsGet(request.Method) && status == 200)
        {
            var tag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\"";
            response.Headers.ETag = tag;
            if (request.Headers.IfNoneMatch == tag)
            {
                response.StatusCode = 304;
                return;
            }
        }

        response.ContentType = "application/json; charset=utf-8";
        await response.Body.WriteAsync(bytes);
    }
}
