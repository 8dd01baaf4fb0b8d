using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes.Gitea;
using GitOpsGate.Forges.Tests.GitHub;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>The stand-in behaves as Gitea does where tests and the demo rely on it, and its webhooks are read as they are meant.</summary>
public sealed class FakeGiteaTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler());
    private GiteaStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GiteaStage.SetAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _stage.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_webhook_is_signed_and_read(bool isForgejo)
    {
        await using var stage = await GiteaStage.SetAsync(isForgejo);
        await using var door = await Door.StartAsync(stage);
        await stage.Forge.RegisterHookAsync(stage.Connection, stage.Repository, door.Url + "/hooks", Cancellation);
        await stage.Gitea.ReviewAsync(stage.Pull, "bob", "APPROVED");
        await stage.Gitea.RequestReviewAsync(stage.Pull, "alice", "bob");
        await stage.Gitea.CommentAsync(stage.Pull, "bob", "lgtm");
        await stage.Gitea.ToggleLabelAsync(stage.Pull, "bob", "urgent");
        await stage.Gitea.EditAsync(stage.Pull, "alice", "WIP: Add a file");
        await stage.Gitea.EditAsync(stage.Pull, "alice", "Add a file");
        await stage.Gitea.PushAsync(stage.Shop, "alice", "feature", "More", ("more.txt", "more\n"));
        await stage.Gitea.MergeAsync(stage.Pull, "bob");
        await stage.Gitea.PushedAsync(stage.Shop, "alice", "feature", stage.Pull.Head, null);
        Assert.Equal(
            [
                "Push | push", "Review | change", "Review | change", "Comment | change", "Label | change", "Change | change", "Change | change",
                "Push | push", "Commit | change", "Closed | change", "Push | push", "Push | push",
            ],
            door.Readings.Select(reading => string.Join(' ', reading.Split(' ')[..3])));
        Assert.Equal("Push | push acme/shop feature none..none by alice", door.Readings[^1]);
        Assert.Equal(door.Ids.Count, door.Ids.Distinct().Count());
    }

    [Fact]
    public async Task A_status_that_others_post_is_told_by_Gitea()
    {
        await using var door = await Door.StartAsync(_stage);
        await _stage.Forge.RegisterHookAsync(_stage.Connection, _stage.Repository, door.Url + "/hooks", Cancellation);
        await _stage.Gitea.PostStatusAsync(_stage.Shop, "ci", _stage.Pull.Head, "build", "success");
        Assert.Equal($"Status | commit acme/shop@{_stage.Head.Short} `build`", door.Readings[^1]);
    }

    [Fact]
    public async Task A_delivery_that_nobody_takes_is_tried_once_and_lost()
    {
        await _stage.Forge.RegisterHookAsync(_stage.Connection, _stage.Repository, "http://127.0.0.1:9/hooks", Cancellation);
        await _stage.Gitea.CommentAsync(_stage.Pull, "bob", "lgtm");
        var tries = _stage.Gitea.Post.Sent.Where(sent => sent.Call.Event == "pull_request_comment").ToList();
        Assert.Equal(0, Assert.Single(tries).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_headers_of_GitHub_that_come_along_never_count(bool isForgejo)
    {
        var body = "{}"u8.ToArray();
        var call = FakeGitea.Sign("", "pull_request_sync", body, "first secret", "one", isForgejo);
        var headers = call.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value);
        Assert.Equal(("one", "pull_request_sync"), (_stage.Forge.Label(headers)?.ForgeId, _stage.Forge.Label(headers)?.Event));
        Assert.Equal(SignatureCheck.Match, _stage.Forge.Verify(_stage.Connection, headers, body, default));
        var borrowed = headers.Where(header => header.Key.StartsWith("x-github", StringComparison.Ordinal)
                || header.Key.StartsWith("x-gogs", StringComparison.Ordinal) || header.Key.StartsWith("x-hub", StringComparison.Ordinal))
            .ToDictionary();
        Assert.Equal(8, borrowed.Count);
        Assert.Null(_stage.Forge.Label(borrowed));
        Assert.Equal(SignatureCheck.Missing, _stage.Forge.Verify(_stage.Connection, borrowed, body, default));
    }

    [Fact]
    public void A_hook_without_a_secret_sends_an_empty_signature_which_is_none()
    {
        var headers = FakeGitea.Sign("", "push", "{}"u8.ToArray(), "", "one", isForgejo: true).Headers
            .ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value);
        Assert.Equal("", headers["x-gitea-signature"]);
        Assert.Equal("", headers["x-forgejo-signature"]);
        Assert.Equal(SignatureCheck.Missing, _stage.Forge.Verify(_stage.Connection, headers, "{}"u8, default));
    }

    [Fact]
    public async Task The_API_merges_only_what_may_be_merged_at_the_head_that_was_meant()
    {
        await _stage.Forge.ProtectAsync(_stage.Connection, _stage.Repository, "main", Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, await MergeAsync(new string('a', 40)));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await MergeAsync(_stage.Pull.Head));
        await ReportAsync(Verdict.Allowed);
        await _stage.Gitea.EditAsync(_stage.Pull, "alice", "[WIP] Add a file");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await MergeAsync(_stage.Pull.Head));
        await _stage.Gitea.EditAsync(_stage.Pull, "alice", "Add a file");
        Assert.Equal(HttpStatusCode.OK, await MergeAsync(_stage.Pull.Head));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await MergeAsync(_stage.Pull.Head));
    }

    [Fact]
    public async Task A_caller_without_a_token_is_sent_away()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await _client.GetAsync(_stage.Gitea.ApiUrl + "/user", Cancellation)).StatusCode);
        var git = await _client.GetAsync($"{_stage.Gitea.GitUrl}/acme/shop.git/info/refs?service=git-upload-pack", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, git.StatusCode);
    }

    private async Task<HttpStatusCode> MergeAsync(string head)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_stage.Gitea.ApiUrl}/repos/acme/shop/pulls/1/merge");
        request.Headers.Authorization = new AuthenticationHeaderValue("token", FakeGitea.Token);
        var body = JsonSerializer.Serialize(new Dictionary<string, string> { ["Do"] = "squash", ["head_commit_id"] = head });
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return (await _client.SendAsync(request, Cancellation)).StatusCode;
    }

    private Task ReportAsync(Verdict verdict) => _stage.Forge.ReportAsync(
        _stage.Connection, new StatusReport(_stage.Repository, _stage.Head, "feature", "gitops-gate", verdict, $"{verdict}", ""), Cancellation);
}
