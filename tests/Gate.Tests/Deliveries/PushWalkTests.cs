using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Dispatch;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>
/// Pushes to <c>main</c>, whose commits are numbered: <c>Base</c> is what it held when the gate came, and change <c>n</c> has a head
/// <c>100 + n</c> that was judged from <c>Base</c>.
/// </summary>
public class PushWalkTests
{
    private readonly Rig _rig = new();

    public PushWalkTests()
    {
        Commit(SomeEvidence.Base, default, "base");
        _rig.Approve();
    }

    private Memory Memory => _rig.Memory;

    private DispatchOrder[] Orders => [.. Memory.Records.SelectMany(record => record.Obligations).OfType<Obligation.Send>().Select(owed => owed.Order)];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_push_with_the_tree_of_an_allowed_merge_is_ordered_once(int commits)
    {
        await AllowAsync(7);
        Merging(7, SomeEvidence.Base, "merged");
        for (var number = 1; number <= commits; number++) Commit(number, number - 1, number == commits ? "merged" : $"step {number}");
        await PushAsync(0, commits);
        Assert.Contains("covered by `#7`", _rig.Note, StringComparison.Ordinal);
        await PushAsync(0, commits);
        var order = Assert.Single(Orders);
        Assert.Equal(Rig.Id(commits), order.Commit);
        Assert.Equal("merged", order.Tree);
    }

    [Fact]
    public async Task The_entry_of_an_order_says_without_a_name_who_stands_behind_it()
    {
        await AllowAsync(7);
        Merging(7, SomeEvidence.Base, "merged");
        Commit(1, 0, "merged");
        await PushAsync(0, 1);
        var entry = Assert.Single(Memory.Records.SelectMany(record => record.Entries), entry => entry.Type == AuditTypes.DispatchRequested);
        Assert.Equal(["a_8 a_6"], Assert.IsType<AuditValue.Texts>(entry.Attributes["duties"]).Values);
        foreach (var (name, value) in ((string, AuditValue)[])
            [
                ("merges", 1), ("required", 1), ("given", 1), ("change", 7), ("onHead", true), ("verdict", "allowed"), ("forge", "github"), ("branch", "main"),
                ("head", Rig.Id(107).Value), ("approvedAt", "2026-03-01T12:00:00.000Z"),
            ])
        {
            Assert.Equal((name, value), (name, entry.Attributes[name]));
        }

        Assert.Contains("decidedAt", entry.Attributes.Keys);
        Assert.DoesNotContain("overrideBy", entry.Attributes.Keys);
        Assert.DoesNotContain(entry.Attributes.Values, value => value.ToString()!.Contains("alice", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_push_of_anything_else_is_unmanaged_and_not_ordered()
    {
        await AllowAsync(7);
        Merging(7, SomeEvidence.Base, "merged");
        Commit(1, 0, "something else");
        await PushAsync(0, 1);
        AssertUnmanaged(1);
        Assert.Contains(Memory.Records[^1].Entries, entry => entry.Populations.Contains("unmanaged"));
    }

    [Fact]
    public async Task A_ruling_that_does_not_allow_never_covers_the_merge_of_its_change()
    {
        Memory.World = Memory.World with { Reviews = [] };
        await AllowAsync(7, Verdict.Held);
        Merging(7, SomeEvidence.Base, "merged");
        Commit(1, 0, "merged");
        await PushAsync(0, 1);
        AssertUnmanaged(1);
    }

    [Fact]
    public async Task A_ruling_for_another_target_branch_never_covers_the_merge()
    {
        Memory.World = Memory.World with { Change = Memory.World.Change with { TargetBranch = "playground" } };
        await AllowAsync(7);
        // Retargeted and merged before anybody could judge it again.
        Memory.World = Memory.World with { Change = Memory.World.Change with { TargetBranch = "main", State = ChangeState.Merged } };
        await TellOfChangeAsync(7);
        Merging(7, SomeEvidence.Base, "merged");
        Commit(1, 0, "merged");
        await PushAsync(0, 1);
        AssertUnmanaged(1);
        await _rig.TellAsync(new Reading.Concerns([new Concern.MergeGroup(SomeEvidence.Shop, Rig.Id(9), "queue", 7)], Trigger.MergeQueue));
        Assert.Equal(Verdict.Held, Assert.Single(Memory.Records[^1].Obligations.OfType<Obligation.ReportStatus>()).Verdict);
    }

    [Fact]
    public async Task A_merge_onto_what_went_past_the_gate_is_held_back_with_it()
    {
        await AllowAsync(7);
        Commit(1, 0, "smuggled");
        Commit(2, 1, "smuggled and merged");
        Merging(7, Rig.Id(1), "smuggled and merged");
        await PushAsync(0, 1);
        await PushAsync(1, 2);
        Assert.Empty(Orders);
        Assert.Equal($"held back: no ruling covers `{Rig.Id(1).Short}` below it", _rig.Note);
        var withheld = Assert.Single(Memory.Records[^1].Entries, entry => entry.Type == AuditTypes.DispatchWithheld);
        Assert.Equal(Rig.Id(2).Value, withheld.Correlation);
        Assert.Equal(SomeEvidence.Base, Memory.Standing!.Covered);
        Assert.Equal(Memory.Records[^2].At, Memory.Standing.HeldSince);
    }

    [Fact]
    public async Task A_smuggled_commit_whose_webhook_never_came_holds_back_too()
    {
        await AllowAsync(6);
        await AllowAsync(7);
        Merging(6, SomeEvidence.Base, "six");
        Commit(1, 0, "six");
        await PushAsync(0, 1);
        Commit(2, 1, "smuggled");
        Commit(3, 2, "smuggled and merged");
        Merging(7, Rig.Id(2), "smuggled and merged");
        await PushAsync(2, 3);
        Assert.Equal(Rig.Id(1), Assert.Single(Orders).Commit);
        Assert.Contains("held back", _rig.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_reverted_holds_nothing_back()
    {
        await AllowAsync(7);
        Commit(1, 0, "smuggled");
        Commit(2, 1, "base");
        Commit(3, 2, "merged");
        Merging(7, Rig.Id(2), "merged");
        await PushAsync(0, 1);
        await PushAsync(1, 2);
        Assert.Equal("`main` holds again what was covered", _rig.Note);
        Assert.Null(Memory.Standing!.HeldSince);
        await PushAsync(2, 3);
        Assert.Equal(Rig.Id(3), Assert.Single(Orders).Commit);
    }

    [Fact]
    public async Task What_is_adopted_holds_nothing_back_and_is_ordered_with_the_next_merge()
    {
        await AllowAsync(7);
        Commit(1, 0, "hot fix");
        Commit(2, 1, "hot fix and merged");
        Merging(7, Rig.Id(1), "hot fix and merged");
        await PushAsync(0, 1);
        Assert.False(await AdoptAsync(2));
        Assert.True(await AdoptAsync(1));
        Assert.Empty(Orders);
        await PushAsync(1, 2);
        Assert.Equal("hot fix and merged", Assert.Single(Orders).Tree);
    }

    [Fact]
    public async Task A_branch_begun_behind_a_smuggled_commit_does_not_carry_it_in()
    {
        Commit(1, 0, "smuggled");
        // Judged from the smuggled commit: the ruling says nothing of what that brought.
        Memory.World = Memory.World with { Content = Memory.World.Content with { MergeBase = Rig.Id(1) } };
        await AllowAsync(7);
        await PushAsync(0, 1);
        await PushAsync(1, 0, isForced: true);
        Commit(2, 0, "smuggled and merged");
        Merging(7, SomeEvidence.Base, "smuggled and merged");
        await PushAsync(0, 2);
        Assert.Empty(Orders);
        AssertUnmanaged(2);
    }

    [Fact]
    public async Task A_push_that_is_told_late_dispatches_nothing_older()
    {
        await AllowAsync(6);
        await AllowAsync(7);
        Commit(1, 0, "six");
        Commit(2, 1, "six and seven");
        Merging(6, SomeEvidence.Base, "six");
        Merging(7, Rig.Id(1), "six and seven");
        await PushAsync(1, 2, baseline: 0);
        await PushAsync(0, 1);
        Assert.Equal("told late: a newer push that holds it was walked before", _rig.Note);
        Assert.Equal(Rig.Id(2), Assert.Single(Orders).Commit);
        Assert.DoesNotContain(Memory.Records.SelectMany(record => record.Entries), entry => entry.Type == AuditTypes.ChangeUnmanaged);
    }

    [Fact]
    public async Task A_branch_that_is_moved_back_is_unmanaged_and_held_until_it_is_moved_forth_again()
    {
        await AllowAsync(7);
        Commit(1, 0, "merged");
        Merging(7, SomeEvidence.Base, "merged");
        await PushAsync(0, 1);
        await PushAsync(1, 0, isForced: true);
        AssertUnmanaged();
        Assert.Equal("unmanaged: `main` dropped what was covered", _rig.Note);
        await PushAsync(0, 1);
        Assert.Equal("`main` holds again what was covered", _rig.Note);
        Assert.Null(Memory.Standing!.HeldSince);
        Assert.Single(Orders);
    }

    [Fact]
    public async Task A_covered_merge_onto_a_branch_that_was_moved_back_is_held_back()
    {
        await AllowAsync(6);
        await AllowAsync(7);
        Commit(1, 0, "six");
        Merging(6, SomeEvidence.Base, "six");
        await PushAsync(0, 1);
        await PushAsync(1, 0, isForced: true);
        Commit(2, 0, "seven");
        Merging(7, SomeEvidence.Base, "seven");
        await PushAsync(0, 2);
        Assert.Equal("held back: `main` dropped what was covered before", _rig.Note);
        Assert.Single(Orders);
    }

    [Fact]
    public async Task A_merge_onto_anything_but_what_the_branch_held_is_unmanaged()
    {
        await AllowAsync(7);
        Merging(7, SomeEvidence.Base, "merged");
        Commit(50, 0, "another");
        Commit(1, 0, "merged");
        await PushAsync(50, 1, isForced: true);
        AssertUnmanaged(1);
        Assert.Empty(Orders);
    }

    [Fact]
    public async Task A_new_branch_is_unmanaged_until_it_is_adopted()
    {
        await AllowAsync(7);
        Merging(7, SomeEvidence.Base, "merged");
        Commit(1, 0, "merged");
        await _rig.TellAsync(Told(default, Rig.Id(1), false));
        AssertUnmanaged(1);
        Assert.True(Memory.Standing!.Covered.IsNone);
        Assert.True(await AdoptAsync(1));
        await AllowAsync(8);
        Commit(2, 1, "eight");
        Merging(8, Rig.Id(1), "eight");
        await PushAsync(1, 2);
        Assert.Equal("eight", Assert.Single(Orders).Tree);
    }

    [Fact]
    public async Task What_cannot_be_looked_at_is_covered_by_nothing()
    {
        await _rig.TellAsync(Told(SomeEvidence.Base, Rig.Id(77), false));
        AssertUnmanaged();
        Assert.NotNull(Memory.Standing!.HeldSince);
    }

    [Fact]
    public async Task A_push_that_moves_nothing_is_neither_unmanaged_nor_ordered()
    {
        Commit(1, 0, "any");
        await PushAsync(1, 1);
        var record = Assert.Single(Memory.Records);
        Assert.DoesNotContain(record.Entries, entry => entry.Type == AuditTypes.ChangeUnmanaged);
        Assert.Empty(record.Obligations);
    }

    [Fact]
    public async Task A_branch_that_somebody_else_moved_meanwhile_leaves_nothing_behind()
    {
        Commit(1, 0, "any");
        Memory.IsMovedMeanwhile = true;
        await Assert.ThrowsAsync<BranchMovedException>(() => PushAsync(0, 1));
        Assert.Empty(Memory.Records);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_does_not_make_a_new_ruling_the_older_one()
    {
        await AllowAsync(7);
        var before = Memory.Records[^1].Ruling!.RuledAt;
        _rig.Clock.Advance(TimeSpan.FromHours(-2));
        Memory.World = Memory.World with { Reviews = [] };
        await AllowAsync(7, Verdict.Held);
        Assert.True(Memory.Records[^1].Ruling!.RuledAt > before);
    }

    private static CommitId Numbered(int number) => number == 0 ? SomeEvidence.Base : Rig.Id(number);

    private static Reading.Concerns Told(CommitId before, CommitId after, bool isForced) =>
        new([new Concern.Push(SomeEvidence.Shop, "main", before, after, isForced, "bob")], Trigger.Push);

    private void Commit(int number, int parent, string tree) => Commit(Numbered(number), Numbered(parent), tree);

    private void Commit(CommitId id, CommitId parent, string tree) => Memory.Commits[id] = new PushedCommit(id, parent, tree);

    private void Merging(int change, CommitId onto, string tree) => Memory.Merges[(onto, Rig.Id(100 + change))] = tree;

    private async Task PushAsync(int before, int after, bool isForced = false, int? baseline = null)
    {
        // The gate knows the branch since a push that brought nothing to order.
        if (baseline is { } known) Memory.Know(SomeEvidence.Shop, "main", Numbered(known));
        await _rig.TellAsync(Told(Numbered(before), Numbered(after), isForced));
    }

    private async Task AllowAsync(int number, Verdict verdict = Verdict.Allowed)
    {
        await TellOfChangeAsync(number);
        Assert.Equal(verdict, Memory.Records[^1].Ruling!.Verdict);
    }

    private async Task TellOfChangeAsync(int number)
    {
        var (key, head) = (new ChangeKey(SomeEvidence.Shop, number), Rig.Id(100 + number));
        Memory.World = Memory.World with
        {
            Change = Memory.World.Change with { Key = key, Head = head },
            Content = Memory.World.Content with { Head = head, Commits = [SomeEvidence.Commit(head, "alice")] },
            Reviews = [.. Memory.World.Reviews.Select(review => review with { Commit = head })],
        };
        await _rig.TellAsync(new Reading.Concerns([new Concern.Change(key)], Trigger.Change));
    }

    private async Task<bool> AdoptAsync(int tip) =>
        await Memory.AdoptAsync(SomeEvidence.Shop, "main", Rig.Id(tip), _rig.Clock.GetUtcNow(), TestContext.Current.CancellationToken);

    private void AssertUnmanaged(params int[] commits)
    {
        var record = Memory.Records.Last(record => record.Branch is not null);
        var entry = Assert.Single(record.Entries, entry => entry.Type == AuditTypes.ChangeUnmanaged);
        Assert.Equal([.. commits.Select(commit => Rig.Id(commit).Value)], ((AuditValue.Texts)entry.Attributes["commits"]).Values);
        Assert.DoesNotContain(record.Obligations, owed => owed is Obligation.Send);
    }
}
