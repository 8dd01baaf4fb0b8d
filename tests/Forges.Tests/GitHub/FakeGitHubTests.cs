using System.Net;
using System.Net.Http.Headers;
using System.Text;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>The stand-in behaves as GitHub does where tests and the demo rely on it.</summary>
public sealed class FakeGitHubTests : IAsyncLifetime
{
    private readonly HttpClient _browser = new(new SocketsHttpHandler());
    private GitHubStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GitHubStage.SetAsync();

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _stage.DisposeAsync();
    }

    [Fact]
    public async Task Every_webhook_is_signed_and_read()
    {
        await using var door = await Door.StartAsync(_stage);
        await RegisterAsync(door);
        await _stage.GitHub.ReviewAsync(_stage.Pull, "bob", "APPROVED");
        await _stage.GitHub.CommentAsync(_stage.Pull, "bob", "lgtm");
        await _stage.GitHub.PushAsync(_stage.Shop, "alice", "feature", "More", ("more.txt", "more\n"));
        var group = await _stage.GitHub.EnqueueAsync(_stage.Pull, "alice");
        await _stage.GitHub.MergeAsync(_stage.Pull, "bob");
        Assert.Equal(
            [
                "Ping | settings", "Ping | settings", "Review | change", "Comment | change", "Push | push", "Commit | change",
                "MergeQueue | change", "MergeQueue | group", "Closed | change", "Push | push",
            ],
            door.Readings.Select(reading => string.Join(' ', reading.Split(' ')[..3])));
        Assert.EndsWith($"@{group[..12]} #1", door.Readings[7], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhooks_can_be_repeated_and_mixed_up()
    {
        await using var door = await Door.StartAsync(_stage);
        await RegisterAsync(door);
        await _stage.GitHub.CommentAsync(_stage.Pull, "bob", "after the pings");
        door.Clear();
        _stage.GitHub.Post.Hold();
        _stage.GitHub.Post.Repeats = true;
        await _stage.GitHub.CommentAsync(_stage.Pull, "bob", "first");
        await _stage.GitHub.ToggleLabelAsync(_stage.Pull, "bob", "second");
        Assert.Empty(door.Readings);
        await _stage.GitHub.Post.ReleaseAsync(newestFirst: true);
        Assert.Equal(
            ["Label | change acme/shop#1", "Label | change acme/shop#1", "Comment | change acme/shop#1", "Comment | change acme/shop#1"],
            door.Readings);
        Assert.Equal(2, door.Ids.Distinct().Count());
    }

    [Fact]
    public async Task Nothing_is_merged_whose_required_status_is_not_green()
    {
        _stage.Shop.RequiredContexts.Add("gitops-gate");
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => _stage.GitHub.MergeAsync(_stage.Pull, "bob"));
        Assert.Equal(405, refused.Status);
        var report = new StatusReport(
            _stage.Repository, _stage.Head, "feature", "gitops-gate", Verdict.Allowed, "allowed", "https://gate.example.org/r/1");
        await _stage.Forge.ReportAsync(_stage.Connection, report, Cancellation);
        Assert.NotEqual("", await _stage.GitHub.MergeAsync(_stage.Pull, "bob"));
    }

    [Fact]
    public async Task Git_is_served_to_who_has_a_token()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_stage.GitHub.GitUrl}/acme/shop.git/info/refs?service=git-upload-pack");
        using var refused = await _browser.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var again = new HttpRequestMessage(HttpMethod.Get, request.RequestUri);
        again.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"x-access-token:{FakeGitHub.Token}")));
        using var served = await _browser.SendAsync(again, Cancellation);
        Assert.Contains(_stage.Pull.Head, await served.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task People_can_propose_approve_and_merge_on_its_pages()
    {
        _stage.Shop.RequiredContexts.Add("gitops-gate");
        Assert.Contains("acme/shop", await _browser.GetStringAsync(_stage.GitHub.Url, Cancellation), StringComparison.Ordinal);
        var proposed = await SubmitAsync("propose", ("as", "alice"), ("branch", "b"), ("title", "<b>Mine</b>"), ("path", "a.txt"), ("text", "one\r\ntwo"));
        Assert.EndsWith("/acme/shop/pull/2", proposed.Address, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;Mine&lt;/b&gt;", proposed.Page, StringComparison.Ordinal);
        Assert.Equal("one\ntwo\n", await _stage.Shop.Git.ReadAsync("b", "a.txt"));
        Assert.Contains("APPROVED", (await SubmitAsync("pull/2", ("as", "bob"), ("act", "approve"))).Page, StringComparison.Ordinal);
        Assert.Contains("role=\"alert\"", (await SubmitAsync("pull/2", ("as", "bob"), ("act", "merge"))).Page, StringComparison.Ordinal);
        Assert.Contains("<b>merged</b>", (await SubmitAsync("pull/2", ("as", "root"), ("act", "force"))).Page, StringComparison.Ordinal);
    }

    private async Task<(string Address, string Page)> SubmitAsync(string where, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value));
        using var answer = await _browser.PostAsync(new Uri($"{_stage.GitHub.Url}/acme/shop/{where}"), form, Cancellation);
        return (answer.RequestMessage!.RequestUri!.AbsoluteUri, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private Task<HookRegistration> RegisterAsync(Door door) =>
        _stage.Forge.RegisterHookAsync(_stage.Connection, _stage.Repository, door.Url + "/hooks", Cancellation);
}
