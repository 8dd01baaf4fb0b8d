using System.Text;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitLab;
using GitOpsGate.Forges.GitLab;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitLab;

/// <summary>A deployment that is blocked is read as a question, and approved or rejected once.</summary>
public sealed class GitLabDeploymentTests
{
    private const string Commit = "1111111111111111111111111111111111111111";

    [Theory]
    [InlineData("blocked", "15", 15L)]
    [InlineData("blocked", "\"15\"", 15L)]
    [InlineData("blocked", "0", null)]
    [InlineData("blocked", "-15", null)]
    [InlineData("blocked", "null", null)]
    [InlineData("running", "15", null)]
    [InlineData("success", "15", null)]
    [InlineData("Blocked", "15", null)]
    public void Only_a_blocked_deployment_with_a_number_asks(string status, string number, long? run)
    {
        var body = $$"""
            {"object_kind":"deployment","status":"{{status}}","deployment_id":{{number}},"environment":"prod",
             "project":{"path_with_namespace":"shop/infra"},"commit_url":"https://gitlab.example.org/shop/infra/-/commit/{{Commit}}"}
            """;
        var concerns = Assert.IsType<Reading.Concerns>(
            GitLabReader.Read(ReadingText.Delivery(GitLabForge.ForgeName, "Deployment Hook", Encoding.UTF8.GetBytes(body))));
        var deployment = Assert.IsType<Concern.Deployment>(Assert.Single(concerns.What));
        Assert.Equal(("prod", Commit), (deployment.Environment, deployment.Commit.Value));
        Assert.Equal(run, deployment.Gate?.Run);
        Assert.Equal(run is null ? null : "prod", deployment.Gate?.Environment);
    }

    [Theory]
    [InlineData(true, 1, "created")]
    [InlineData(true, 2, "blocked")]
    [InlineData(false, 2, "failed")]
    public async Task An_answer_is_given_once_whatever_becomes_of_the_first_try(bool isApproved, int needed, string status)
    {
        await using var room = await OpenAsync();
        var waiting = await DeployAsync(room, needed);
        room.Fake.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = "/approval" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => AnswerAsync(room, waiting.Id, isApproved));
        Assert.Equal(TroubleKind.Unclear, trouble.Kind);
        await AnswerAsync(room, waiting.Id, isApproved);
        await AnswerAsync(room, waiting.Id, isApproved);
        var given = Assert.Single(waiting.Approvals);
        Assert.Equal((room.Fake.Gate, "because"), (given.By, given.Comment));
        Assert.Equal(status, waiting.Status);
        Assert.Equal(1, room.Fake.Journal.Count("POST", "/approval"));
    }

    [Fact]
    public async Task A_try_that_never_arrived_is_made_again()
    {
        await using var room = await OpenAsync();
        var waiting = await DeployAsync(room);
        room.Fake.Faults.Add(new Fault(FaultKind.DropRequest) { Method = "POST", Path = "/approval" });
        await Assert.ThrowsAsync<ForgeTroubleException>(() => AnswerAsync(room, waiting.Id, true));
        await AnswerAsync(room, waiting.Id, true);
        Assert.Equal("created", waiting.Status);
    }

    [Fact]
    public async Task An_approval_is_not_taken_for_given_where_a_rejection_was()
    {
        await using var room = await OpenAsync();
        var waiting = await DeployAsync(room);
        await AnswerAsync(room, waiting.Id, false);
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => AnswerAsync(room, waiting.Id, true));
        Assert.Equal((TroubleKind.Refused, "failed"), (trouble.Kind, waiting.Status));
    }

    [Fact]
    public async Task A_report_alone_is_not_sent()
    {
        await using var room = await OpenAsync();
        var waiting = await DeployAsync(room);
        await AnswerAsync(room, waiting.Id, null);
        Assert.Empty(waiting.Approvals);
        Assert.DoesNotContain(room.Fake.Journal.Entries, call => call.Path.Contains("/deployments/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(GitLabTier.Free, true, TroubleKind.Missing)]
    [InlineData(GitLabTier.Premium, false, TroubleKind.Forbidden)]
    public async Task What_the_edition_or_our_rights_lack_is_told(GitLabTier tier, bool mayApprove, TroubleKind kind)
    {
        await using var room = await OpenAsync();
        (room.Fake.Tier, room.Fake.MayApproveDeployments) = (tier, mayApprove);
        var waiting = await DeployAsync(room);
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => AnswerAsync(room, waiting.Id, true));
        Assert.Equal((kind, "blocked"), (trouble.Kind, waiting.Status));
    }

    [Fact]
    public async Task A_deployment_that_goes_elsewhere_than_was_asked_about_is_not_approved()
    {
        await using var room = await OpenAsync();
        var waiting = await DeployAsync(room, environment: "staging");
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => AnswerAsync(room, waiting.Id, true));
        Assert.Equal((TroubleKind.Refused, "blocked"), (trouble.Kind, waiting.Status));
        Assert.Contains("goes to `staging`, not to `prod`", trouble.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ForgeTroubleException>(() => AnswerAsync(room, 0, true));
    }

    private static async Task<GitLabRoom> OpenAsync()
    {
        var room = await GitLabRoom.OpenAsync();
        room.Fake.Tier = GitLabTier.Premium;
        return room;
    }

    private static Task<GitLabDeployment> DeployAsync(GitLabRoom room, int needed = 1, string environment = "prod") =>
        room.Fake.DeployAsync(GitLabRoom.Path, "alice", environment, Commit, needed);

    private static Task AnswerAsync(GitLabRoom room, long run, bool? isApproved) =>
        Assert.IsType<IForgeDeployments>(room.Forge, exactMatch: false).AnswerDeploymentAsync(
            room.Connection, new DeploymentAnswer(room.Repository, "prod", run, isApproved, "because"), GitLabRoom.Cancellation);
}
