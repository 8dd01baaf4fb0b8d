using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>An answer in JSON, as Azure DevOps writes it: lists are counted, and what was refused has a type.</summary>
internal sealed class AzureAnswer(JsonNode? body, int status, string? continuation = null) : IResult
{
    public static AzureAnswer Of(JsonNode body, int status = 200) => new(body, status);

    public static AzureAnswer List(IEnumerable<JsonNode> items, string? continuation = null)
    {
        var value = new JsonArray([.. items]);
        return new AzureAnswer(new JsonObject { ["count"] = value.Count, ["value"] = value }, 200, continuation);
    }

    public static AzureAnswer Error(int status, string message, string type) => new(
        new JsonObject { ["$id"] = "1", ["innerException"] = null, ["message"] = message, ["typeKey"] = type, ["errorCode"] = 0 }, status);

    /// <summary>What is not there, or hidden from who asks.</summary>
    public static AzureAnswer Missing(string what) =>
        Error(404, $"TF401019: {what} does not exist or you do not have permissions for it.", "NotFoundException");

    /// <summary>What is not written as it must be.</summary>
    public static AzureAnswer Invalid(string what) => Error(400, $"The {what} is not valid.", "InvalidArgumentValueException");

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.Headers["X-TFS-ProcessId"] = "fake";
        if (continuation is not null) response.Headers["x-ms-continuationtoken"] = continuation;
        if (body is null) return;
        response.ContentType = "application/json; charset=utf-8; api-version=7.1";
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString()));
    }
}
