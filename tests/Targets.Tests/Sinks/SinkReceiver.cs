using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Sinks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Targets.Tests.Sinks;

/// <summary>What a receiver got.</summary>
internal sealed record Got(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>An HTTP receiver on loopback that keeps what it gets, and answers as it is told.</summary>
internal sealed class SinkReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SinkReceiver(WebApplication app) => _app = app;

    public List<Got> Received { get; } = [];

    public int Status { get; set; } = 200;

    public string? RetryAfter { get; set; }

    public string? Location { get; set; }

    public string Answer { get; set; } = "";

    /// <summary>Whether it keeps what it gets and then hangs up without a word.</summary>
    public bool LosesAnswers { get; set; }

    public string Address => _app.Urls.First();

    public static async Task<SinkReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new SinkReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>A sink that sends here.</summary>
    public ISink Sink(SinkKind kind, string path, string? secret, TimeProvider? clock = null) => SinkRegistration.Make(
        SinkSample.Source(kind, Address + path, secret is null ? null : new Secret(secret)), clock ?? TimeProvider.System);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
        lock (Received) Received.Add(new Got(context.Request.Method, context.Features.Get<IHttpRequestFeature>()!.RawTarget, headers, body.ToArray()));
        if (LosesAnswers)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = Status;
        if (RetryAfter is not null) context.Response.Headers.RetryAfter = RetryAfter;
        if (Location is not null) context.Response.Headers.Location = Location;
        await context.Response.WriteAsync(Answer);
    }
}
