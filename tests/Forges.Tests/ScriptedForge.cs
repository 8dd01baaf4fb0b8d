using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Forges.Tests;

/// <summary>A server that answers each path as a test says, and 404 to the rest.</summary>
public sealed class ScriptedForge : FakeServer
{
    private readonly Dictionary<string, Func<HttpContext, IResult>> _answers = new(StringComparer.Ordinal);

    /// <summary>A connection to it.</summary>
    public Connection Connection => new()
    {
        Name = new ConnectionName("c"),
        Forge = "scripted",
        ApiUrl = Url + "/api",
        GitUrl = Url,
        Token = new Secret("the-token"),
        WebhookSecrets = [],
    };

    /// <summary>Starts one.</summary>
    public static async Task<ScriptedForge> StartAsync()
    {
        var forge = new ScriptedForge();
        await forge.StartAsync(port: 0);
        return forge;
    }

    /// <summary>From now on this path is answered so.</summary>
    /// <param name="path">With its query, if it has one.</param>
    public void On(string path, Func<HttpContext, IResult> answer) => _answers[path] = answer;

    /// <summary>An answer in JSON.</summary>
    public static IResult Json(string json, int status = 200) => Results.Text(json, "application/json", statusCode: status);

    protected override void Map(WebApplication app) => app.Map("/{**path}", (HttpContext context) =>
        _answers.TryGetValue(context.Request.Path + context.Request.QueryString, out var answer)
            ? answer(context)
            : Json("""{"message":"Not Found"}""", 404));

    protected override IResult? Refuse(HttpRequest request) => null;
}
