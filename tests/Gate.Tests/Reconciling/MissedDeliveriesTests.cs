using GitOpsGate.Audit;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using Xunit;

namespace GitOpsGate.Gate.Tests.Reconciling;

/// <summary>What the forge's own log says to have failed is sent again, as long as it is not known and may help.</summary>
public class MissedDeliveriesTests
{
    private readonly ReconcileRig _rig = new();

    private IEnumerable<string> Again =>
        _rig.Forge.Asked.Where(call => call.StartsWith("redeliver", StringComparison.Ordinal)).Select(call => call["redeliver ".Length..]);

    [Fact]
    public async Task What_is_not_in_the_inbox_is_sent_again_and_written_down()
    {
        _rig.Forge.Open.Add(ReconcileRig.Listed(7));
        await _rig.RoundAsync();
        var known = _rig.Records.Inbox[0].ForgeId;
        _rig.Later();
        Miss("t1", known, 5);
        Miss("t2", "guid-2", 6);
        Miss("t3", "guid-2", 7);
        Miss("t4", "", 8);
        var report = await _rig.RoundAsync();
        Assert.Equal(["t2", "t4"], Again);
        Assert.Equal(2, report.Round.Redelivered);
        var entry = _rig.Entries.Last(one => one.Type == AuditTypes.ReconciliationCompleted);
        Assert.Equal(["guid-2", "1/t4"], Assert.IsType<AuditValue.Texts>(entry.Attributes["deliveries"]).Values);
    }

    [Fact]
    public async Task The_log_is_read_from_a_while_before_the_last_whole_round()
    {
        await _rig.RoundAsync();
        _rig.Later();
        _rig.Forge.Fail("open");
        await _rig.RoundAsync();
        _rig.Later();
        await _rig.RoundAsync();
        var asked = _rig.Forge.Asked.Where(call => call.StartsWith("missed", StringComparison.Ordinal));
        Assert.Equal(["missed since 11:50", "missed since 11:50", "missed since 11:50"], asked);
    }

    [Fact]
    public async Task A_log_that_could_not_be_read_is_read_from_the_same_moment_again()
    {
        await _rig.RoundAsync();
        _rig.Later();
        _rig.Forge.Fail("missed");
        var report = await _rig.RoundAsync();
        Assert.Equal(SomeEvidence.Noon, report.Round.ComparedAt);
        _rig.Later();
        await _rig.RoundAsync();
        Assert.Equal("missed since 11:50", _rig.Forge.Asked.Last(call => call.StartsWith("missed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_the_door_keeps_refusing_is_asked_for_three_times()
    {
        for (var round = 0; round < 5; round++)
        {
            _rig.Forge.Missed.Clear();
            Miss($"t{round}", "guid-1", (round * 10) - 1);
            await _rig.RoundAsync();
            _rig.Later();
        }

        Assert.Equal(["t0", "t1", "t2"], Again);
    }

    [Theory]
    [InlineData(Mishap.Failed, TroubleKind.Unavailable)]
    [InlineData(Mishap.Happened, TroubleKind.Unclear)]
    internal async Task One_that_went_wrong_is_asked_for_again_with_those_after_it(Mishap how, TroubleKind kind)
    {
        Miss("t1", "guid-1", -3);
        Miss("t2", "guid-2", -2);
        _rig.Forge.Fail("redeliver", how, kind);
        var report = await _rig.RoundAsync();
        Assert.Null(report.Round.ComparedAt);
        await _rig.RoundAsync();
        Assert.Equal(["t1", "t1", "t2"], Again);
    }

    [Fact]
    public async Task One_that_is_too_old_to_be_sent_again_keeps_none_of_the_others()
    {
        Miss("t1", "guid-1", -3);
        Miss("t2", "guid-2", -2);
        _rig.Forge.Fail("redeliver", kind: TroubleKind.Missing);
        var report = await _rig.RoundAsync();
        Assert.Equal(["t1", "t2"], Again);
        Assert.Equal((1, true), (report.Round.Redelivered, report.IsAll));
    }

    [Fact]
    public async Task More_than_one_round_asks_for_is_left_for_the_next()
    {
        for (var number = 0; number < MissedDeliveries.Together + 1; number++) Miss($"t{number}", $"guid-{number}", -5);
        var report = await _rig.RoundAsync();
        Assert.Equal((MissedDeliveries.Together, false), (report.Round.Redelivered, report.IsAll));
        Assert.Null(report.Round.ComparedAt);
        report = await _rig.RoundAsync();
        Assert.Equal($"t{MissedDeliveries.Together}", Again.ElementAt(MissedDeliveries.Together));
    }

    private void Miss(string handle, string forgeId, int minute) =>
        _rig.Forge.Missed.Add(new MissedDelivery("1", handle, forgeId, "push", SomeEvidence.Noon.AddMinutes(minute), "no answer"));
}
