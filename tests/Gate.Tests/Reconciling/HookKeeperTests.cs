using GitOpsGate.Audit;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Reconciling;

/// <summary>A hook of the gate's own is kept as it should be, and no other is touched.</summary>
public class HookKeeperTests
{
    private const string Register = "register https://gate.example.org/hooks/forge";

    private readonly ReconcileRig _rig = new();

    private IEnumerable<AuditOutcome> Written =>
        _rig.Entries.Where(entry => entry.Type == AuditTypes.ConfigChanged).Select(entry => entry.Outcome);

    [Fact]
    public async Task A_hook_that_the_forge_switched_off_is_registered_anew_and_written_down()
    {
        _rig.Forge.Hook = new HookHealth("1", false, null, []);
        var report = await _rig.RoundAsync();
        Assert.True(report.Round.IsHookRepaired);
        Assert.Contains(Register, _rig.Forge.Asked);
        Assert.Equal([AuditOutcome.Pending, AuditOutcome.Success], Written);
        Assert.Contains(new AuditValue.Text("the forge does not send to it"), _rig.Entries[0].Attributes.Values);
        Assert.False((await _rig.RoundAsync()).Round.IsHookRepaired);
    }

    [Fact]
    public async Task A_hook_that_was_taken_away_is_made_again_when_it_was_ours_and_is_left_alone_when_it_never_was()
    {
        await _rig.RoundAsync();
        Assert.DoesNotContain(Register, _rig.Forge.Asked);
        _rig.Forge.Hook = new HookHealth("1", true, null, []);
        await _rig.RoundAsync();
        Assert.True(_rig.Records.HasHook);
        _rig.Forge.Hook = HookHealth.None;
        Assert.True((await _rig.RoundAsync()).Round.IsHookRepaired);
        _rig.Forge.Hook = HookHealth.None;
        _rig.Records.HasHook = false;
        Assert.False((await _rig.RoundAsync()).Round.IsHookRepaired);
    }

    [Fact]
    public async Task A_repair_that_does_not_help_is_done_once_an_hour()
    {
        for (var round = 0; round < 8; round++)
        {
            _rig.Forge.Hook = new HookHealth("1", true, null, ["events are missing"]);
            await _rig.RoundAsync();
            _rig.Later();
        }

        Assert.Equal(2, _rig.Forge.Asked.Count(call => call == Register));
    }

    [Theory]
    [InlineData(Mishap.Failed, TroubleKind.Unavailable, AuditOutcome.Failure, 2)]
    [InlineData(Mishap.Happened, TroubleKind.Unclear, AuditOutcome.Error, 1)]
    [InlineData(Mishap.Failed, TroubleKind.Forbidden, AuditOutcome.Failure, 1)]
    internal async Task A_repair_that_fails_is_written_down_and_keeps_nothing_else_from_being_done(
        Mishap how, TroubleKind kind, AuditOutcome outcome, int tries)
    {
        _rig.Forge.Hook = new HookHealth("1", false, null, []);
        _rig.Forge.Open.Add(ReconcileRig.Listed(7));
        _rig.Forge.Fail("register", how, kind);
        var report = await _rig.RoundAsync();
        Assert.False(report.Round.IsHookRepaired);
        Assert.Null(report.Trouble);
        Assert.Contains("went wrong", report.Round.Trouble, StringComparison.Ordinal);
        Assert.Equal([AuditOutcome.Pending, outcome], Written);
        Assert.Single(_rig.Records.Inbox);
        _rig.Later();
        await _rig.RoundAsync();
        Assert.Equal(tries, _rig.Forge.Asked.Count(call => call == Register));
    }

    [Theory]
    [InlineData("health")]
    [InlineData("missed")]
    public async Task A_right_that_lacks_for_hooks_keeps_nothing_from_being_compared(string call)
    {
        _rig.Forge.Open.Add(ReconcileRig.Listed(7));
        _rig.Forge.Fail(call, kind: TroubleKind.Forbidden);
        var report = await _rig.RoundAsync();
        Assert.Single(_rig.Records.Inbox);
        Assert.NotNull(report.Round.ComparedAt);
    }
}
