using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using Xunit;

namespace GitOpsGate.Gate.Tests.Reconciling;

/// <summary>What a forge has and the records lack becomes a delivery: once for each difference, however often it is found.</summary>
public class ComparisonTests
{
    private readonly ReconcileRig _rig = new();

    private IEnumerable<string> Told => _rig.Records.Inbox.Select(delivery => Backfill.Read(delivery) switch
    {
        Reading.Concerns { What: [Concern.Change change] } => $"#{change.Key.Number}",
        Reading.Concerns { What: [Concern.Push push] } => $"{push.Branch} {push.Before.Value.TrimStart('0')}..{push.After.Value.TrimStart('0')}",
        var other => other.ToString(),
    });

    public static TheoryData<string> Differences =>
    [
        "unknown", "another head", "another head, shortened", "another target", "changed since", "changed in the same second", "open again",
        "not judged", "not open any more", "stale",
    ];

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task A_change_that_differs_is_told_of_once(string how)
    {
        Set(how);
        var report = await _rig.RoundAsync();
        Assert.Equal(["#7"], Told);
        Assert.Equal((1, 1, true), (report.Misses, report.Round.Backfilled, report.IsAll));
        _rig.Later();
        report = await _rig.RoundAsync();
        Assert.Equal(["#7"], Told);
        Assert.Equal(0, report.Round.Backfilled);
    }

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task A_change_whose_webhook_was_only_late_is_not_told_of(string how)
    {
        Set(how);
        var listed = _rig.Forge.Open.FirstOrDefault();
        var head = listed is null ? 1 : int.Parse(listed.Head.TrimStart('0') is { Length: > 0 } hex ? hex : "1");
        var state = listed is null ? ChangeState.Closed : ChangeState.Open;
        await _rig.RoundAsync(meanwhile: () => _rig.Record(7, head, state, at: 0));
        Assert.Empty(Told);
    }

    [Fact]
    public async Task What_is_as_it_was_recorded_costs_no_walk()
    {
        _rig.Record(7);
        _rig.Forge.Open.Add(ReconcileRig.Listed(7));
        var report = await _rig.RoundAsync();
        Assert.Empty(Told);
        Assert.Equal((0, null), (report.Misses, report.Trouble));
        Assert.Empty(_rig.Entries);
    }

    [Fact]
    public async Task The_same_head_that_comes_back_after_another_one_is_told_of_again()
    {
        _rig.Record(7, head: 1);
        _rig.Forge.Open.Add(ReconcileRig.Listed(7, head: 2));
        await _rig.RoundAsync();
        _rig.Record(7, head: 2, at: 5);
        _rig.Later();
        _rig.Record(7, head: 1, at: 7);
        await _rig.RoundAsync();
        Assert.Equal(["#7", "#7"], Told);
    }

    [Fact]
    public async Task A_difference_whose_delivery_was_given_up_is_taken_up_again()
    {
        _rig.Forge.Open.Add(ReconcileRig.Listed(7));
        await _rig.RoundAsync();
        var given = Assert.Single(_rig.Records.Inbox);
        _rig.Records.Dead.Add(given.ForgeId);
        _rig.Later();
        var report = await _rig.RoundAsync();
        Assert.Equal([given.Id], _rig.Records.Revived);
        Assert.Equal(1, report.Round.Backfilled);
    }

    [Fact]
    public async Task After_the_gate_was_away_lively_changes_are_looked_at_again_and_old_ones_are_not()
    {
        _rig.Record(7);
        _rig.Record(8);
        _rig.Forge.Open.AddRange([ReconcileRig.Listed(7), ReconcileRig.Listed(8, updated: -60 * 30)]);
        await _rig.RoundAsync(doubt: SomeEvidence.Noon.AddMinutes(-1));
        Assert.Equal(["#7"], Told);
    }

    [Fact]
    public async Task More_than_one_round_can_carry_is_left_for_the_next_and_nothing_counts_as_compared_until_then()
    {
        for (var number = 1; number <= Comparison.Together + 1; number++) _rig.Forge.Open.Add(ReconcileRig.Listed(number));
        var report = await _rig.RoundAsync();
        Assert.False(report.IsAll);
        Assert.Null(report.Round.ComparedAt);
        Assert.Equal(Comparison.Together, _rig.Records.Inbox.Count);
        for (var number = 1; number <= Comparison.Together; number++) _rig.Record(number);
        report = await _rig.RoundAsync();
        Assert.True(report.IsAll);
        Assert.Equal($"#{Comparison.Together + 1}", Told.Last());
    }

    [Fact]
    public async Task A_branch_that_moved_is_told_of_from_the_last_tip_that_was_known()
    {
        Stand("main", 1);
        _rig.Forge.Tips["main"] = ReconcileRig.Id(3);
        await _rig.RoundAsync();
        _rig.Later();
        await _rig.RoundAsync();
        Assert.Equal(["main 1..3"], Told);
        Stand("main", 3, minute: 11);
        _rig.Forge.Tips["main"] = ReconcileRig.Id(1);
        _rig.Later();
        await _rig.RoundAsync();
        Stand("main", 1, minute: 21);
        _rig.Forge.Tips["main"] = ReconcileRig.Id(3);
        _rig.Later();
        await _rig.RoundAsync();
        Assert.Equal(["main 1..3", "main 3..1", "main 1..3"], Told);
    }

    [Fact]
    public async Task A_branch_whose_push_was_only_late_is_not_told_of()
    {
        Stand("main", 1);
        _rig.Forge.Tips["main"] = ReconcileRig.Id(2);
        await _rig.RoundAsync(meanwhile: () => Stand("main", 2, minute: 0));
        Assert.Empty(Told);
    }

    [Fact]
    public async Task What_a_branch_held_when_it_was_first_seen_is_trusted_and_what_comes_after_is_told_of()
    {
        _rig.Forge.Tips["main"] = ReconcileRig.Id(1);
        await _rig.RoundAsync();
        Assert.Empty(Told);
        _rig.Forge.Tips["main"] = ReconcileRig.Id(2);
        _rig.Later();
        await _rig.RoundAsync();
        _rig.Later();
        await _rig.RoundAsync();
        Assert.Equal(["main 1..2"], Told);
    }

    [Fact]
    public async Task Branches_are_asked_for_that_are_deployed_guarded_or_merged_into()
    {
        Stand("guarded", 1);
        _rig.Forge.Open.Add(ReconcileRig.Listed(7, target: "release/1"));
        await _rig.RoundAsync();
        Assert.Equal(["tip main", "tip guarded", "tip release/1"], _rig.Forge.Asked.Where(call => call.StartsWith("tip", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("open")]
    [InlineData("tip")]
    public async Task A_forge_that_does_not_answer_is_compared_as_a_whole_or_not_at_all(string call)
    {
        _rig.Forge.Open.Add(ReconcileRig.Listed(7));
        _rig.Forge.Fail(call);
        var report = await _rig.RoundAsync();
        Assert.Equal(TroubleKind.Unavailable, report.Trouble!.Kind);
        Assert.Contains("went wrong", report.Round.Trouble, StringComparison.Ordinal);
        Assert.Null(report.Round.ComparedAt);
        Assert.Empty(Told);
        await _rig.RoundAsync();
        Assert.Equal(["#7"], Told);
    }

    [Fact]
    public async Task An_inbox_without_room_is_no_end_of_it()
    {
        _rig.Forge.Open.Add(ReconcileRig.Listed(7));
        _rig.Records.IsFull = true;
        var report = await _rig.RoundAsync();
        Assert.Equal(("the inbox is full", false), (report.Round.Trouble, report.IsAll));
        _rig.Records.IsFull = false;
        await _rig.RoundAsync();
        Assert.Equal(["#7"], Told);
    }

    private void Stand(string branch, int tip, int minute = -30) =>
        _rig.Records.Tips[branch] = new KnownTip(branch, ReconcileRig.Id(tip), true, SomeEvidence.Noon.AddMinutes(minute));

    private void Set(string how)
    {
        if (how is not "unknown")
        {
            var state = how == "open again" ? ChangeState.Closed : ChangeState.Open;
            _rig.Record(7, state: state, at: how == "stale" ? -60 * 7 : -30, isRuled: how != "not judged");
        }

        if (how == "not open any more") return;
        var listed = ReconcileRig.Listed(7, updated: how == "stale" ? -60 * 8 : -60);
        _rig.Forge.Open.Add(how switch
        {
            "another head" => listed with { Head = ReconcileRig.Id(2).Value },
            "another head, shortened" => listed with { Head = "000000000000" + "1" },
            "another target" => listed with { TargetBranch = "prod" },
            "changed since" => listed with { UpdatedAt = SomeEvidence.Noon.AddMinutes(-29) },
            "changed in the same second" => listed with { UpdatedAt = SomeEvidence.Noon.AddMinutes(-30) },
            _ => listed,
        });
    }
}
