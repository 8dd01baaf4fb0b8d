using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.Anchors;

/// <summary>
/// What an auditor keeps about somebody else's log: the repository <c>/git/checkpoints.git</c>, which asks for a token, and the time-stamp authority
/// <c>/tsa</c>, which is OpenSSL's with keys of its own.
/// </summary>
public sealed class FakeAuditor : FakeServer
{
    /// <summary>What the repository asks for.</summary>
    public const string Token = "an-auditors-token-0123456789";

    private readonly string _folder;

    private FakeAuditor(string folder, GitRepo repo, OpenSslTsa tsa) => (_folder, Repo, Tsa) = (folder, repo, tsa);

    public GitRepo Repo { get; }

    public OpenSslTsa Tsa { get; }

    public string GitUrl => $"{Url}/git/checkpoints.git";

    public Uri TsaUrl => new($"{Url}/tsa");

    /// <summary>Runs before a push is carried out; by then the gate has read the branch.</summary>
    public Func<Task>? BeforePush { get; set; }

    /// <summary>What is stamped in the place of what was asked for, when set.</summary>
    public Func<byte[], Task<byte[]>>? Asked { get; set; }

    /// <summary>What is answered in the place of the stamp, when set.</summary>
    public Func<byte[], byte[]>? Answered { get; set; }

    /// <summary>Starts one with an empty repository.</summary>
    public static async Task<FakeAuditor> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("gitopsgate-auditor-").FullName;
        var repo = await GitRepo.InitAsync(Path.Combine(folder, "remote", "checkpoints.git"));
        var auditor = new FakeAuditor(folder, repo, await OpenSslTsa.MakeAsync(Path.Combine(folder, "tsa")));
        await auditor.StartAsync(0);
        return auditor;
    }

    /// <summary>Somebody's own commit; its id.</summary>
    public Task<string> CommitAsync(string path, string text) => Repo.CommitAsync("main", "by the auditor", (path, text));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected override void Map(WebApplication app)
    {
        app.MapPost("/tsa", StampAsync);
        app.Use(async (context, next) =>
        {
            if (BeforePush is { } act && context.Request.Method == "POST" && context.Request.Path.Value!.EndsWith("git-receive-pack", StringComparison.Ordinal)) await act();
            await next(context);
        });
        app.MapGit("/git", Path.Combine(_folder, "remote"), context => GitSmartHttp.HasToken(context, Token));
    }

    protected override IResult? Refuse(HttpRequest request) => null;

    private async Task StampAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var query = Asked is { } asked ? await asked(body.ToArray()) : body.ToArray();
        var answer = await Tsa.ReplyAsync(query);
        context.Response.ContentType = "application/timestamp-reply";
        await context.Response.Body.WriteAsync(Answered is { } answered ? answered(answer) : answer, context.RequestAborted);
    }
}
