using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace GitOpsGate.Forges.Tests.Git;

/// <summary>Changes of one repository are read side by side, and the quick way to fetch gives up no check and no answer.</summary>
public sealed class GitMirrorTogetherTests
{
    private static readonly RepositoryKey Repository = new(new ConnectionName("acme"), "acme/shop");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changes_of_one_repository_that_come_at_once_are_fetched_together_and_each_read_as_it_is()
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var heads = new List<string>();
        for (var i = 0; i < 10; i++) heads.Add(await server.Repo.CommitAsync($"f{i}", $"change {i}", [GitFile.Text($"dir/{i}.yaml", $"a: {i}\n")], from: "main"));
        var calls = server.Calls;

        var read = await Task.WhenAll(heads.Select((head, i) => mirror.ReadAsync(Connection(server), Change(head, i + 1), Token)));

        Assert.Equal(heads, read.Select(content => content.Head.Value));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"dir/{i}.yaml"), read.Select(content => Assert.Single(content.Files).Path));
        Assert.All(read, content => Assert.Single(content.Documents));
        // Where the branch stands, and the commits, for the first who came and for all the others.
        Assert.InRange(server.Calls - calls, 2, 10);
    }

    [Fact]
    public async Task A_head_that_is_not_there_fails_alone()
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var first = await server.Repo.CommitAsync("first", "first", [GitFile.Text("a.yaml", "a: 1\n")], from: "main");
        var second = await server.Repo.CommitAsync("second", "second", [GitFile.Text("b.yaml", "a: 1\n")], from: "main");
        var hold = new TaskCompletionSource();
        server.Instead = async (context, next) =>
        {
            await hold.Task;
            await next(context);
        };

        var holding = mirror.ReadAsync(Connection(server), Change(first), Token);
        var good = mirror.ReadAsync(Connection(server), Change(second, 8), Token);
        var bad = mirror.ReadAsync(Connection(server), Change(new string('a', 40), 9), Token);
        hold.SetResult();

        Assert.Equal(["a.yaml"], (await holding).Files.Select(file => file.Path));
        Assert.Equal(["b.yaml"], (await good).Files.Select(file => file.Path));
        var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => bad);
        Assert.True(trouble.IsPermanent);
    }

    [Fact]
    public async Task A_broken_commit_that_is_fetched_together_with_others_fails_alone()
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var first = await server.Repo.CommitAsync("first", "first", [GitFile.Text("a.yaml", "a: 1\n")], from: "main");
        var second = await server.Repo.CommitAsync("second", "second", [GitFile.Text("b.yaml", "a: 1\n")], from: "main");
        var broken = await BrokenAsync(server, second);
        var hold = new TaskCompletionSource();
        server.Instead = async (context, next) =>
        {
            await hold.Task;
            await next(context);
        };

        var holding = mirror.ReadAsync(Connection(server), Change(first), Token);
        var bad = mirror.ReadAsync(Connection(server), Change(broken, 8), Token);
        var good = mirror.ReadAsync(Connection(server), Change(second, 9), Token);
        hold.SetResult();

        Assert.Equal(["a.yaml"], (await holding).Files.Select(file => file.Path));
        Assert.Equal(["b.yaml"], (await good).Files.Select(file => file.Path));
        var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => bad);
        Assert.True(trouble.IsPermanent, trouble.Message);
        Assert.Contains("missingCommitter", trouble.Message);
    }

    [Fact]
    public async Task Who_comes_while_a_fetch_is_under_way_is_told_where_the_branch_stands_after_he_came()
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var head = await server.Repo.CommitAsync("first", "first", [GitFile.Text("a.yaml", "a: 1\n")], from: "main");
        var hold = new TaskCompletionSource();
        var isAnswered = new TaskCompletionSource();
        server.Instead = async (context, next) =>
        {
            // Git has answered, and the answer is on its way.
            await next(context);
            isAnswered.TrySetResult();
            await hold.Task;
        };

        var early = mirror.ReadAsync(Connection(server), Change(head), Token);
        await isAnswered.Task;
        var stricter = await server.Repo.CommitAsync("main", "stricter", (".gitopsgate.yaml", "version: 1\n"));
        var late = mirror.ReadAsync(Connection(server), Change(head), Token);
        hold.SetResult();

        await early;
        Assert.Equal(stricter, (await late).Base.Value);
        Assert.NotNull((await late).RuleFile);
    }

    [Fact]
    public async Task Git_processes_that_were_ended_while_they_stood_by_are_started_again()
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var head = await server.Repo.CommitAsync("first", "first", [GitFile.Text("a.yaml", "a: 1\n")], from: "main");
        await mirror.ReadAsync(Connection(server), Change(head), Token);
        var standing = StandingGits.Of(server.Scratch).ToList();
        foreach (var git in standing) git.Kill();
        foreach (var git in standing) await git.WaitForExitAsync(Token);

        var content = await mirror.ReadAsync(Connection(server), Change(head), Token);

        Assert.NotEmpty(standing);
        Assert.Equal(["a.yaml"], content.Files.Select(file => file.Path));
    }

    [Fact]
    public async Task Git_processes_end_when_nobody_needs_them_and_with_the_mirror()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n"));
        var mirror = server.Mirror(set: options => options with { Standby = TimeSpan.FromMilliseconds(100) });
        await mirror.ReadAsync(Connection(server), Change(tip), Token);

        while (StandingGits.Of(server.Scratch).Any()) await Task.Delay(20, Token);
        Assert.Equal(tip, (await mirror.ReadAsync(Connection(server), Change(tip), Token)).Base.Value);
        await mirror.DisposeAsync();
        Assert.Empty(StandingGits.Of(server.Scratch));
    }

    [Fact]
    public async Task A_broken_object_is_refused_whoever_brings_it()
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var fine = await server.Repo.CommitAsync("ok", "fine", [GitFile.Text("x", "x\n")], from: "main");
        var broken = await BrokenAsync(server, fine);

        var refused = await Assert.ThrowsAsync<GitTroubleException>(() => mirror.ReadAsync(Connection(server), Change(broken), Token));

        Assert.True(refused.IsPermanent, refused.Message);
        Assert.Contains("missingCommitter", refused.Message);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(40)]
    [InlineData(400)]
    public async Task A_pack_whose_end_is_lost_is_trouble_and_the_next_try_gets_it(int lost)
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var head = await server.Repo.CommitAsync("first", "first", [GitFile.Text("a.yaml", $"a: 1\n{Noise(900)}")], from: "main");
        server.Instead = (context, next) => ShortenAsync(context, next, lost);

        var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => mirror.ReadAsync(Connection(server), Change(head), Token));
        server.Instead = null;
        var content = await mirror.ReadAsync(Connection(server), Change(head), Token);

        Assert.False(trouble.IsPermanent, trouble.Message);
        Assert.Equal(["a.yaml"], content.Files.Select(file => file.Path));
    }

    [Fact]
    public async Task A_server_that_answers_nonsense_to_the_quick_way_is_asked_by_git_itself()
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var head = await server.Repo.CommitAsync("first", "first", [GitFile.Text("a.yaml", "a: 1\n")], from: "main");
        var quick = 0;
        server.Instead = (context, next) =>
        {
            if (!context.Request.Headers.UserAgent.ToString().Contains("GitOpsGate")) return next(context);
            Interlocked.Increment(ref quick);
            return context.Response.WriteAsync("<html>Welcome to the proxy</html>");
        };

        var content = await mirror.ReadAsync(Connection(server), Change(head), Token);

        Assert.NotEqual(0, quick);
        Assert.Equal(["a.yaml"], content.Files.Select(file => file.Path));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(401)]
    [InlineData(302)]
    public async Task A_server_that_refuses_the_quick_way_is_trouble_without_the_token(int code)
    {
        await using var server = await GitServer.StartAsync();
        var mirror = await WarmAsync(server);
        var head = await server.Repo.CommitAsync("first", "first", [GitFile.Text("a.yaml", "a: 1\n")], from: "main");
        server.Failing = code;

        var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => mirror.ReadAsync(Connection(server), Change(head), Token));

        Assert.False(trouble.IsPermanent, trouble.Message);
        Assert.Contains("acme/shop", trouble.Message);
        Assert.DoesNotContain(GitServer.Token, trouble.Message);
        server.Failing = null;
        Assert.NotNull(await mirror.ReadAsync(Connection(server), Change(head), Token));
    }

    [Fact]
    public async Task A_new_process_fetches_only_what_an_earlier_one_has_not()
    {
        await using var server = await GitServer.StartAsync();
        await (await WarmAsync(server)).DisposeAsync();
        var head = await server.Repo.CommitAsync("first", "first", [GitFile.Text("a.yaml", "a: 1\n")], from: "main");
        var asked = new List<string>();
        server.Instead = async (context, next) =>
        {
            context.Request.EnableBuffering();
            using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
            lock (asked) asked.Add(reader.ReadToEndAsync(Token).Result);
            context.Request.Body.Position = 0;
            await next(context);
        };

        var content = await server.Mirror().ReadAsync(Connection(server), Change(head), Token);

        Assert.Equal(["a.yaml"], content.Files.Select(file => file.Path));
        Assert.Contains(asked, body => body.Contains($"want {head}") && body.Contains($"have {content.Base}"));
    }

    private static async Task<string> BrokenAsync(GitServer server, string parent)
    {
        var tree = (await server.Repo.GitAsync("rev-parse", $"{parent}^{{tree}}")).Trim();
        Directory.CreateDirectory(server.Scratch);
        var file = Path.Combine(server.Scratch, "commit");
        await File.WriteAllTextAsync(file, $"tree {tree}\nparent {parent}\nauthor A <a@example.org> 1 +0000\n\nwithout a committer\n", Token);
        return (await server.Repo.GitAsync("hash-object", "-t", "commit", "-w", "--literally", file)).Trim();
    }

    private static string Noise(int bytes) =>
        "# " + Convert.ToHexString([.. Enumerable.Range(0, bytes).Select(i => (byte)((i * i * 31) ^ (i >> 3)))]) + "\n";

    private static async Task ShortenAsync(HttpContext context, RequestDelegate next, int lost)
    {
        var wire = context.Response.Body;
        using var whole = new MemoryStream();
        context.Response.Body = whole;
        await next(context);
        context.Response.Body = wire;
        var isPack = context.Response.ContentType == "application/x-git-upload-pack-result" && whole.Length > 500;
        await wire.WriteAsync(whole.GetBuffer().AsMemory(0, (int)whole.Length - (isPack ? lost : 0)), context.RequestAborted);
        if (!isPack) return;
        await wire.FlushAsync(context.RequestAborted);
        context.Abort();
    }

    private static async Task<GitMirror> WarmAsync(GitServer server)
    {
        var tip = await server.Repo.CommitAsync("main", "first", ("README.md", "hello\n"));
        var mirror = server.Mirror();
        await mirror.ReadAsync(Connection(server), Change(tip), Token);
        return mirror;
    }

    private static Connection Connection(GitServer server) => new()
    {
        Name = Repository.Connection,
        Forge = "github",
        ApiUrl = server.Url,
        GitUrl = server.Url,
        Token = new Secret(GitServer.Token),
        WebhookSecrets = [],
    };

    private static ChangeRequest Change(string head, long number = 7) => new()
    {
        Key = new ChangeKey(Repository, number),
        Title = "t",
        State = ChangeState.Open,
        Author = new Person("bob", "2", PersonKind.User),
        SourceBranch = "feature",
        TargetBranch = "main",
        Head = CommitId.Parse(head),
        Labels = ImmutableArray<string>.Empty,
    };
}
