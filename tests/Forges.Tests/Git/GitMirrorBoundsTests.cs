using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace GitOpsGate.Forges.Tests.Git;

/// <summary>A git that fails in the middle of an answer tells why and does no lasting harm, and what git may cost is bounded.</summary>
public sealed class GitMirrorBoundsTests
{
    private static readonly RepositoryKey Repository = new(new ConnectionName("acme"), "acme/shop");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("old.yaml", "diff-tree")]
    [InlineData(".gitopsgate.yaml", "cat-file")]
    public async Task A_standing_git_that_gives_up_says_why_without_the_token_and_the_next_try_goes_well(string lacking, string asked)
    {
        await using var server = await GitServer.StartAsync();
        var (mirror, head, blob) = await LackingAsync(server, lacking);
        server.Instead = (context, next) => WhenAskedForAsync(context, blob, next, refused =>
        {
            refused.Response.StatusCode = 503;
            return Task.CompletedTask;
        });

        var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => mirror.ReadAsync(Connection(server), Change(head), Token));
        server.Instead = null;
        var content = await mirror.ReadAsync(Connection(server), Change(head), Token);

        Assert.False(trouble.IsPermanent, trouble.Message);
        Assert.Contains($"git {asked} ended before it had answered", trouble.Message);
        Assert.Contains("503", trouble.Message);
        Assert.DoesNotContain(GitServer.Token, trouble.Message);
        Assert.Equal(["old.yaml"], content.Files.Select(file => file.Path));
    }

    [Theory]
    [InlineData("old.yaml", "diff-tree")]
    [InlineData(".gitopsgate.yaml", "cat-file")]
    public async Task A_standing_git_that_is_killed_in_the_middle_of_an_answer_is_trouble_and_the_next_try_goes_well(string lacking, string asked)
    {
        await using var server = await GitServer.StartAsync();
        var (mirror, head, blob) = await LackingAsync(server, lacking);
        var (isAsked, hold) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Instead = (context, next) => WhenAskedForAsync(context, blob, next, async held =>
        {
            isAsked.TrySetResult();
            await hold.Task;
            await next(held);
        });

        var reading = mirror.ReadAsync(Connection(server), Change(head), Token);
        await isAsked.Task.WaitAsync(Token);
        var standing = StandingGits.Of(server.Scratch).ToList();
        foreach (var git in standing) git.Kill();
        hold.SetResult();
        var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => reading);
        server.Instead = null;
        var content = await mirror.ReadAsync(Connection(server), Change(head), Token);

        Assert.NotEmpty(standing);
        Assert.False(trouble.IsPermanent, trouble.Message);
        Assert.Contains($"git {asked} ended before it had answered", trouble.Message);
        Assert.Equal(["old.yaml"], content.Files.Select(file => file.Path));
        Assert.NotNull(content.RuleFile);
    }

    [Fact]
    public async Task A_pack_larger_than_the_bound_is_refused_for_good_and_smaller_ones_are_still_taken()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("README.md", "hello\n"));
        var mirror = server.Mirror(set: options => options with { MaxPackBytes = 4_096 });
        await mirror.ReadAsync(Connection(server), Change(tip), Token);
        var noise = new byte[50_000];
        new Random(3).NextBytes(noise);
        var large = await server.Repo.CommitAsync("large", "large", [GitFile.Text("large.txt", Convert.ToHexString(noise))], from: "main");
        var small = await server.Repo.CommitAsync("small", "small", [GitFile.Text("small.txt", "little\n")], from: "main");

        var refused = await Assert.ThrowsAsync<GitTroubleException>(() => mirror.ReadAsync(Connection(server), Change(large), Token));
        var content = await mirror.ReadAsync(Connection(server), Change(small), Token);

        Assert.True(refused.IsPermanent, refused.Message);
        Assert.Contains("exceeds maximum allowed size", refused.Message);
        Assert.Equal(["small.txt"], content.Files.Select(file => file.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_more_git_processes_stand_by_than_may(int most)
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n"));
        var head = await server.Repo.CommitAsync("first", "first", [GitFile.Text("b.yaml", "b: 1\n")], from: tip);
        var mirror = server.Mirror(set: options => options with { MaxStandby = most, Standby = TimeSpan.FromHours(1) });

        await Task.WhenAll(Enumerable.Range(1, 6).Select(number => mirror.ReadAsync(Connection(server), Change(head, number), Token)));

        Assert.Equal(most, StandingGits.Of(server.Scratch).Count());
    }

    // A mirror that has the commits of a change, and of the files on the target branch all but the contents of one, which is not asked for
    // before somebody looks at it.
    private static async Task<(GitMirror Mirror, string Head, string Blob)> LackingAsync(GitServer server, string lacking)
    {
        var tip = await server.Repo.CommitAsync("main", "first", ("old.yaml", "a: 1\n"), (".gitopsgate.yaml", "version: 1\n"));
        var head = await server.Repo.CommitAsync("change", "change", [GitFile.Text("old.yaml", "a: 2\n")], from: tip);
        var blob = (await server.Repo.GitAsync("rev-parse", $"{tip}:{lacking}")).Trim();
        return (server.Mirror(), head, blob);
    }

    private static async Task WhenAskedForAsync(HttpContext context, string blob, RequestDelegate next, RequestDelegate then)
    {
        context.Request.EnableBuffering();
        using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
        var body = await reader.ReadToEndAsync(Token);
        context.Request.Body.Position = 0;
        await (body.Contains($"want {blob}", StringComparison.Ordinal) ? then : next)(context);
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
    };
}
