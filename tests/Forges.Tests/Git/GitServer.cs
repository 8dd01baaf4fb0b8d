using GitOpsGate.Fakes.Git;
using GitOpsGate.Forges.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOpsGate.Forges.Tests.Git;

/// <summary>A Git server on loopback that asks for a token, and the repository `acme/shop` that it serves.</summary>
internal sealed class GitServer : IAsyncDisposable
{
    public const string Token = "a-secret-token-0123456789";

    private static readonly ForgeHttp Http =
        new ServiceCollection().AddForges().BuildServiceProvider().GetRequiredService<ForgeHttp>();

    private readonly List<GitMirror> _mirrors = [];
    private readonly string _folder;
    private readonly WebApplication _app;

    private GitServer(string folder, WebApplication app, GitRepo repo)
    {
        _folder = folder;
        _app = app;
        Repo = repo;
    }

    public GitRepo Repo { get; }

    /// <summary>Where repositories are cloned from.</summary>
    public string Url => _app.Urls.First() + "/git";

    /// <summary>A folder that lives as long as the server.</summary>
    public string Scratch => Path.Combine(_folder, "scratch");

    /// <summary>How many calls were answered.</summary>
    public int Calls { get; private set; }

    /// <summary>The user names that callers gave.</summary>
    public List<string> Users { get; } = [];

    /// <summary>Answers every call with this code instead, when set.</summary>
    public int? Failing { get; set; }

    /// <summary>Handles calls in its own way, when set; the delegate is the server's.</summary>
    public Func<HttpContext, RequestDelegate, Task>? Instead { get; set; }

    /// <summary>Whether the server is so old that it serves only commits that a ref stands at.</summary>
    public bool RefusesIds { get; set; }

    public static async Task<GitServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("gitopsgate-git-").FullName;
        var repo = await GitRepo.InitAsync(Path.Combine(folder, "remote", "acme", "shop.git"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new GitServer(folder, app, repo);
        app.Use(server.WatchAsync);
        app.MapGit("/git", Path.Combine(folder, "remote"), context => GitSmartHttp.HasToken(context, Token));
        await app.StartAsync();
        return server;
    }

    /// <summary>A gate's mirrors in a folder of the server's scratch.</summary>
    public GitMirror Mirror(string folder = "mirrors", Func<GitMirrorOptions, GitMirrorOptions>? set = null)
    {
        var options = new GitMirrorOptions(Path.Combine(Scratch, folder));
        var mirror = new GitMirror(set?.Invoke(options) ?? options, Http, TimeProvider.System, NullLogger<GitMirror>.Instance);
        _mirrors.Add(mirror);
        return mirror;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var mirror in _mirrors) await mirror.DisposeAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task WatchAsync(HttpContext context, RequestDelegate next)
    {
        lock (Users)
        {
            Calls++;
            if (GitSmartHttp.Credentials(context) is { } given) Users.Add(given.User);
        }

        if (RefusesIds) context.Request.Headers.Remove("Git-Protocol");
        if (Instead is { } instead) return instead(context, next);
        if (Failing is not { } code) return next(context);
        context.Response.StatusCode = code;
        return Task.CompletedTask;
    }
}
