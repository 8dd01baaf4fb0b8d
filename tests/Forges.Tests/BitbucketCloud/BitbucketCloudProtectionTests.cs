using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketCloud;

/// <summary>
/// What keeps a merge back on Bitbucket Cloud, and pull requests in unusual states; what holds for every forge is in
/// <see cref="ForgeSetupContract"/>.
/// </summary>
public sealed class BitbucketCloudProtectionTests
{
    private const string Path = BitbucketCloudRoom.Path;
    private const string HookUrl = "https://127.0.0.1:9/hooks/here";
    private const string Passing = "require_passing_builds_to_merge";
    private const string Enforced = "enforce_merge_checks";

    [Fact]
    public async Task Without_Premium_people_are_only_warned_and_that_is_said()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        room.Fake.HasPremium = false;
        await room.ProposeAsync();
        var protection = await ProtectAsync(room);
        Assert.Equal((false, ""), (protection.IsRequired, protection.By));
        Assert.Contains(protection.Advice, line => line.Contains("Premium", StringComparison.Ordinal));
        Assert.Equal([Passing], room.Fake.Restrictions(Path).Select(rule => rule.Kind));
        Assert.False(room.Fake.IsBlocked(Path, 1));
    }

    [Theory]
    [InlineData("**", true)]
    [InlineData("*", true)]
    [InlineData("release/*", true)]
    [InlineData("release/?.?", true)]
    [InlineData("rel**", true)]
    [InlineData("rel*", false)]
    [InlineData("main", false)]
    [InlineData("release/1", false)]
    [InlineData("(release/1.0", false)]
    public async Task A_rule_of_somebody_else_that_covers_the_branch_is_enough_and_stays(string pattern, bool covers)
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        room.Fake.Restrict(Path, Passing, pattern, 2);
        room.Fake.Restrict(Path, Enforced, pattern);
        Assert.Equal(covers, (await ReadAsync(room, "release/1.0")).IsRequired);
        await ProtectAsync(room, "release/1.0");
        Assert.Equal(covers ? 2 : 4, room.Fake.Restrictions(Path).Count);
        await room.Forge.UnprotectAsync(room.Connection, room.Repository, "release/1.0", BitbucketCloudRoom.Cancellation);
        Assert.Equal([pattern, pattern], room.Fake.Restrictions(Path).Select(rule => rule.Pattern));
    }

    [Fact]
    public async Task Enforcement_that_other_checks_need_stays_when_ours_is_undone()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        room.Fake.Restrict(Path, "require_approvals_to_merge", "main", 1);
        await ProtectAsync(room);
        await room.Forge.UnprotectAsync(room.Connection, room.Repository, "main", BitbucketCloudRoom.Cancellation);
        Assert.Equal(["require_approvals_to_merge", Enforced], room.Fake.Restrictions(Path).Select(rule => rule.Kind));
    }

    [Fact]
    public async Task A_branch_that_nobody_may_push_to_has_no_bypass()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        Assert.False((await ProtectAsync(room)).IsWithoutBypass);
        room.Fake.Restrict(Path, "push", "main");
        Assert.True((await ReadAsync(room)).IsWithoutBypass);
    }

    [Fact]
    public async Task A_hook_that_takes_any_certificate_or_stands_twice_is_mended()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        await RegisterAsync(room);
        room.Fake.DistrustHook(Path, HookUrl);
        room.Fake.AddHook(Path, HookUrl);
        var health = await HealthAsync(room);
        Assert.Contains("the gate's TLS certificate is not checked", health.Problems);
        Assert.Contains(health.Problems, problem => problem.StartsWith("2 webhooks", StringComparison.Ordinal));
        await RegisterAsync(room);
        Assert.True((await HealthAsync(room)).IsWell);
        Assert.Single(room.Fake.HookUrls(Path));
    }

    [Fact]
    public async Task A_delivery_cannot_be_asked_for_again()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var missed = new MissedDelivery("1", "2", "3", "repo:push", DateTimeOffset.UnixEpoch, "lost");
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() =>
            room.Forge.RedeliverAsync(room.Connection, room.Repository, missed, BitbucketCloudRoom.Cancellation));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
    }

    [Fact]
    public async Task Rights_that_are_lacking_are_named_and_a_token_need_not_know_who_it_is()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        room.Fake.Faults.Add(Fault.Answer(403) with { Path = "/2.0/user" });
        room.Fake.Faults.Add(Fault.Answer(403) with { Path = "/hooks" });
        room.Fake.Faults.Add(Fault.Answer(403) with { Path = "/branch-restrictions" });
        var standing = await room.Forge.StandingAsync(room.Connection, room.Repository, BitbucketCloudRoom.Cancellation);
        Assert.Equal(($"access token for {Path}", "main", 2), (standing.Account, standing.DefaultBranch, standing.MissingRights.Length));
        room.Fake.Faults.Add(Fault.Answer(200) with
        {
            Path = "/permissions/",
            Body = $$"""{"values":[{"user":{"uuid":"{{room.Fake.Gate.Uuid}}"},"permission":"read"}]}""",
        });
        standing = await room.Forge.StandingAsync(room.Connection, room.Repository, BitbucketCloudRoom.Cancellation);
        Assert.StartsWith("permission `write`", Assert.Single(standing.MissingRights), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pull_request_that_was_retargeted_or_lost_its_branch_is_described_as_it_is()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        var next = await room.Fake.PushAsync(Path, "alice", "next", "Begin", ("other.yaml", "a: 1\n"));
        await room.Fake.RetargetAsync(Path, 1, "alice", "next");
        await room.Fake.DeleteBranchAsync(Path, "alice", "raise");
        var change = (await room.DescribeAsync(key)).Change;
        Assert.Equal(("next", next, head), (change.TargetBranch, change.TargetTip.Value, change.Head));
        var open = Assert.Single(await room.Forge.OpenChangesAsync(room.Connection, room.Repository, BitbucketCloudRoom.Cancellation));
        Assert.Equal(("next", 12, true), (open.TargetBranch, open.Head.Length, open.IsAt(head)));
    }

    [Fact]
    public async Task A_pull_request_whose_fork_is_gone_is_from_a_fork_and_its_head_is_looked_for_here()
    {
        await using var room = await BitbucketCloudRoom.OpenAsync();
        var (key, head) = await room.ProposeAsync();
        room.Fake.Faults.Add(Fault.Answer(200) with
        {
            Path = "/pullrequests/1",
            Body = $$$"""
                {"id":1,"state":"OPEN","destination":{"branch":{"name":"main"}},
                 "source":{"branch":{"name":"raise"},"commit":{"hash":"{{{head.Value[..12]}}}"},"repository":null}}
                """,
        });
        var change = (await room.DescribeAsync(key)).Change;
        Assert.Equal((head, true), (change.Head, change.IsFromFork));
    }

    private static Task<Protection> ProtectAsync(BitbucketCloudRoom room, string branch = "main") =>
        room.Forge.ProtectAsync(room.Connection, room.Repository, branch, BitbucketCloudRoom.Cancellation);

    private static Task<Protection> ReadAsync(BitbucketCloudRoom room, string branch = "main") =>
        room.Forge.ProtectionAsync(room.Connection, room.Repository, branch, BitbucketCloudRoom.Cancellation);

    private static Task<HookRegistration> RegisterAsync(BitbucketCloudRoom room) =>
        room.Forge.RegisterHookAsync(room.Connection, room.Repository, HookUrl, BitbucketCloudRoom.Cancellation);

    private static Task<HookHealth> HealthAsync(BitbucketCloudRoom room) =>
        room.Forge.HookHealthAsync(room.Connection, room.Repository, HookUrl, BitbucketCloudRoom.Cancellation);
}
