using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Targets.Tests.Webhook;

/// <summary>A receiver on loopback that keeps the contract of the webhook target's README, and breaks it when told to.</summary>
internal sealed class WebhookRig : ITargetRig
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private readonly WebApplication _app;
    private readonly HashSet<string> _done = [];
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hangs;
    private bool _losesAnswers;
    private bool _isDown;
    private ITarget? _unreachable;
    private ITarget _target = null!;

    private WebhookRig(WebApplication app) => _app = app;

    public static string Secret => "whsec_" + Convert.ToBase64String(Key);

    public ITarget Target => _isDown ? _unreachable! : _target;

    public int Deployments => _done.Count;

    public List<(Dictionary<string, string> Headers, byte[] Body)> Received { get; } = [];

    public int Status { get; set; } = 202;

    public string? RetryAfter { get; set; }

    /// <summary>Whether answers leave out the order's id.</summary>
    public bool HidesIds { get; set; }

    /// <summary>Done once a call has come in.</summary>
    public Task Reached => _reached.Task;

    public static async Task<WebhookRig> StartAsync(ManualTimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var rig = new WebhookRig(app);
        app.MapPost("/hook", rig.TakeAsync);
        app.MapGet("/orders/{id}", (string id) => rig.Tell(id));
        await app.StartAsync();
        rig._target = Make(app.Urls.First(), clock);
        rig._unreachable = Make("http://127.0.0.1:1", clock);
        return rig;
    }

    public static bool IsSigned(Dictionary<string, string> headers, byte[] body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}."), .. body];
        return headers["webhook-signature"].Split(' ').Contains("v1," + Convert.ToBase64String(HMACSHA256.HashData(Key, signed)));
    }

    public void Refuse() => Status = 422;

    public void Fail() => _isDown = true;

    public void LoseAnswers() => _losesAnswers = true;

    public void Hang() => _hangs = true;

    public void Heal() => (_isDown, _losesAnswers, _hangs, Status) = (false, false, false, 202);

    public async ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        await _app.DisposeAsync();
    }

    private static ITarget Make(string url, ManualTimeProvider? clock) => TargetRegistration.Make(
        Sample.Source(
            "webhook",
            [("url", url + "/hook"), ("statusUrl", url + "/orders/{id}"), ("allowPrivate", "true")],
            ("secret", Secret)),
        Sample.Tools(new MemoryMirror(), clock));

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
        Received.Add((headers, body.ToArray()));
        var id = headers["webhook-id"];
        _reached.TrySetResult();
        if (_hangs) await _released.Task;
        if (Status is >= 200 and < 300 && !_done.Add(id))
        {
            context.Response.StatusCode = 409;
            await context.Response.WriteAsJsonAsync(new { id, reference = "job-" + id[..4] });
            return;
        }

        if (_losesAnswers)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = Status;
        if (RetryAfter is not null) context.Response.Headers.RetryAfter = RetryAfter;
        if (Status is >= 200 and < 300) await context.Response.WriteAsJsonAsync(new { id, reference = "job-" + id[..4] });
    }

    private IResult Tell(string id)
    {
        if (HidesIds) return Results.NotFound();
        return _done.Contains(id) ? Results.Json(new { id, reference = "job-" + id[..4] }) : Results.Json(new { id }, statusCode: 404);
    }
}
