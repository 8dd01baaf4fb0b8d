using GitOpsGate.Changes;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GitOpsGate.Forges.Tests.SignIn;

/// <summary>Git fetches with the same token as REST, and with the new one once that has changed.</summary>
public sealed class GitSignInTests : IAsyncLifetime
{
    private static readonly RepositoryKey Shop = new(new ConnectionName("hub"), "acme/shop");

    private readonly ManualTimeProvider _clock = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-signin-");
    private AppStand _hub = null!;
    private SignInRoom _room = null!;
    private GitMirror _mirror = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_hub, _room) = (await AppStand.StartAsync(_clock), new SignInRoom(_clock));
        _mirror = new GitMirror(new GitMirrorOptions(_folder.FullName), _room.Http, TimeProvider.System, NullLogger<GitMirror>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _mirror.DisposeAsync();
        await _room.DisposeAsync();
        await _hub.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_a_mirror_still_lacks_is_fetched_with_the_token_of_now()
    {
        var repo = await _hub.AddRepositoryAsync("acme/shop");
        var first = CommitId.Parse(await repo.CommitAsync("main", "first", (".gitopsgate.yaml", "version: 1\n")));
        await repo.CommitAsync("main", "second", ("a.yaml", "a: 1\n"));
        // The first fetch leaves file contents out, so that reading one means fetching again, by a git that is kept running.
        Assert.NotNull(await _mirror.TreeAsync(_hub.Connection(), Shop, first, "", Cancellation));
        Assert.NotNull(await _mirror.RuleFileAsync(_hub.Connection(), Shop, first, Cancellation));
        var next = CommitId.Parse(await repo.CommitAsync("main", "third", (".gitopsgate.yaml", "version: 2\n")));
        _clock.Advance(TimeSpan.FromMinutes(61));
        var file = await _mirror.RuleFileAsync(_hub.Connection(), Shop, next, Cancellation);
        Assert.Equal("version: 2\n", System.Text.Encoding.UTF8.GetString(file!.Value.Span));
        Assert.Equal(2, _hub.Exchanges);
    }

    [Fact]
    public async Task A_token_that_git_is_refused_with_is_not_used_again()
    {
        var repo = await _hub.AddRepositoryAsync("acme/shop");
        var first = CommitId.Parse(await repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n")));
        Assert.NotNull(await _mirror.TreeAsync(_hub.Connection(), Shop, first, "", Cancellation));
        _hub.RevokeAll();
        var next = CommitId.Parse(await repo.CommitAsync("main", "second", ("a.yaml", "a: 2\n")));
        var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => _mirror.TreeAsync(_hub.Connection(), Shop, next, "", Cancellation));
        Assert.False(trouble.IsPermanent);
        Assert.DoesNotContain("ghs_", trouble.ToString(), StringComparison.Ordinal);
        Assert.NotNull(await _mirror.TreeAsync(_hub.Connection(), Shop, next, "", Cancellation));
    }

    [Fact]
    public async Task A_first_fetch_that_is_refused_is_told_without_the_token_and_succeeds_with_a_new_one()
    {
        var repo = await _hub.AddRepositoryAsync("acme/shop");
        var first = CommitId.Parse(await repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n")));
        await _room.Link(_hub.Connection()).GetAsync("/repos/acme/shop/things", Cancellation);
        _hub.RevokeAll();
        var trouble = await Assert.ThrowsAsync<GitTroubleException>(() => _mirror.TreeAsync(_hub.Connection(), Shop, first, "", Cancellation));
        Assert.DoesNotContain("ghs_", trouble.ToString(), StringComparison.Ordinal);
        Assert.NotNull(await _mirror.TreeAsync(_hub.Connection(), Shop, first, "", Cancellation));
    }

    [Fact]
    public async Task Where_signing_in_fails_git_is_not_started_and_the_reason_is_said()
    {
        var elsewhere = Shop with { Path = "other/shop" };
        var trouble = await Assert.ThrowsAsync<GitTroubleException>(
            () => _mirror.TreeAsync(_hub.Connection(), elsewhere, CommitId.Parse(new string('a', 40)), "", Cancellation));
        Assert.Contains("is not installed on `other/shop`", trouble.Message, StringComparison.Ordinal);
        Assert.False(trouble.IsPermanent);
    }
}
