using System.Net.Mime;
using System.Text;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.WebhookGateway.Composition;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace GitOpsGate.WebhookGateway.Witnesses;

/// <summary>A witness that listens (C2SP tlog-witness): one address, <c>POST /add-checkpoint</c>, for logs that it was told of.</summary>
internal sealed class WitnessHost : IAsyncDisposable
{
    /// <summary>The most that a request may be: 63 hashes, and a checkpoint with as many lines as anybody has.</summary>
    public const int MostOfBody = 128 * 1024;

    private const string KeyFile = "witness.pem";
    private const string NameFile = "name";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly WebApplication _app;
    private readonly WitnessFolder _memory;
    private readonly Ed25519Signer _signer;

    private WitnessHost(WebApplication app, WitnessFolder memory, Ed25519Signer signer) => (_app, _memory, _signer) = (app, memory, signer);

    /// <summary>The key that its lines verify with.</summary>
    public NoteKey Key => _signer.Key;

    /// <summary>Where it listens.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Opens the folder and listens.</summary>
    /// <exception cref="IOException">The folder or the address cannot be used.</exception>
    /// <exception cref="FormatException">The name or the key in the folder is none, or the name is another one than before.</exception>
    public static async Task<WitnessHost> StartAsync(WitnessOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        MakeFolder(options.Folder);
        var memory = Open(options.Folder);
        WitnessHost? host = null;
        var isStarted = false;
        try
        {
            var signer = new Ed25519Signer(Name(options), KeyIn(options.Folder), isWitness: true);
            var app = Build(options);
            host = new WitnessHost(app, memory, signer);
            var witness = new Witness(options.Logs.ToDictionary(keys => keys.Origin, StringComparer.Ordinal), memory, signer, clock);
            var log = app.Services.GetRequiredService<ILogger<WitnessHost>>();
            app.MapPost("/add-checkpoint", (HttpContext context) => AnswerAsync(witness, log, context));
            await app.StartAsync(cancellation);
            (var started, host, isStarted) = (host, null, true);
            return started;
        }
        finally
        {
            // Not started: everything is given back, so that the folder can be used again.
            if (host is not null) await host.DisposeAsync();
            else if (!isStarted) memory.Dispose();
        }
    }

    /// <summary>Ends when the process is asked to stop.</summary>
    public Task WaitAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _memory.Dispose();
        _signer.Dispose();
    }

    private static WebApplication Build(WitnessOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://{options.Listen}");
        builder.WebHost.ConfigureKestrel(Bound);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        return builder.Build();
    }

    /// <summary>Anybody may ask: bodies are small and come soon, and connections are few.</summary>
    private static void Bound(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = MostOfBody;
        options.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        options.Limits.MaxRequestHeaderCount = 64;
        options.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        options.Limits.MaxConcurrentConnections = 256;
    }

    private static async Task AnswerAsync(Witness witness, ILogger log, HttpContext context)
    {
        var cancellation = context.RequestAborted;
        string? body;
        try
        {
            using var reader = new StreamReader(context.Request.Body, Utf8, detectEncodingFromByteOrderMarks: false);
            body = await reader.ReadToEndAsync(cancellation);
        }
        catch (DecoderFallbackException)
        {
            await WriteAsync(context, StatusCodes.Status400BadRequest, MediaTypeNames.Text.Plain, "the request is not UTF-8\n");
            return;
        }

        try
        {
            var answer = await witness.AddAsync(body, cancellation);
            if (answer.Verdict is WitnessVerdict.NotConsistent) log.Refused(body);
            var (type, line) = answer.Verdict == WitnessVerdict.OtherSize ? ("text/x.tlog.size", $"{answer.Body}\n") : ("text/plain; charset=utf-8", answer.Body.TrimEnd('\n') + "\n");
            await WriteAsync(context, (int)answer.Verdict, type, line);
        }
        catch (Exception trouble) when (trouble is IOException or FormatException or UnauthorizedAccessException && !cancellation.IsCancellationRequested)
        {
            // What is not remembered is not cosigned.
            log.NotRemembered(trouble);
            await WriteAsync(context, StatusCodes.Status500InternalServerError, MediaTypeNames.Text.Plain, "the witness cannot use its memory\n");
        }
    }

    private static Task WriteAsync(HttpContext context, int status, string type, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, Utf8, context.RequestAborted);
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static WitnessFolder Open(string folder)
    {
        try
        {
            return new WitnessFolder(folder);
        }
        catch (IOException trouble)
        {
            throw new IOException($"`{folder}` cannot be used, or another witness uses it: {trouble.Message}", trouble);
        }
    }

    // Under another name its lines would be nobody's that a log knows.
    private static string Name(WitnessOptions options)
    {
        var path = Path.Combine(options.Folder, NameFile);
        var kept = File.Exists(path) ? File.ReadAllText(path).TrimEnd('\n') : null;
        if (kept is null && options.Name is null) throw new FormatException("`--name` is missing at the first start; `w.example.org/w` would be like one");
        if (kept is not null && options.Name is not null && kept != options.Name)
            throw new FormatException($"this witness is `{kept}`; as `{options.Name}` it would be another one, in a folder of its own");
        if (kept is not null) return kept;
        // Whether it can be one is known before it is kept.
        var name = NoteKey.Of(options.Name!, NoteAlgorithm.CosignatureV1, new byte[Ed25519.KeyLength]).Name;
        PrivateFile.Make(path, name + "\n");
        return name;
    }

    private static Ed25519PrivateKey KeyIn(string folder)
    {
        var path = Path.Combine(folder, KeyFile);
        if (!File.Exists(path)) PrivateFile.Make(path, Ed25519PrivateKey.New().ToPem());
        return Ed25519PrivateKey.FromPem(File.ReadAllText(path));
    }
}

/// <summary>Log lines.</summary>
internal static partial class WitnessHostLog
{
    [LoggerMessage(1801, LogLevel.Error, "a log showed a signed checkpoint that does not continue what was cosigned; keep this, it is evidence:\n{Request}")]
    public static partial void Refused(this ILogger log, string request);

    [LoggerMessage(1802, LogLevel.Critical, "the witness cannot use its memory, and cosigns nothing")]
    public static partial void NotRemembered(this ILogger log, Exception trouble);
}
