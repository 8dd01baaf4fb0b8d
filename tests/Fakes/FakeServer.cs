using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Fakes;

/// <summary>
/// A server on 127.0.0.1 that behaves like somebody else's: it keeps state, notes every request and fails when told to. Derive,
/// map the routes, and call <see cref="StartAsync"/> from a static factory method.
/// </summary>
public abstract class FakeServer : IAsyncDisposable
{
    private WebApplication? _app;

    /// <summary>Where it listens, without a slash at the end.</summary>
    public string Url { get; private set; } = "";

    public RequestJournal Journal { get; } = new();

    public Faults Faults { get; } = new();

    /// <summary>How long every request waits before anything is done with it; not at all unless told.</summary>
    public TimeSpan Latency { get; set; }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_app is not null) await _app.DisposeAsync();
    }

    /// <summary>Maps what the server can do.</summary>
    protected abstract void Map(WebApplication app);

    /// <summary>What is answered to a caller who is not let in, or null when the caller is.</summary>
    protected abstract IResult? Refuse(HttpRequest request);

    /// <summary>Starts to listen.</summary>
    /// <param name="port">0 for any free one.</param>
    protected async Task StartAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, port));
        // Callers that wait for a held answer must not hold up the end of a test.
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        _app = builder.Build();
        _app.Use(NoteAndFailAsync);
        _app.Use(LetInAsync);
        Map(_app);
        await _app.StartAsync();
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        Url = addresses!.Addresses.Single().TrimEnd('/');
    }

    private async Task NoteAndFailAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        request.EnableBuffering();
        using var reader = new StreamReader(request.Body, Encoding.UTF8, leaveOpen: true);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        request.Body.Position = 0;
        if (Latency > TimeSpan.Zero) await Task.Delay(Latency, context.RequestAborted);
        var fault = Faults.Take(request.Method, request.Path);
        var isLost = fault is not null && fault.Kind is not (FaultKind.Answer or FaultKind.AnswerLate);
        // A caller whose answer is lost may have given up, and looked here, before this is over.
        if (isLost) Note(0);
        await StrikeAsync(context, next, fault);
        if (!isLost) Note(context.Response.StatusCode);

        void Note(int status) => Journal.Add(new JournalEntry(request.Method, request.Path + request.QueryString, body, status));
    }

    private static async Task StrikeAsync(HttpContext context, RequestDelegate next, Fault? fault)
    {
        if (fault is null)
        {
            await next(context);
            return;
        }

        if (fault.Kind == FaultKind.AnswerLate)
        {
            await Task.Delay(fault.Delay, context.RequestAborted);
            await next(context);
            return;
        }

        if (fault.Kind == FaultKind.Answer)
        {
            context.Response.StatusCode = fault.Status;
            foreach (var (name, value) in fault.Headers) context.Response.Headers[name] = value;
            context.Response.ContentType = "application/json; charset=utf-8";
            await context.Response.WriteAsync(fault.Body);
            return;
        }

        if (fault.Kind is FaultKind.DropAnswer or FaultKind.HoldAnswer)
        {
            // Whatever is answered is written here and never sent.
            var wire = context.Response.Body;
            using var unsent = new MemoryStream();
            context.Response.Body = unsent;
            await next(context);
            context.Response.Body = wire;
        }

        if (fault.Kind is FaultKind.HoldRequest or FaultKind.HoldAnswer) await UntilGivenUpAsync(context);
        context.Abort();
    }

    private static async Task UntilGivenUpAsync(HttpContext context)
    {
        var givenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = context.RequestAborted.Register(givenUp.SetResult);
        await givenUp.Task;
    }

    private async Task LetInAsync(HttpContext context, RequestDelegate next)
    {
        if (Refuse(context.Request) is { } refusal) await refusal.ExecuteAsync(context);
        else await next(context);
    }
}
