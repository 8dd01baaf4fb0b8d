using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>
/// Somebody's deployment system behind a signed webhook: carries each order out once, by its id (Standard Webhooks), and tells at
/// <c>StatusUrl</c> what it knows of one.
/// </summary>
public sealed class OrderReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, string> _orders = new(StringComparer.Ordinal);
    private int _arrived;
    private int _mute;

    private OrderReceiver(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    /// <summary>Where an order is asked for; <c>{id}</c> stands for its id.</summary>
    public string StatusUrl => Url + "/{id}";

    /// <summary>How many calls came that bring an order, repeats included.</summary>
    public int Arrived => Volatile.Read(ref _arrived);

    /// <summary>The commit of each order that was carried out, by the order's id.</summary>
    public IReadOnlyDictionary<string, string> Orders => _orders;

    public static async Task<OrderReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var receiver = new OrderReceiver(app);
        app.MapPost("/orders", (Delegate)receiver.TakeAsync);
        app.MapGet("/orders/{id}", (string id) => receiver._orders.ContainsKey(id)
            ? Results.Json(new { id, reference = $"job-{id}" })
            : Results.Json(new { id }, statusCode: StatusCodes.Status404NotFound));
        await app.StartAsync();
        receiver.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/orders";
        return receiver;
    }

    /// <summary>The next order is carried out, and then the connection breaks: it failed, but it happened.</summary>
    public void LoseNextAnswer() => Volatile.Write(ref _mute, 1);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpContext context)
    {
        Interlocked.Increment(ref _arrived);
        var id = context.Request.Headers["webhook-id"].ToString();
        using var order = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var isNew = _orders.TryAdd(id, order.RootElement.GetProperty("data").GetProperty("commit").GetString()!);
        if (Interlocked.Exchange(ref _mute, 0) == 1) context.Abort();
        return isNew ? Results.Accepted() : Results.Json(new { id }, statusCode: StatusCodes.Status409Conflict);
    }
}
