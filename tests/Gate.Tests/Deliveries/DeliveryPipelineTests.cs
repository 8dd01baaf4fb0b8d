using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

public class DeliveryPipelineTests
{
    private readonly Rig _rig = new();

    private Memory Memory => _rig.Memory;

    [Fact]
    public async Task Many_deliveries_of_one_change_cost_one_judging()
    {
        await TellAsync(AChange(), AChange(), AChange());
        Assert.Equal(1, Memory.Described);
        var record = Assert.Single(Memory.Records);
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
        var record = Memory.Records[^1];
        Assert.Equal(Verdict.Allowed, record.Ruling!.Verdict);
        Assert.Contains(record.Entries, entry => entry.Type == AuditTypes.ApprovalGranted && entry.Actor!.Reference.StartsWith("a_", StringComparison.Ordinal));
        Assert.DoesNotContain(record.Entries, entry => entry.Type == AuditTypes.ChangeObserved);
    }

    [Fact]
    public async Task A_ruling_that_says_nothing_new_owes_nothing()
    {
        await TellAsync(AChange());
        await TellAsync(AChange());
        Assert.Empty(Memory.Records[^1].Obligations);
    }

    [Fact]
    public async Task A_status_that_somebody_else_turned_green_is_reported_again()
    {
        await TellAsync(AChange());
        Memory.World = Memory.World with { Statuses = [new StatusCheck("gitops-gate", CheckState.Succeeded, "mallory", "")] };
        await TellAsync(AChange());
        Assert.Contains(Memory.Records[^1].Obligations, owed => owed is Obligation.ReportStatus { Verdict: Verdict.Held });
    }

    [Fact]
    public async Task Trouble_in_the_world_passes_up_and_leaves_nothing_behind()
    {
        Memory.Trouble = new ForgeTroubleException("the forge answered 502", TroubleKind.Unavailable);
        await Assert.ThrowsAsync<ForgeTroubleException>(() => TellAsync(AChange()));
        Assert.Empty(Memory.Records);
    }

    [Fact]
    public async Task The_gates_own_status_and_what_cannot_be_read_are_set_aside_with_a_reason()
    {
        var own = new Reading.Concerns([new Concern.AtCommit(SomeEvidence.Shop, SomeEvidence.Head, "gitops-gate")], Trigger.Status);
        var tag = new Reading.Concerns([new Concern.Tag(SomeEvidence.Shop, "v1", default, SomeEvidence.Head)], Trigger.Tag);
        await TellAsync(own, new Reading.Unreadable("no JSON"), tag);
        var outcomes = Assert.Single(Memory.Records).Deliveries;
        Assert.Equal([DeliveryState.Ignored, DeliveryState.Unreadable, DeliveryState.Ignored], outcomes.Select(outcome => outcome.State));
        Assert.Equal("it is the gate's own status", outcomes[0].Note);
        Assert.Equal(0, Memory.Described);
    }

    [Fact]
    public async Task A_status_of_somebody_else_has_the_open_change_at_its_commit_judged_again()
    {
        await TellAsync(AChange());
        await TellAsync(new Reading.Concerns([new Concern.AtCommit(SomeEvidence.Shop, SomeEvidence.Head, "build")], Trigger.Status));
        Assert.Equal(2, Memory.Described);
    }

    [Fact]
    public async Task Members_are_asked_for_only_where_a_rule_names_a_team_and_somebody_reviewed()
    {
        await TellAsync(AChange());
        Assert.Equal(0, Memory.AskedForMembers);
        var rules = Encoding.UTF8.GetBytes("{version: 1, approvals: [{name: prod, requires: {teams: [acme/release]}}]}");
        Memory.World = Memory.World with { Content = Memory.World.Content with { RuleFile = rules } };
        await TellAsync(AChange());
        Assert.Equal(0, Memory.AskedForMembers);
        Approve();
        await TellAsync(AChange());
        Assert.Equal(1, Memory.AskedForMembers);
        Assert.Equal(Verdict.Allowed, Memory.Records[^1].Ruling!.Verdict);
    }

    [Fact]
    public async Task A_merge_is_written_down_and_ruled_no_more()
    {
        await TellAsync(AChange());
        Memory.World = Memory.World with { Change = Memory.World.Change with { State = ChangeState.Merged } };
        await TellAsync(AChange());
        Assert.Null(Memory.Records[^1].Ruling);
        Assert.Contains(Memory.Records[^1].Entries, entry => entry.Type == AuditTypes.ChangeMerged);
    }

    [Fact]
    public async Task A_merge_queue_is_shown_the_standing_ruling_and_an_error_for_a_stranger()
    {
        Approve();
        await TellAsync(AChange());
        await TellAsync(new Reading.Concerns([new Concern.MergeGroup(SomeEvidence.Shop, Rig.Id(9), "queue", 7)], Trigger.MergeQueue));
        await TellAsync(new Reading.Concerns([new Concern.MergeGroup(SomeEvidence.Shop, Rig.Id(9), "queue", 0)], Trigger.MergeQueue));
        var shown = Memory.Records.SelectMany(record => record.Obligations).OfType<Obligation.ReportStatus>().Where(status => status.Commit == Rig.Id(9));
        Assert.Equal([Verdict.Allowed, Verdict.Errored], shown.Select(status => status.Verdict));
    }

    private static Reading.Concerns AChange() => new([new Concern.Change(SomeEvidence.Change.Key)], Trigger.Change);

    private void Approve() => _rig.Approve();

    private Task TellAsync(params Reading[] readings) => _rig.TellAsync(readings);
}
