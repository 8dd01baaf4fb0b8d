using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>Somebody's deployment system behind a signed webhook: carries each order out once, by its id (Standard Webhooks).</summary>
public sealed class OrderReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);

    private OrderReceiver(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    /// <summary>How often each order's id arrived.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    public static async Task<OrderReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var receiver = new OrderReceiver(app);
        app.MapPost("/orders", (HttpContext context) =>
        {
            var id = context.Request.Headers["webhook-id"].ToString();
            var times = receiver._calls.AddOrUpdate(id, 1, (_, known) => known + 1);
            return times == 1 ? Results.Accepted() : Results.Json(new { id }, statusCode: StatusCodes.Status409Conflict);
        });
        await app.StartAsync();
        receiver.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/orders";
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
