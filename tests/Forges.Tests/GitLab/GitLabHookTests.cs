using GitOpsGate.Changes;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitLab;

/// <summary>What becomes of webhooks that fail, and how a project is followed that moves.</summary>
public sealed class GitLabHookTests
{
    private const string Path = GitLabRoom.Path;

    [Fact]
    public async Task A_hook_that_fails_is_switched_off_and_a_test_that_is_answered_switches_it_on()
    {
        await using var room = await GitLabRoom.OpenAsync();
        await using var gate = await Receiver.StartAsync();
        room.Fake.DisablesHooks = true;
        var first = await RegisterAsync(room, gate.HookUrl);
        Assert.True(first.Tested);
        gate.Status = 503;
        for (var i = 0; i < 4; i++) await room.Fake.PushAsync(Path, "alice", "main", "On", ("app.yaml", $"replicas: {i}\n"));
        var off = await HealthAsync(room, gate.HookUrl);
        Assert.False(off.IsActive);
        Assert.NotNull(off.DisabledUntil);
        Assert.Contains(off.Problems, problem => problem.Contains("switched it off", StringComparison.Ordinal));
        gate.Status = 202;
        var again = await RegisterAsync(room, gate.HookUrl);
        Assert.Equal((first.Id, false, true), (again.Id, again.Created, again.Tested));
        Assert.True((await HealthAsync(room, gate.HookUrl)).IsWell);
    }

    [Fact]
    public async Task After_forty_failures_a_hook_stays_off_until_it_is_registered_again()
    {
        await using var room = await GitLabRoom.OpenAsync();
        await using var gate = await Receiver.StartAsync();
        var first = await RegisterAsync(room, gate.HookUrl);
        gate.Status = 500;
        room.Fake.DisableHook(Path, gate.HookUrl);
        Assert.Null((await HealthAsync(room, gate.HookUrl)).DisabledUntil);
        // Nobody answers the test either, so a new hook takes its place.
        var second = await RegisterAsync(room, gate.HookUrl);
        Assert.NotEqual(first.Id, second.Id);
        Assert.False(second.Created);
        Assert.True((await HealthAsync(room, gate.HookUrl)).IsWell);
        Assert.Single(room.Fake.HookUrls(Path));
    }

    [Fact]
    public async Task A_surplus_hook_with_our_address_is_a_problem_that_registering_mends()
    {
        await using var room = await GitLabRoom.OpenAsync();
        await using var gate = await Receiver.StartAsync();
        await RegisterAsync(room, gate.HookUrl);
        room.Fake.AddHook(Path, gate.HookUrl);
        var health = await HealthAsync(room, gate.HookUrl);
        Assert.Contains(health.Problems, problem => problem.StartsWith("2 webhooks", StringComparison.Ordinal));
        await RegisterAsync(room, gate.HookUrl);
        Assert.Single(room.Fake.HookUrls(Path));
        Assert.True((await HealthAsync(room, gate.HookUrl)).IsWell);
    }

    [Fact]
    public async Task A_delivery_that_was_refused_is_missed_and_arrives_when_it_is_sent_again()
    {
        await using var room = await GitLabRoom.OpenAsync();
        await using var gate = await Receiver.StartAsync();
        await RegisterAsync(room, gate.HookUrl);
        gate.Status = 503;
        await room.Fake.PushAsync(Path, "alice", "main", "On", ("app.yaml", "replicas: 2\n"));
        gate.Status = 404;
        await room.Fake.PushAsync(Path, "alice", "main", "On", ("app.yaml", "replicas: 3\n"));
        gate.Status = 202;
        await room.Fake.PushAsync(Path, "alice", "main", "On", ("app.yaml", "replicas: 4\n"));
        var missed = await MissedAsync(room, gate.HookUrl);
        // GitLab does not say when, unless it signs; then all that failed are named, the oldest first.
        Assert.Equal([("Push Hook", "503"), ("Push Hook", "404")], missed.Select(one => (one.Event, one.Why)));
        Assert.Equal(2, missed.Select(one => one.ForgeId).Distinct().Count());
        foreach (var one in missed)
        {
            await room.Forge.RedeliverAsync(room.Connection, room.Repository, one, GitLabRoom.Cancellation);
            Assert.Equal(2, room.Fake.Tries(one.ForgeId));
        }
    }

    [Fact]
    public async Task Failures_to_connect_are_found_where_they_are_a_kind_of_their_own()
    {
        await using var room = await GitLabRoom.OpenAsync();
        await RegisterAsync(room, "http://127.0.0.1:9/hooks/here");
        room.Fake.Faults.Add(Fault.Answer(200) with { Path = "/events", Times = 2, Body = "[]" });
        room.Fake.Faults.Add(Fault.Answer(200) with
        {
            Path = "/events",
            Body = """
                [{"id":7,"trigger":"push_hooks","request_headers":{"X-Gitlab-Event-UUID":"u","webhook-timestamp":"1767323045"},
                  "response_status":"internal error","response_body":"Connection\nrefused"}]
                """,
        });
        var missed = Assert.Single(await MissedAsync(room, "http://127.0.0.1:9/hooks/here"));
        Assert.Equal(("u", "7", "push_hooks", "internal error: Connection refused"), (missed.ForgeId, missed.Handle, missed.Event, missed.Why));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1767323045), missed.At);
    }

    [Fact]
    public async Task A_GitLab_that_keeps_no_list_has_missed_nothing()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.KeepsHookEvents = false;
        await RegisterAsync(room, "http://127.0.0.1:9/hooks/here");
        Assert.Empty(await MissedAsync(room, "http://127.0.0.1:9/hooks/here"));
    }

    [Fact]
    public async Task A_project_that_was_renamed_is_still_read_and_no_longer_written_under_its_old_path()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        room.Fake.Rename(Path, "shop/platform/cluster");
        Assert.Equal(head, (await room.DescribeAsync(key)).Change.Head);
        var report = room.Report(head, GitOpsGate.Rulings.Verdict.Allowed);
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => room.Forge.ReportAsync(room.Connection, report, GitLabRoom.Cancellation));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.Contains("moved", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_merge_request_that_was_retargeted_reopened_or_lost_its_branch_is_described_as_it_is()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        await room.Fake.PushAsync(Path, "alice", "next", "Begin", ("other.yaml", "a: 1\n"));
        await room.Fake.RetargetAsync(Path, 1, "alice", "next");
        var change = (await room.DescribeAsync(key)).Change;
        Assert.Equal(("next", head), (change.TargetBranch, change.Head));
        await room.Fake.CloseAsync(Path, 1, "alice");
        Assert.Equal(ChangeState.Closed, (await room.DescribeAsync(key)).Change.State);
        await room.Fake.ReopenAsync(Path, 1, "alice");
        await room.Fake.DeleteBranchAsync(Path, "alice", "raise");
        change = (await room.DescribeAsync(key)).Change;
        Assert.Equal((ChangeState.Open, head), (change.State, change.Head));
    }

    [Fact]
    public async Task Rights_that_are_lacking_are_named()
    {
        await using var room = await GitLabRoom.OpenAsync();
        (room.Fake.GateLevel, room.Fake.Scopes) = (20, ["read_api"]);
        var standing = await room.Forge.StandingAsync(room.Connection, room.Repository, GitLabRoom.Cancellation);
        Assert.Equal("GitLab 19.1.0-ee", standing.Product);
        Assert.Equal(3, standing.MissingRights.Length);
        room.Fake.GateLevel = 30;
        standing = await room.Forge.StandingAsync(room.Connection, room.Repository, GitLabRoom.Cancellation);
        Assert.StartsWith("role `Maintainer`", standing.MissingRights[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_projects_of_a_user_are_listed_where_no_group_has_the_name()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.User("bea");
        await room.Fake.AddRepositoryAsync("bea/notes", ("README.md", "# Notes\n"));
        var found = await room.Forge.RepositoriesAsync(room.Connection, "bea", GitLabRoom.Cancellation);
        Assert.Equal(["bea/notes"], found.Select(one => one.Path));
    }

    private static Task<HookRegistration> RegisterAsync(GitLabRoom room, string url) =>
        room.Forge.RegisterHookAsync(room.Connection, room.Repository, url, GitLabRoom.Cancellation);

    private static Task<HookHealth> HealthAsync(GitLabRoom room, string url) =>
        room.Forge.HookHealthAsync(room.Connection, room.Repository, url, GitLabRoom.Cancellation);

    private static async Task<IReadOnlyList<MissedDelivery>> MissedAsync(GitLabRoom room, string url) =>
        await room.Forge.MissedAsync(room.Connection, room.Repository, url, DateTimeOffset.UnixEpoch, GitLabRoom.Cancellation);

    /// <summary>Stands where the gate's door would, and answers as it is told.</summary>
    private sealed class Receiver : FakeServer
    {
        public int Status { get; set; } = 202;

        public string HookUrl => Url + "/hooks/here";

        public static async Task<Receiver> StartAsync()
        {
            var receiver = new Receiver();
            await receiver.StartAsync(0);
            return receiver;
        }

        protected override void Map(WebApplication app) => app.MapPost("/hooks/here", () => Results.StatusCode(Status));

        protected override IResult? Refuse(HttpRequest request) => null;
    }
}
