using System.Collections.Concurrent;
using System.Text;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Configuration;
using GitOpsGate.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>How a witness behaves.</summary>
internal enum Mood
{
    Honest,

    /// <summary>Answers when nobody waits any more.</summary>
    Late,

    /// <summary>Cosigns and remembers, and its answer is lost.</summary>
    LosesAnswers,

    /// <summary>Signs with another key under its own key's name and hash.</summary>
    WrongKey,

    /// <summary>Signs another size.</summary>
    WrongSize,

    /// <summary>Says 409 with a size that it takes from nowhere.</summary>
    Ahead,

    /// <summary>Says 409 with another size each time.</summary>
    Undecided,

    /// <summary>Says 409 and no size.</summary>
    Speechless,

    /// <summary>Answers 500.</summary>
    Fails,
}

/// <summary>A witness on a real socket whose behaviour a test chooses; when it is honest, it is what we ship.</summary>
internal sealed class MoodyWitness : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempFolder _folder = new();
    private readonly WitnessFolder _memory;
    private readonly Ed25519Signer _signer;
    private readonly Witness _witness;
    private int _asked;

    private MoodyWitness(WebApplication app, string name, LogKeys keys)
    {
        (_app, _memory) = (app, new WitnessFolder(_folder.Path));
        _signer = new Ed25519Signer(name, Ed25519PrivateKey.New(), isWitness: true);
        _witness = new Witness(new Dictionary<string, LogKeys> { [keys.Origin] = keys }, _memory, _signer, TimeProvider.System);
    }

    public volatile Mood Mood;

    public NoteKey Key => _signer.Key;

    /// <summary>What was asked, in its order.</summary>
    public ConcurrentQueue<WitnessRequest> Requests { get; } = [];

    public WitnessSource Source => new(_signer.Key.Name.Split('.')[0], _signer.Key, new Uri(_app.Urls.First() + "/")) { AllowPrivate = true };

    public static async Task<MoodyWitness> StartAsync(string name, LogKeys keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var witness = new MoodyWitness(app, $"{name}.example.org/w", keys);
        app.MapPost("/add-checkpoint", witness.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return witness;
    }

    /// <summary>How many entries of a log it has cosigned.</summary>
    public async Task<long> CosignedAsync(string origin) => (await _memory.NewestAsync(origin, CancellationToken.None))?.Size ?? 0;

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _memory.Dispose();
        _signer.Dispose();
        _folder.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var request = WitnessRequest.Parse(body);
        Requests.Enqueue(request);
        var mood = Mood;
        if (mood == Mood.Late)
        {
            // It has cosigned all the same.
            await _witness.AddAsync(body, CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted);
        }

        var (status, text) = mood switch
        {
            Mood.WrongKey => (200, $"{Line(request.Note.Text, Ed25519PrivateKey.New())}\n"),
            Mood.WrongSize => (200, $"{_signer.Sign(Grown(request.Note.Text), TimeProvider.System.GetUtcNow())}\n"),
            Mood.Ahead => (409, "1000000\n"),
            Mood.Undecided => (409, $"{Interlocked.Increment(ref _asked) % 7}\n"),
            Mood.Speechless => (409, ""),
            Mood.Fails => (500, "no"),
            _ => await HonestAsync(body),
        };
        if (mood == Mood.LosesAnswers)
        {
            context.Abort();
            return;
        }

        (context.Response.StatusCode, context.Response.ContentType) = (status, "text/plain");
        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    private async Task<(int Status, string Text)> HonestAsync(string body)
    {
        var answer = await _witness.AddAsync(body, CancellationToken.None);
        return ((int)answer.Verdict, answer.Body.TrimEnd('\n') + "\n");
    }

    private NoteSignature Line(string text, Ed25519PrivateKey key)
    {
        using var other = new Ed25519Signer(Key.Name, key, isWitness: true);
        return other.Sign(text, TimeProvider.System.GetUtcNow()) with { KeyId = Key.Id };
    }

    private static string Grown(string text)
    {
        var checkpoint = Checkpoint.Parse(text);
        return (checkpoint with { Size = checkpoint.Size + 1 }).ToString();
    }
}
