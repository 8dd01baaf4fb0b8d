using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>An answer in JSON. Neither forge gives its answers an ETag.</summary>
/// <param name="Body">Null for an answer without one.</param>
internal sealed record GiteaAnswer(JsonNode? Body, int Status) : IResult
{
    /// <summary>How many items the whole list has.</summary>
    public int? Total { get; init; }

    public string? Link { get; init; }

    public static GiteaAnswer Error(int status, string message) =>
        new(new JsonObject { ["message"] = message, ["url"] = "https://gitea.example/api/swagger" }, status);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (Total is { } total) response.Headers["X-Total-Count"] = total.ToString(CultureInfo.InvariantCulture);
        if (Link is not null) response.Headers.Link = Link;
        if (Body is null) return;
        response.ContentType = "application/json;charset=utf-8";
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(Body.ToJsonString()));
    }
}
