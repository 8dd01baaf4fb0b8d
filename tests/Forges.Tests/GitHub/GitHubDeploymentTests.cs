using System.Text;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Forges.GitHub;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>A deployment that waits for the gate is read, and answered at the one address that is right.</summary>
public sealed class GitHubDeploymentTests : IAsyncLifetime
{
    private const string Right = "https://api.github.com/repos/acme/shop/actions/runs/77/deployment_protection_rule";
    private const string Commit = "1111111111111111111111111111111111111111";
    private GitHubStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GitHubStage.SetAsync(isApp: true);

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Theory]
    [InlineData(Right, 77L)]
    [InlineData("https://API.github.com/repos/Acme/Shop/actions/runs/77/deployment_protection_rule", 77L)]
    [InlineData("https://evil.example/repos/acme/shop/actions/runs/77/deployment_protection_rule", null)]
    [InlineData("http://api.github.com/repos/acme/shop/actions/runs/77/deployment_protection_rule", null)]
    [InlineData("https://api.github.com.evil.example/repos/acme/shop/actions/runs/77/deployment_protection_rule", null)]
    [InlineData("https://api.github.com@evil.example/repos/acme/shop/actions/runs/77/deployment_protection_rule", null)]
    [InlineData("https://api.github.com:8443/repos/acme/shop/actions/runs/77/deployment_protection_rule", null)]
    [InlineData("https://api.github.com/repos/other/shop/actions/runs/77/deployment_protection_rule", null)]
    [InlineData("https://api.github.com/repos/acme/shop/actions/runs/77/../../../../user/deployment_protection_rule", null)]
    [InlineData("https://api.github.com/repos/acme/shop/actions/runs/77/deployment_protection_rule?to=x", null)]
    [InlineData("https://api.github.com/repos/acme/shop/actions/runs/-77/deployment_protection_rule", null)]
    [InlineData("https://api.github.com/repos/acme/shop/actions/runs/0/deployment_protection_rule", null)]
    [InlineData("https://api.github.com/repos/acme/shop/actions/runs/deployment_protection_rule", null)]
    [InlineData("https://api.github.com/repos/acme/shop/actions/runs/99999999999999999999/deployment_protection_rule", null)]
    [InlineData("", null)]
    public void A_callback_at_another_place_names_no_run(string callback, long? run)
    {
        Assert.Equal(run, GateOf(Asked(callback, "\"url\":\"https://api.github.com/repos/acme/shop\","))?.Run);
        Assert.Equal(run, GateOf(Asked(callback, ""))?.Run);
    }

    [Fact]
    public void A_gate_says_where_and_what_and_which_run()
    {
        var gate = GateOf(Asked(Right, ""));
        Assert.Equal(("prod", Commit, 77L), (gate?.Environment, gate?.Commit.Value, gate?.Run));
        Assert.Null(GateOf(Asked(Right, "").Replace("requested", "retracted", StringComparison.Ordinal)));
        Assert.Null(GateOf(Asked(Right, "\"url\":\"https://ghe.example/api/v3/repos/acme/shop\",")));
        Assert.Null(GateOf(Asked(Right, "").Replace("\"sha\"", "\"workflow_run\":{\"id\":78},\"sha\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_deployment_that_waits_on_an_enterprise_server_is_read_and_approved()
    {
        await using var door = await Door.StartAsync(_stage);
        _stage.GitHub.SetAppHook(_stage.App, door.Url + "/hooks", "first secret");
        var waiting = await AskAsync();
        Assert.Equal($"Deployment | deployment acme/shop@{_stage.Head.Short} to prod waits in run {waiting.Run}", Assert.Single(door.Readings));
        await AnswerAsync(waiting, null, "looking");
        Assert.True(waiting.IsWaiting);
        await AnswerAsync(waiting, true, "allowed by ruling 1");
        Assert.Equal("approved", waiting.State);
        Assert.Equal(["looking", "allowed by ruling 1"], waiting.Comments);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task An_answer_can_be_given_again_without_harm(bool isApproved, bool needsOthers)
    {
        var waiting = await AskAsync();
        waiting.NeedsOthers = needsOthers;
        _stage.GitHub.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = "/deployment_protection_rule" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => AnswerAsync(waiting, isApproved, "because"));
        Assert.Equal(TroubleKind.Unclear, trouble.Kind);
        await AnswerAsync(waiting, isApproved, "because");
        await AnswerAsync(waiting, isApproved, "because");
        Assert.Equal(isApproved ? "approved" : "rejected", waiting.State);
        Assert.Equal(["because"], waiting.Comments);
    }

    [Fact]
    public async Task An_approval_is_not_taken_for_given_where_a_rejection_was()
    {
        var waiting = await AskAsync();
        await AnswerAsync(waiting, false, "no");
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => AnswerAsync(waiting, true, "yes"));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.Equal("rejected", waiting.State);
    }

    [Fact]
    public async Task A_comment_of_any_length_is_cut_to_what_GitHub_takes()
    {
        var waiting = await AskAsync();
        await AnswerAsync(waiting, true, new string('x', 5000));
        Assert.Equal(1024, Assert.Single(waiting.Comments).Length);
    }

    [Fact]
    public async Task A_run_that_is_none_is_refused_before_anything_is_sent()
    {
        var before = _stage.GitHub.Journal.Entries.Count;
        var answer = new DeploymentAnswer(_stage.Repository, "prod", 0, true, "yes");
        await Assert.ThrowsAsync<ForgeTroubleException>(() => Deployments.AnswerDeploymentAsync(_stage.Connection, answer, Cancellation));
        Assert.Equal(before, _stage.GitHub.Journal.Entries.Count);
    }

    private IForgeDeployments Deployments => Assert.IsType<IForgeDeployments>(_stage.Forge, exactMatch: false);

    private static string Asked(string callback, string url) => $$$"""
        {"action":"requested","environment":"prod","sha":"{{{Commit}}}","deployment_callback_url":"{{{callback}}}",
         "repository":{{{{url}}}"full_name":"acme/shop"}}
        """;

    private static DeploymentGate? GateOf(string body)
    {
        var delivery = ReadingText.Delivery(GitHubForge.ForgeName, "deployment_protection_rule", Encoding.UTF8.GetBytes(body));
        var concerns = Assert.IsType<Reading.Concerns>(Rooms.Forge(GitHubForge.ForgeName).Read(delivery));
        return Assert.IsType<Concern.Deployment>(Assert.Single(concerns.What)).Gate;
    }

    private Task<GitHubWaitingRun> AskAsync() =>
        _stage.GitHub.AskToDeployAsync(_stage.Shop, _stage.App, "alice", "prod", _stage.Pull.Head);

    private Task AnswerAsync(GitHubWaitingRun waiting, bool? isApproved, string comment) => Deployments.AnswerDeploymentAsync(
        _stage.Connection, new DeploymentAnswer(_stage.Repository, "prod", waiting.Run, isApproved, comment), Cancellation);
}
