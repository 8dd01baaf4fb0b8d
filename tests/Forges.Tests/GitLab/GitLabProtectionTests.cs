using GitOpsGate.Changes;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitLab;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitLab;

/// <summary>What keeps a merge back on each edition of GitLab; what holds for every forge is in <see cref="ForgeSetupContract"/>.</summary>
public sealed class GitLabProtectionTests
{
    private const string Path = GitLabRoom.Path;
    private const string HookUrl = "http://127.0.0.1:9/hooks/here";

    [Theory]
    [InlineData(GitLabTier.Free, "need Ultimate")]
    [InlineData(GitLabTier.Premium, "approval rules")]
    public async Task Without_external_status_checks_a_merge_waits_for_the_pipeline(GitLabTier tier, string advice)
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.Tier = tier;
        room.Fake.LetSkippedPass(Path);
        var (_, head) = await room.ProposeAsync();
        await room.Fake.PostStatusAsync(Path, head.Value, "raise", "ci", "skipped", "bea");
        var protection = await ProtectAsync(room);
        Assert.Equal((true, false, "\"Pipelines must succeed\""), (protection.IsRequired, protection.IsBoundToUs, protection.By));
        Assert.Contains(protection.Advice, line => line.Contains(advice, StringComparison.Ordinal));
        Assert.Contains(protection.Advice, line => line.Contains("any", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("ci_must_pass", room.Fake.BlockerOf(Path, 1));
    }

    [Fact]
    public async Task On_Ultimate_a_merge_waits_for_an_external_status_check_that_only_consent_passes()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.Tier = GitLabTier.Ultimate;
        var (_, head) = await room.ProposeAsync();
        await room.Forge.RegisterHookAsync(room.Connection, room.Repository, HookUrl, GitLabRoom.Cancellation);
        var protection = await ProtectAsync(room);
        Assert.Equal((true, "external status check `gitops-gate`"), (protection.IsRequired, protection.By));
        Assert.Equal([("gitops-gate", HookUrl, "hook secret")], room.Fake.Checks(Path));
        foreach (var verdict in new[] { Verdict.Held, Verdict.Errored, Verdict.Denied })
        {
            await ReportAsync(room, head, verdict);
            Assert.Equal("status_checks_must_pass", room.Fake.BlockerOf(Path, 1));
        }

        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Null(room.Fake.BlockerOf(Path, 1));
        await room.Forge.UnprotectAsync(room.Connection, room.Repository, "main", GitLabRoom.Cancellation);
        Assert.Empty(room.Fake.Checks(Path));
        Assert.False((await ReadAsync(room)).IsRequired);
    }

    [Fact]
    public async Task On_Ultimate_without_our_webhook_the_pipeline_is_waited_for_until_there_is_one()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.Tier = GitLabTier.Ultimate;
        await room.ProposeAsync();
        var first = await ProtectAsync(room);
        Assert.Equal("\"Pipelines must succeed\"", first.By);
        Assert.Contains(first.Advice, line => line.Contains("webhook in place", StringComparison.Ordinal));
        await room.Forge.RegisterHookAsync(room.Connection, room.Repository, HookUrl, GitLabRoom.Cancellation);
        Assert.Equal("external status check `gitops-gate`", (await ProtectAsync(room)).By);
        // What a merge waited for before it still waits for.
        Assert.Equal("ci_must_pass", room.Fake.BlockerOf(Path, 1));
    }

    [Theory]
    [InlineData(FaultKind.Answer)]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.DropAnswer)]
    public async Task A_check_that_failed_or_failed_but_happened_is_made_once(FaultKind kind)
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.Tier = GitLabTier.Ultimate;
        await room.Forge.RegisterHookAsync(room.Connection, room.Repository, HookUrl, GitLabRoom.Cancellation);
        room.Fake.Faults.Add(new Fault(kind) { Method = "POST", Path = "/external_status_checks", Status = 503 });
        await Assert.ThrowsAsync<ForgeTroubleException>(() => ProtectAsync(room));
        Assert.True((await ProtectAsync(room)).IsRequired);
        Assert.Single(room.Fake.Checks(Path));
    }

    [Fact]
    public async Task A_branch_that_nobody_may_push_to_has_no_bypass()
    {
        await using var room = await GitLabRoom.OpenAsync();
        var open = await ProtectAsync(room);
        Assert.False(open.IsWithoutBypass);
        Assert.Contains(open.Advice, line => line.Contains("push", StringComparison.Ordinal));
        room.Fake.CloseBranch(Path, "main");
        var closed = await ReadAsync(room);
        Assert.True(closed.IsWithoutBypass);
        Assert.DoesNotContain(closed.Advice, line => line.Contains("push", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Somebody_elses_required_approval_stays_when_ours_is_undone()
    {
        await using var room = await GitLabRoom.OpenAsync();
        room.Fake.Tier = GitLabTier.Premium;
        room.Fake.RequireApproval(Path, "bea");
        var (_, head) = await room.ProposeAsync();
        await ProtectAsync(room);
        await ReportAsync(room, head, Verdict.Allowed);
        Assert.Equal("not_approved", room.Fake.BlockerOf(Path, 1));
        await room.Forge.UnprotectAsync(room.Connection, room.Repository, "main", GitLabRoom.Cancellation);
        Assert.Equal("not_approved", room.Fake.BlockerOf(Path, 1));
        await room.Fake.ApproveAsync(Path, 1, "bea");
        Assert.Null(room.Fake.BlockerOf(Path, 1));
    }

    private static Task<Protection> ProtectAsync(GitLabRoom room) =>
        room.Forge.ProtectAsync(room.Connection, room.Repository, "main", GitLabRoom.Cancellation);

    private static Task<Protection> ReadAsync(GitLabRoom room) =>
        room.Forge.ProtectionAsync(room.Connection, room.Repository, "main", GitLabRoom.Cancellation);

    private static Task ReportAsync(GitLabRoom room, CommitId head, Verdict verdict) =>
        room.Forge.ReportAsync(room.Connection, room.Report(head, verdict, $"it is {verdict}"), GitLabRoom.Cancellation);
}
