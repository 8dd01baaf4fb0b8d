using GitOpsGate.Fakes;
using GitOpsGate.Fakes.AzureDevOps;
using GitOpsGate.Forges.Tests.GitHub;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>The stand-in behaves as Azure DevOps does where tests and the demo rely on it.</summary>
public sealed class FakeAzureDevOpsTests : IAsyncLifetime
{
    private AzureDevOpsStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await AzureDevOpsStage.SetAsync();

    public async ValueTask DisposeAsync() => await _stage.DisposeAsync();

    [Fact]
    public async Task Every_call_is_let_in_named_by_its_body_and_read()
    {
        await using var door = await DoorAsync();
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        await _stage.Azure.CommentAsync(_stage.Pull, "bob", "/gate approve");
        await _stage.Azure.PushAsync(_stage.Shop, "alice", "feature", "More", ("more.txt", "more\n"));
        await _stage.Azure.CompleteAsync(_stage.Pull, "bob");
        Assert.Equal(
            [
                "Change, Commit, Review | change acme/shop#1", "Comment | change acme/shop#1", "Push | push acme/shop feature",
                "Change, Commit, Review | change acme/shop#1", "Change | change acme/shop#1", "Closed | change acme/shop#1",
                "Closed | change acme/shop#1", "Push | push acme/shop main",
            ],
            door.Readings.Select(Beginning));
        Assert.Equal(8, door.Ids.Distinct().Count());
        Assert.All(door.Ids, id => Assert.Contains(id.Split('/')[0], _stage.Azure.Subscriptions.Select(one => one.Id)));
    }

    [Fact]
    public async Task What_may_pass_is_sent_again_under_the_same_id()
    {
        await using var door = await DoorAsync();
        door.Faults.Add(Fault.Answer(503) with { Times = 3 });
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        Assert.Single(door.Readings);
        Assert.Equal(4, door.Journal.Count("POST"));
        Assert.Single(door.Journal.Entries.Select(entry => entry.Body).Distinct());
        Assert.All(_stage.Azure.Subscriptions, one => Assert.Equal("enabled", one.Status));
    }

    [Fact]
    public async Task What_fails_for_good_is_put_on_probation_and_then_ended_and_410_ends_it_at_once()
    {
        await using var door = await DoorAsync();
        door.Faults.Add(Fault.Answer(500));
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        Assert.Equal("onProbation", StatusOf("git.pullrequest.updated"));
        door.Faults.Add(Fault.Answer(500));
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 5);
        Assert.Equal("disabledBySystem", StatusOf("git.pullrequest.updated"));
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        Assert.Empty(door.Readings);
        door.Faults.Add(Fault.Answer(410));
        await _stage.Azure.CommentAsync(_stage.Pull, "bob", "hello");
        Assert.Equal("disabledBySystem", StatusOf("ms.vss-code.git-pullrequest-comment-event"));
    }

    [Fact]
    public async Task Calls_can_be_held_and_mixed_up()
    {
        await using var door = await DoorAsync();
        _stage.Azure.Post.Hold();
        await _stage.Azure.VoteAsync(_stage.Pull, "bob", 10);
        await _stage.Azure.CommentAsync(_stage.Pull, "bob", "hello");
        Assert.Empty(door.Readings);
        await _stage.Azure.Post.ReleaseAsync(newestFirst: true);
        Assert.Equal(["Comment | change acme/shop#1", "Change, Commit, Review | change acme/shop#1"], door.Readings);
        Assert.All(_stage.Azure.Subscriptions, one => Assert.Equal("enabled", one.Status));
    }

    [Fact]
    public async Task A_stale_head_is_not_completed_over_the_api()
    {
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(_stage.Azure.ApiUrl + "/") };
        var pair = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($":{FakeAzureDevOps.Token}"));
        http.DefaultRequestHeaders.Authorization = new("Basic", pair);
        const string Pull = "acme/_apis/git/repositories/shop/pullrequests/1?api-version=7.1";
        Assert.Equal(409, await CompleteAsync(_stage.MainTip.Value));
        Assert.Equal(200, await CompleteAsync(_stage.Head.Value));
        Assert.Equal(400, (int)(await http.GetAsync(Pull.Split('?')[0], Cancellation)).StatusCode);
        http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(203, (int)(await http.GetAsync(Pull, Cancellation)).StatusCode);

        async Task<int> CompleteAsync(string head)
        {
            using var body = new StringContent($$$"""{"status":"completed","lastMergeSourceCommit":{"commitId":"{{{head}}}"}}""");
            using var answer = await http.PatchAsync(Pull, body, Cancellation);
            return (int)answer.StatusCode;
        }
    }

    private async Task<Door> DoorAsync()
    {
        var door = await Door.StartAsync(_stage);
        await _stage.Forge.RegisterHookAsync(_stage.Connection, _stage.Repository, $"{door.Url}/hooks", Cancellation);
        return door;
    }

    private string StatusOf(string happened) => _stage.Azure.Subscriptions.Single(one => one.Event == happened).Status;

    /// <summary>A reading without its commits.</summary>
    private static string Beginning(string reading) =>
        reading.Contains("| push", StringComparison.Ordinal) ? string.Join(' ', reading.Split(' ')[..5]) : reading;
}
