using GitOpsGate.Attestations;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>
/// What a move of a guarded branch promises to attest, and since when each control holds there. Change <c>n</c> has the head <c>100 + n</c>; the branch is
/// at <c>Base</c> when the gate comes, and commits are numbered.
/// </summary>
public class PushAttestationTests
{
    private readonly Rig _rig = new();

    public PushAttestationTests()
    {
        Commit(0, -1, "base");
        _rig.Approve();
    }

    private Memory Memory => _rig.Memory;

    private AttestedMove[] Moves => [.. Memory.Records.SelectMany(record => record.Obligations).OfType<Obligation.Attest>().Select(owed => owed.Move)];

    [Fact]
    public async Task A_covered_merge_is_promised_with_its_ruling_and_the_controls_that_it_met()
    {
        await AllowAsync(7);
        var ruling = Memory.Records.Last(record => record.Ruling is not null).Ruling!;
        Merging(7, 0, "merged");
        Commit(1, 0, "merged");
        await PushAsync(0, 1);
        var move = Assert.Single(Moves);
        Assert.Equal((ruling.Id, new ChangeKey(SomeEvidence.Shop, 7), "main"), (move.Ruling!.Value, move.Change!.Value, move.Branch));
        Assert.Equal((SomeEvidence.Base, Rig.Id(1), false), (move.Before, move.Commit, move.IsForced));
        var control = Assert.Single(move.Controls, control => control.Name == "rule:prod");
        Assert.Equal((move.At, Rig.Id(1)), (control.Since, control.From));
    }

    [Fact]
    public async Task A_control_holds_since_the_first_of_an_unbroken_run_of_merges()
    {
        await MergeAsync(6, 0, 1);
        await MergeAsync(7, 1, 2);
        await MergeAsync(8, 2, 3);
        Assert.Equal(3, Moves.Length);
        Assert.All(Moves, move => Assert.Equal((Moves[0].At, Rig.Id(1)), Since(move, "rule:prod")));
        Assert.Equal([SomeEvidence.Base, Rig.Id(1), Rig.Id(2)], Moves.Select(move => move.Before));
    }

    [Fact]
    public async Task Two_merges_in_one_push_are_two_promises()
    {
        await AllowAsync(6);
        await AllowAsync(7);
        Merging(6, 0, "six");
        Commit(1, 0, "six");
        Merging(7, 1, "seven");
        Commit(2, 1, "seven");
        await PushAsync(0, 2);
        Assert.Equal([(SomeEvidence.Base, Rig.Id(1)), (Rig.Id(1), Rig.Id(2))], Moves.Select(move => (move.Before, move.Commit)));
        Assert.Equal(Rig.Id(1), Since(Moves[1], "rule:prod").From);
    }

    [Fact]
    public async Task A_push_that_no_ruling_covers_is_promised_without_a_ruling_and_ends_every_run()
    {
        await MergeAsync(6, 0, 1);
        Commit(2, 1, "smuggled");
        await PushAsync(1, 2);
        var past = Moves[^1];
        Assert.Equal((null, Rig.Id(2)), (past.Ruling, past.Commit));
        Assert.Empty(past.Controls);
        await PushAsync(1, 2);
        Assert.Equal(2, Moves.Length);
        // Reverted: the branch holds again what was covered, and the run begins with the next merge all the same.
        Commit(3, 2, "merged 6");
        await PushAsync(2, 3);
        Assert.Equal(2, Moves.Length);
        await MergeAsync(7, 3, 4);
        Assert.Equal((Moves[^1].At, Rig.Id(4)), Since(Moves[^1], "rule:prod"));
    }

    [Fact]
    public async Task A_merge_onto_what_went_past_the_gate_fails_too()
    {
        await MergeAsync(6, 0, 1);
        Commit(2, 1, "smuggled");
        await PushAsync(1, 2);
        await AllowAsync(7);
        Merging(7, 2, "smuggled and merged");
        Commit(3, 2, "smuggled and merged");
        await PushAsync(2, 3);
        Assert.Equal([Rig.Id(1), Rig.Id(2), Rig.Id(3)], Moves.Select(move => move.Commit));
        Assert.Equal([true, false, false], Moves.Select(move => move.Ruling is not null));
    }

    [Fact]
    public async Task A_rule_that_asks_for_something_else_is_another_control()
    {
        await MergeAsync(6, 0, 1);
        Memory.World = Memory.World with { Content = SomeEvidence.Ordinary("{version: 1, approvals: [{name: prod, requires: {users: [bob]}}]}").Content };
        await MergeAsync(7, 1, 2);
        Assert.Equal((Moves[1].At, Rig.Id(2)), Since(Moves[1], "rule:prod"));
        await MergeAsync(8, 2, 3);
        Assert.Equal((Moves[1].At, Rig.Id(2)), Since(Moves[2], "rule:prod"));
    }

    [Fact]
    public async Task Nothing_is_promised_when_the_file_says_so()
    {
        var rig = new Rig { Configuration = new Rig().Configuration with { AttestsMerges = false } };
        rig.Approve();
        rig.Memory.Commits[SomeEvidence.Base] = new PushedCommit(SomeEvidence.Base, default, "base");
        rig.Memory.Commits[Rig.Id(1)] = new PushedCommit(Rig.Id(1), SomeEvidence.Base, "smuggled");
        await rig.TellAsync(new Reading.Concerns([new Concern.Push(SomeEvidence.Shop, "main", SomeEvidence.Base, Rig.Id(1), false, "bob")], Trigger.Push));
        Assert.DoesNotContain(rig.Memory.Records.SelectMany(record => record.Obligations), owed => owed is Obligation.Attest);
    }

    [Fact]
    public void A_lapse_ends_a_run_and_what_does_not_apply_is_none()
    {
        var at = SomeEvidence.Noon;
        var first = BranchControls.None.After(Ruled("r1", Met("prod"), Met("docs")), Rig.Id(1), at);
        // The same rules: `docs` did not apply, and holds on.
        var skipped = first.After(Ruled("r1", Met("prod"), Skipped("docs")), Rig.Id(2), at.AddHours(1));
        Assert.Equal([("rule:docs", at), ("rule:prod", at)], skipped.Held.Select(held => (held.Name, held.Since)));
        // Other rules: nobody can say that `docs` was still among them.
        var changed = first.After(Ruled("r2", Met("prod")), Rig.Id(2), at.AddHours(1));
        Assert.Equal([("rule:prod", at)], changed.Held.Select(held => (held.Name, held.Since)));
        // Asked and not met, though it was allowed: a lapse.
        Assert.Equal(["rule:prod"], first.After(Ruled("r1", Met("prod"), Met("docs") with { State = RequirementState.Pending }), Rig.Id(2), at).Held.Select(held => held.Name));
        // What only warns is no control.
        Assert.Empty(BranchControls.None.After(Ruled("r1", Met("prod") with { Mode = RuleMode.Warn }), Rig.Id(1), at).Held);
        Assert.Same(BranchControls.None, first.After(Ruled("r1", Met("prod")) with { Override = new OverrideUse("31", SomeEvidence.Person("bob"), at, "it burns", "admins", 1) }, Rig.Id(2), at));
        // A bundle of another revision is another control.
        var policy = BranchControls.None.After(Ruled("r1") with { Bundles = [new BundleUse("base", "rego", "1")] }, Rig.Id(1), at);
        Assert.Equal(at, Assert.Single(policy.After(Ruled("r1") with { Bundles = [new BundleUse("base", "rego", "1")] }, Rig.Id(2), at.AddDays(1)).Held).Since);
        Assert.Equal(at.AddDays(1), Assert.Single(policy.After(Ruled("r1") with { Bundles = [new BundleUse("base", "rego", "2")] }, Rig.Id(2), at.AddDays(1)).Held).Since);
    }

    private static Ruling Ruled(string rules, params Requirement[] requirements) => new()
    {
        Id = default,
        Revision = default,
        Verdict = Verdict.Allowed,
        Summary = "allowed",
        Requirements = [.. requirements],
        EvidenceDigest = "e",
        RulesDigest = rules,
        RuledAt = SomeEvidence.Noon,
    };

    private static Requirement Met(string rule) => new() { Rule = rule, State = RequirementState.Approved, Sentence = "1 given", Required = 1, From = ["user:bob"] };

    private static Requirement Skipped(string rule) => Met(rule) with { State = RequirementState.Skipped, Required = 0, From = [] };

    private static (DateTimeOffset Since, CommitId From) Since(AttestedMove move, string control)
    {
        var held = Assert.Single(move.Controls, held => held.Name == control);
        return (held.Since, held.From);
    }

    private static CommitId Numbered(int number) => number == 0 ? SomeEvidence.Base : number < 0 ? default : Rig.Id(number);

    private void Commit(int number, int parent, string tree) => Memory.Commits[Numbered(number)] = new PushedCommit(Numbered(number), Numbered(parent), tree);

    private void Merging(int change, int onto, string tree) => Memory.Merges[(Numbered(onto), Rig.Id(100 + change))] = tree;

    private async Task MergeAsync(int change, int before, int after)
    {
        await AllowAsync(change);
        Merging(change, before, $"merged {change}");
        Commit(after, before, $"merged {change}");
        await PushAsync(before, after);
    }

    private Task PushAsync(int before, int after) =>
        _rig.TellAsync(new Reading.Concerns([new Concern.Push(SomeEvidence.Shop, "main", Numbered(before), Numbered(after), false, "bob")], Trigger.Push));

    private async Task AllowAsync(int number)
    {
        var (key, head) = (new ChangeKey(SomeEvidence.Shop, number), Rig.Id(100 + number));
        Memory.World = Memory.World with
        {
            Change = Memory.World.Change with { Key = key, Head = head },
            Content = Memory.World.Content with { Head = head, Commits = [SomeEvidence.Commit(head, "alice")] },
            Reviews = [.. Memory.World.Reviews.Select(review => review with { Commit = head })],
        };
        await _rig.TellAsync(new Reading.Concerns([new Concern.Change(key)], Trigger.Change));
        Assert.Equal(Verdict.Allowed, Memory.Records.Last(record => record.Ruling is not null).Ruling!.Verdict);
    }
}
