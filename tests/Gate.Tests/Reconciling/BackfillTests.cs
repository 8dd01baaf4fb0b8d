using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Reconciling;

/// <summary>The deliveries that the gate makes for itself.</summary>
public class BackfillTests
{
    private static readonly Concern.Change Change = new(new ChangeKey(SomeEvidence.Shop, 7));
    private static readonly Concern.Push Push = new(SomeEvidence.Shop, "release/1", Rig.Id(1), default, false, "");

    private readonly ManualTimeProvider _clock = new(SomeEvidence.Noon);

    [Fact]
    public void They_are_read_as_what_was_missed()
    {
        Concern[] all = [Change, Push, Push with { Before = default, After = Rig.Id(2) }];
        foreach (var concern in all)
        {
            var read = Assert.IsType<Reading.Concerns>(Backfill.Read(Of(concern)));
            Assert.Equal([concern], read.What);
        }
    }

    [Fact]
    public void The_same_difference_has_the_same_id_whenever_it_is_found_and_another_has_another()
    {
        var first = Of(Change);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(first.ForgeId, Of(Change).ForgeId);
        Assert.NotEqual(first.Id, Of(Change).Id);
        string[] others =
        [
            Of(Change, "another basis").ForgeId, Of(new Concern.Change(Change.Key with { Number = 8 })).ForgeId, Of(Push).ForgeId,
            Of(Push with { Branch = "main" }).ForgeId, Of(Push with { After = Rig.Id(2) }).ForgeId,
        ];
        Assert.Equal(others.Length + 1, others.Append(first.ForgeId).Distinct().Count());
        Assert.All([first.ForgeId, first.Event, .. others], word => Assert.True(Backfill.IsReserved(word)));
    }

    [Theory]
    [InlineData("reconciled.change", "no JSON")]
    [InlineData("reconciled.change", "[]")]
    [InlineData("reconciled.change", """{"repository":"acme/shop"}""")]
    [InlineData("reconciled.change", """{"repository":"","number":7}""")]
    [InlineData("reconciled.change", """{"repository":"acme/shop","number":1.5}""")]
    [InlineData("reconciled.push", """{"repository":"acme/shop","branch":"main","before":"short","after":""}""")]
    [InlineData("reconciled.other", """{"repository":"acme/shop","number":7}""")]
    public void A_body_that_the_gate_does_not_write_is_unreadable(string happened, string body)
    {
        var delivery = Of(Change) with { Event = happened, Body = Encoding.UTF8.GetBytes(body) };
        Assert.IsType<Reading.Unreadable>(Backfill.Read(delivery));
    }

    [Fact]
    public async Task They_are_walked_without_asking_the_forges_reader()
    {
        var rig = new Rig();
        rig.Memory.Reads = _ => throw new InvalidOperationException("the forge does not know these");
        await rig.WalkAsync(Of(Change));
        Assert.Equal(1, rig.Memory.Described);
        var record = Assert.Single(rig.Memory.Records);
        Assert.Equal(DeliveryState.Done, record.Deliveries[0].State);
        Assert.Contains(record.Entries, entry => entry.Attributes.GetValueOrDefault("event") == "reconciled.change");
    }

    [Fact]
    public async Task A_change_that_was_judged_in_the_meantime_costs_one_walk_and_says_nothing_twice()
    {
        var rig = new Rig();
        await rig.TellAsync(new Reading.Concerns([Change], Trigger.Change));
        var obligations = rig.Memory.Records[^1].Obligations.Length;
        await rig.WalkAsync(Of(Change));
        Assert.Equal((2, 2, 0), (rig.Memory.Described, obligations, rig.Memory.Records[^1].Obligations.Length));
    }

    [Fact]
    public async Task An_unmanaged_push_that_is_told_twice_is_written_down_once()
    {
        var rig = new Rig();
        rig.Memory.Commits[Rig.Id(1)] = new PushedCommit(Rig.Id(1), default, "one");
        rig.Memory.Commits[Rig.Id(2)] = new PushedCommit(Rig.Id(2), Rig.Id(1), "two");
        var push = new Concern.Push(SomeEvidence.Shop, "main", Rig.Id(1), Rig.Id(2), false, "mallory");
        await rig.TellAsync(new Reading.Concerns([push], Trigger.Push));
        await rig.WalkAsync(Of(push));
        Assert.Single(rig.Memory.Records.SelectMany(record => record.Entries), entry => entry.Populations.Contains("unmanaged"));
        Assert.StartsWith("unmanaged", rig.Note, StringComparison.Ordinal);
    }

    private Delivery Of(Concern concern, string basis = "basis") => Backfill.Of(new Miss(concern, "why", basis), "github", _clock.GetUtcNow());
}
