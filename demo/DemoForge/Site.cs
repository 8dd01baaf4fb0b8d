using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.DemoForge;

/// <summary>Serves what the directory target's <c>current</c> points to, as a web server in production would.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler());

    private Site(WebApplication app, string url) => (_app, Url) = (app, url);

    public string Url { get; }

    public static async Task<Site> StartAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var page = Path.Combine(folder, "current", "index.html");
        app.MapGet("/", () => File.Exists(page) ? Results.Content(File.ReadAllText(page), "text/html") : Results.NotFound("nothing is deployed"));
        await app.StartAsync();
        return new Site(app, app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <summary>The page that visitors see, or an empty text when nothing is deployed.</summary>
    public async Task<string> PageAsync(CancellationToken cancellation)
    {
        using var answer = await _http.GetAsync(Url, cancellation);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancellation) : "";
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }
}
