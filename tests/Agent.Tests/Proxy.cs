using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Agent.Tests;

/// <summary>What stands between an agent and its gateway, and may be told to misbehave: it answers with something else, or not at all.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _onward = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly string _gateway;

    private Proxy(WebApplication app, string gateway) => (_app, _gateway) = (app, gateway);

    public string Url => _app.Urls.First();

    /// <summary>No call is answered or passed on.</summary>
    public bool IsDown { get; set; }

    /// <summary>A call whose path ends so is passed on, and its answer is lost.</summary>
    public string? LosesAnswersTo { get; set; }

    /// <summary>What is answered instead of the gateway's own body, by a part of the path.</summary>
    public Dictionary<string, byte[]> Instead { get; } = [];

    /// <summary>The last parts of the paths that were called, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Done once a call that may wait has come in.</summary>
    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<Proxy> StartAsync(string gateway)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var proxy = new Proxy(app, gateway);
        app.Run(proxy.PassAsync);
        await app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _onward.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        var path = context.Request.Path.ToString();
        lock (Calls) Calls.Add(path.Split('/')[5]);
        if (context.Request.Headers.ContainsKey("Prefer")) Waiting.TrySetResult();
        if (IsDown)
        {
            context.Abort();
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), _gateway + path);
        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key is "Authorization" or "If-None-Match" or "Prefer"))
        {
            request.Headers.TryAddWithoutValidation(name, value.ToString());
        }

        if (context.Request.Method == "POST") request.Content = new StreamContent(context.Request.Body);
        using var answer = await _onward.SendAsync(request, context.RequestAborted);
        var body = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        if (LosesAnswersTo is { } end && path.EndsWith(end, StringComparison.Ordinal))
        {
            context.Abort();
            return;
        }

        var instead = Instead.Where(one => path.Contains(one.Key, StringComparison.Ordinal)).Select(one => one.Value).FirstOrDefault();
        context.Response.StatusCode = instead is null ? (int)answer.StatusCode : 200;
        if (context.Response.StatusCode != 304) await context.Response.Body.WriteAsync(instead ?? body, context.RequestAborted);
    }
}
