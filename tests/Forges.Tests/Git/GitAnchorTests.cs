using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes.Anchors;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.Git;

/// <summary>The repository of checkpoints, by real git over HTTP and from a folder; its owner, and strangers, do what they like with it.</summary>
public sealed class GitAnchorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Log = $"checkpoints/{new string('a', 64)}";
    private readonly TempFolder _folder = new();
    private FakeAuditor? _auditor;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FakeAuditor Auditor => _auditor!;

    public async ValueTask InitializeAsync() => _auditor = await FakeAuditor.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Auditor.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_are_added_one_commit_after_the_other_and_the_newest_of_each_log_is_read(bool isFolder)
    {
        using var anchor = isFolder ? new GitAnchor(new GitAnchorSource(Auditor.Repo.Path), _folder.Path, TimeProvider.System) : Anchor();
        var tip = await anchor.ReadAsync(Patience, Cancellation);
        Assert.Equal((null, 0), (tip.Commit, tip.Newest.Length));
        foreach (var path in (string[])[$"{Log}/2026-01/9", $"{Log}/2026-01/10", $"{Log}/2026-02/11", $"checkpoints/{new string('b', 64)}/2025-12/3"])
        {
            var commit = await anchor.AddAsync(tip, Draft(path), Cancellation);
            tip = await anchor.ReadAsync(Patience, Cancellation);
            Assert.Equal(commit, tip.Commit);
        }

        Assert.Equal(
            [new AnchoredText($"{Log}/2026-02/11", $"text of {Log}/2026-02/11\n"), new AnchoredText($"checkpoints/{new string('b', 64)}/2025-12/3", $"text of checkpoints/{new string('b', 64)}/2025-12/3\n")],
            tip.Newest);
        Assert.Equal(4, (await Auditor.Repo.LogAsync("main")).Count);
        Assert.Equal($"text of {Log}/2026-01/9\n", await Auditor.Repo.ReadAsync("main", $"{Log}/2026-01/9"));
        Assert.Equal("1767225600 GitOps Gate", (await Auditor.Repo.GitAsync("log", "-1", "--format=%at %an", "main")).Trim());
        await Auditor.Repo.GitAsync("fsck", "--strict");
    }

    [Fact]
    public async Task What_was_pushed_meanwhile_is_never_written_over()
    {
        using var anchor = Anchor();
        await Auditor.CommitAsync("README.md", "mine");
        var tip = await anchor.ReadAsync(Patience, Cancellation);
        var foreign = await Auditor.CommitAsync("more", "meanwhile");
        Assert.Null(await anchor.AddAsync(tip, Draft($"{Log}/2026-01/9"), Cancellation));
        Assert.Equal(foreign, await Auditor.Repo.ResolveAsync("main"));
        // Somebody made the branch while it was thought to be absent.
        Assert.Null(await anchor.AddAsync(new AnchoredTip(null, []), Draft($"{Log}/2026-01/9"), Cancellation));
        Assert.Equal(foreign, await Auditor.Repo.ResolveAsync("main"));
        // Its owner takes history back: from then on that is the end.
        await Auditor.Repo.SetRefAsync("refs/heads/main", tip.Commit!);
        var after = await anchor.ReadAsync(Patience, Cancellation);
        Assert.Equal(tip.Commit, after.Commit);
        Assert.NotNull(await anchor.AddAsync(after, Draft($"{Log}/2026-01/9"), Cancellation));
    }

    [Fact]
    public async Task A_refusal_is_told_without_the_token()
    {
        await Auditor.CommitAsync("README.md", "mine");
        var hook = Path.Combine(Auditor.Repo.Path, "hooks", "pre-receive");
        Directory.CreateDirectory(Path.GetDirectoryName(hook)!);
        await File.WriteAllTextAsync(hook, "#!/bin/sh\necho protected branch >&2\nexit 1\n", Cancellation);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var anchor = Anchor();
        var tip = await anchor.ReadAsync(Patience, Cancellation);
        var refused = await Assert.ThrowsAsync<GitTroubleException>(() => anchor.AddAsync(tip, Draft($"{Log}/2026-01/9"), Cancellation));
        Assert.Contains("protected branch", refused.Message, StringComparison.Ordinal);
        using var stranger = new GitAnchor(Source("another-token-0123456789"), Path.Combine(_folder.Path, "other"), TimeProvider.System);
        var unknown = await Assert.ThrowsAsync<GitTroubleException>(() => stranger.ReadAsync(Patience, Cancellation));
        Assert.DoesNotContain("another-token", unknown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("git:another-token-0123456789")), unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_else_stands_there_is_passed_over_or_refused()
    {
        await Auditor.Repo.CommitAsync("main", "odd", [
            GitFile.Text("checkpoints/readme", "x"), GitFile.Text("checkpoints/not-hex/2026-01/5", "x"), GitFile.Text($"{Log}/later/7", "x"),
            GitFile.Text($"{Log}/2026-01/-7", "x"), GitFile.Text($"{Log}/2026-01/007a", "x"), GitFile.Text($"{Log}/2026-01/8", "eight\n"),
        ]);
        using var anchor = Anchor();
        Assert.Equal([new AnchoredText($"{Log}/2026-01/8", "eight\n")], (await anchor.ReadAsync(Patience, Cancellation)).Newest);
        await Auditor.CommitAsync($"{Log}/2026-01/99", new string('x', 5_000_000));
        var huge = await Assert.ThrowsAsync<GitTroubleException>(() => anchor.ReadAsync(Patience, Cancellation));
        Assert.Contains("printed more than 4194304 bytes", huge.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locks_of_a_git_that_was_killed_and_a_folder_that_is_gone_do_not_matter()
    {
        using var anchor = Anchor();
        var tip = await anchor.ReadAsync(Patience, Cancellation);
        Assert.NotNull(await anchor.AddAsync(tip, Draft($"{Log}/2026-01/9"), Cancellation));
        foreach (var name in (string[])["index.lock", "shallow.lock", "HEAD.lock"]) await File.WriteAllTextAsync(Path.Combine(_folder.Path, name), "", Cancellation);
        tip = await anchor.ReadAsync(Patience, Cancellation);
        Assert.NotNull(await anchor.AddAsync(tip, Draft($"{Log}/2026-01/10"), Cancellation));
        Directory.Delete(_folder.Path, recursive: true);
        tip = await anchor.ReadAsync(Patience, Cancellation);
        Assert.NotNull(await anchor.AddAsync(tip, Draft($"{Log}/2026-01/11"), Cancellation));
        Assert.Equal(3, (await Auditor.Repo.LogAsync("main")).Count);
    }

    private GitAnchor Anchor() => new(Source(FakeAuditor.Token), _folder.Path, TimeProvider.System);

    private GitAnchorSource Source(string token) => new(Auditor.GitUrl) { Token = new Secret(token) };

    private static AnchorFileDraft Draft(string path) => new(path, $"text of {path}\n", $"Checkpoint {path}", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
}
