using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Facts;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

public class DeliveryPipelineTests
{
    private readonly Memory _memory = new();
    private readonly ManualTimeProvider _clock = new(SomeEvidence.Noon.AddHours(1));

    private readonly GateConfiguration _configuration = SomeEvidence.Configuration with
    {
        Environments = [new EnvironmentSource("production", SomeEvidence.Shop, "main", "", ["folder"])],
    };

    [Fact]
    public async Task Many_deliveries_of_one_change_cost_one_judging()
    {
        await TellAsync(AChange(), AChange(), AChange());
        Assert.Equal(1, _memory.Described);
        var record = Assert.Single(_memory.Records);
        Assert.Equal(3, record.Deliveries.Count(outcome => outcome.State == DeliveryState.Done));
        Assert.Equal(3, record.Entries.Count(entry => entry.Type == AuditTypes.WebhookReceived));
        Assert.Equal(Verdict.Held, record.Ruling!.Verdict);
        Assert.Contains(record.Obligations, owed => owed is Obligation.ReportStatus { Verdict: Verdict.Held } status
            && status.Url == $"https://gate.example.org/rulings/{record.Ruling.Id}");
        Assert.Contains(record.Obligations, owed => owed is Obligation.Explain);
    }

    [Fact]
    public async Task An_approval_turns_a_held_change_into_an_allowed_one_and_is_written_down()
    {
        await TellAsync(AChange());
        Approve();
        await TellAsync(AChange());
        var record = _memory.Records[^1];
        Assert.Equal(Verdict.Allowed, record.Ruling!.Verdict);
        Assert.Contains(record.Entries, entry => entry.Type == AuditTypes.ApprovalGranted && entry.Actor!.Reference.StartsWith("a_", StringComparison.Ordinal));
        Assert.DoesNotContain(record.Entries, entry => entry.Type == AuditTypes.ChangeObserved);
    }

    [Fact]
    public async Task A_ruling_that_says_nothing_new_owes_nothing()
    {
        await TellAsync(AChange());
        await TellAsync(AChange());
        Assert.Empty(_memory.Records[^1].Obligations);
    }

    [Fact]
    public async Task A_status_that_somebody_else_turned_green_is_reported_again()
    {
        await TellAsync(AChange());
        _memory.World = _memory.World with { Statuses = [new StatusCheck("gitops-gate", CheckState.Succeeded, "mallory", "")] };
        await TellAsync(AChange());
        Assert.Contains(_memory.Records[^1].Obligations, owed => owed is Obligation.ReportStatus { Verdict: Verdict.Held });
    }

    [Fact]
    public async Task Trouble_in_the_world_passes_up_and_leaves_nothing_behind()
    {
        _memory.Trouble = new ForgeTroubleException("the forge answered 502", TroubleKind.Unavailable);
        await Assert.ThrowsAsync<ForgeTroubleException>(() => TellAsync(AChange()));
        Assert.Empty(_memory.Records);
    }

    [Fact]
    public async Task The_gates_own_status_and_what_cannot_be_read_are_set_aside_with_a_reason()
    {
        var own = new Reading.Concerns([new Concern.AtCommit(SomeEvidence.Shop, SomeEvidence.Head, "gitops-gate")], Trigger.Status);
        var tag = new Reading.Concerns([new Concern.Tag(SomeEvidence.Shop, "v1", default, SomeEvidence.Head)], Trigger.Tag);
        await TellAsync(own, new Reading.Unreadable("no JSON"), tag);
        var outcomes = Assert.Single(_memory.Records).Deliveries;
        Assert.Equal([DeliveryState.Ignored, DeliveryState.Unreadable, DeliveryState.Ignored], outcomes.Select(outcome => outcome.State));
        Assert.Equal("it is the gate's own status", outcomes[0].Note);
        Assert.Equal(0, _memory.Described);
    }

    [Fact]
    public async Task A_status_of_somebody_else_has_the_open_change_at_its_commit_judged_again()
    {
        await TellAsync(AChange());
        await TellAsync(new Reading.Concerns([new Concern.AtCommit(SomeEvidence.Shop, SomeEvidence.Head, "build")], Trigger.Status));
        Assert.Equal(2, _memory.Described);
    }

    [Fact]
    public async Task Members_are_asked_for_only_where_a_rule_names_a_team_and_somebody_reviewed()
    {
        await TellAsync(AChange());
        Assert.Equal(0, _memory.AskedForMembers);
        var rules = Encoding.UTF8.GetBytes("{version: 1, approvals: [{name: prod, requires: {teams: [acme/release]}}]}");
        _memory.World = _memory.World with { Content = _memory.World.Content with { RuleFile = rules } };
        await TellAsync(AChange());
        Assert.Equal(0, _memory.AskedForMembers);
        Approve();
        await TellAsync(AChange());
        Assert.Equal(1, _memory.AskedForMembers);
        Assert.Equal(Verdict.Allowed, _memory.Records[^1].Ruling!.Verdict);
    }

    [Fact]
    public async Task A_merge_is_written_down_and_ruled_no_more()
    {
        await TellAsync(AChange());
        _memory.World = _memory.World with { Change = _memory.World.Change with { State = ChangeState.Merged } };
        await TellAsync(AChange());
        Assert.Null(_memory.Records[^1].Ruling);
        Assert.Contains(_memory.Records[^1].Entries, entry => entry.Type == AuditTypes.ChangeMerged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_push_with_the_tree_of_an_allowed_merge_is_ordered_once(int commits)
    {
        Approve();
        await TellAsync(AChange());
        Push(commits, "merged");
        await TellAsync(APush(commits));
        await TellAsync(APush(commits));
        var orders = _memory.Records.SelectMany(record => record.Obligations).OfType<Obligation.Send>().ToArray();
        Assert.Equal(2, orders.Length);
        Assert.Single(orders.Select(order => order.Key).Distinct());
        Assert.Equal(Id(commits), orders[0].Order.Commit);
        Assert.Contains("covered by `#7`", _memory.Records[^1].Deliveries[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_of_anything_else_is_unmanaged_and_not_ordered()
    {
        Approve();
        await TellAsync(AChange());
        Push(1, "something else");
        await TellAsync(APush(1));
        Assert.DoesNotContain(_memory.Records[^1].Obligations, owed => owed is Obligation.Send);
        Assert.Contains(_memory.Records[^1].Entries, entry => entry.Type == AuditTypes.ChangeUnmanaged && entry.Populations.Contains("unmanaged"));
    }

    [Fact]
    public async Task A_ruling_that_does_not_allow_never_covers_the_merge_of_its_change()
    {
        await TellAsync(AChange());
        Push(1, "merged");
        await TellAsync(APush(1));
        Assert.Contains(_memory.Records.SelectMany(record => record.Entries), entry => entry.Type == AuditTypes.ChangeUnmanaged);
        Assert.DoesNotContain(_memory.Records.SelectMany(record => record.Obligations), owed => owed is Obligation.Send);
    }

    [Fact]
    public async Task A_ruling_for_another_target_branch_never_covers_the_merge()
    {
        Approve();
        _memory.World = _memory.World with { Change = _memory.World.Change with { TargetBranch = "playground" } };
        await TellAsync(AChange());
        Assert.Equal(Verdict.Allowed, _memory.Records[^1].Ruling!.Verdict);
        // Retargeted and merged before anybody could judge it again.
        _memory.World = _memory.World with { Change = _memory.World.Change with { TargetBranch = "main", State = ChangeState.Merged } };
        await TellAsync(AChange());
        Push(1, "merged");
        await TellAsync(APush(1));
        await TellAsync(new Reading.Concerns([new Concern.MergeGroup(SomeEvidence.Shop, Id(9), "queue", 7)], Trigger.MergeQueue));
        AssertUnmanaged();
        var shown = _memory.Records[^1].Obligations.OfType<Obligation.ReportStatus>();
        Assert.Equal(Verdict.Held, Assert.Single(shown).Verdict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_merge_onto_anything_but_what_the_branch_held_is_unmanaged(bool isNewBranch)
    {
        Approve();
        await TellAsync(AChange());
        Push(1, "merged");
        // The branch held another commit, onto which the merge would have given another tree; or it is not known what it held.
        _memory.Merges[(Id(50), SomeEvidence.Head)] = "merged with what was there";
        var push = new Concern.Push(SomeEvidence.Shop, "main", isNewBranch ? default : Id(50), Id(1), !isNewBranch, "bob");
        await TellAsync(new Reading.Concerns([push], Trigger.Push));
        AssertUnmanaged();
    }

    [Fact]
    public async Task A_push_that_moves_nothing_is_neither_unmanaged_nor_ordered()
    {
        await TellAsync(new Reading.Concerns([new Concern.Push(SomeEvidence.Shop, "main", Id(1), Id(1), false, "bob")], Trigger.Push));
        var record = Assert.Single(_memory.Records);
        Assert.DoesNotContain(record.Entries, entry => entry.Type == AuditTypes.ChangeUnmanaged);
        Assert.Empty(record.Obligations);
    }

    [Fact]
    public async Task A_branch_that_is_moved_back_is_unmanaged()
    {
        await TellAsync(new Reading.Concerns([new Concern.Push(SomeEvidence.Shop, "main", Id(2), Id(1), true, "bob")], Trigger.Push));
        AssertUnmanaged();
        Assert.Contains("`main` went back", _memory.Records[^1].Deliveries[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_merge_queue_is_shown_the_standing_ruling_and_an_error_for_a_stranger()
    {
        Approve();
        await TellAsync(AChange());
        await TellAsync(new Reading.Concerns([new Concern.MergeGroup(SomeEvidence.Shop, Id(9), "queue", 7)], Trigger.MergeQueue));
        await TellAsync(new Reading.Concerns([new Concern.MergeGroup(SomeEvidence.Shop, Id(9), "queue", 0)], Trigger.MergeQueue));
        var shown = _memory.Records.SelectMany(record => record.Obligations).OfType<Obligation.ReportStatus>().Where(status => status.Commit == Id(9));
        Assert.Equal([Verdict.Allowed, Verdict.Errored], shown.Select(status => status.Verdict));
    }

    private static CommitId Id(int number) => CommitId.Parse(number.ToString("x40"));

    private static Reading.Concerns AChange() => new([new Concern.Change(SomeEvidence.Change.Key)], Trigger.Change);

    private static Reading.Concerns APush(int commits) =>
        new([new Concern.Push(SomeEvidence.Shop, "main", SomeEvidence.Base, Id(commits), false, "bob")], Trigger.Push);

    private void AssertUnmanaged()
    {
        Assert.Contains(_memory.Records.SelectMany(record => record.Entries), entry => entry.Type == AuditTypes.ChangeUnmanaged);
        Assert.DoesNotContain(_memory.Records.SelectMany(record => record.Obligations), owed => owed is Obligation.Send);
    }

    private void Approve() =>
        _memory.World = _memory.World with { Reviews = [SomeEvidence.Review("bob", ReviewState.Approved)] };

    private void Push(int commits, string tree)
    {
        _memory.Merges[(SomeEvidence.Base, SomeEvidence.Head)] = "merged";
        _memory.Pushed =
        [
            .. Enumerable.Range(1, commits).Select(number => new PushedCommit(
                Id(number), number == 1 ? SomeEvidence.Base : Id(number - 1), number == commits ? tree : $"step {number}")),
        ];
    }

    private async Task TellAsync(params Reading[] readings)
    {
        var batch = readings.Select((_, index) => new ClaimedDelivery(
            new Delivery
            {
                Id = new DeliveryId(Guid.CreateVersion7(_clock.GetUtcNow())),
                Connection = SomeEvidence.Shop.Connection,
                Forge = "github",
                ForgeId = $"{index}",
                Event = "any",
                Body = new[] { (byte)index },
                ReceivedAt = _clock.GetUtcNow(),
            },
            0)).ToImmutableArray();
        _memory.Reads = delivery => readings[delivery.Body.Span[0]];
        var cancellation = TestContext.Current.CancellationToken;
        var pipeline = Pipeline();
        foreach (var walk in await pipeline.PlanAsync(batch, cancellation)) await pipeline.WalkAsync(walk, _clock.GetUtcNow(), cancellation);
        _clock.Advance(TimeSpan.FromMinutes(1));
    }

    private DeliveryPipeline Pipeline()
    {
        var gatherer = new EvidenceGatherer(_configuration, _memory, _memory, _clock);
        var changes = new ChangeWalk(gatherer, new Judge(_configuration, new TableEngine()), _memory, new RulingEntries(_memory), _clock);
        var pushes = new PushWalk(_configuration, _memory, _memory, changes, _clock);
        var walks = new ConcernWalks(changes, pushes, new MergeGroupWalk(_configuration, _memory, _clock));
        return new DeliveryPipeline(_configuration, new KnownForges(_configuration, [_memory]), walks, _memory, _memory);
    }
}
