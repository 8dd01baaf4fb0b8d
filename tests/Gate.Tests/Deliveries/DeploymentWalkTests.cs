using System.Reflection;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>Deployments that ask: into <c>production</c>, which is deployed from <c>main</c>, and into places that nobody knows.</summary>
public class DeploymentWalkTests
{
    private Rig _rig = new();

    public DeploymentWalkTests()
    {
        Commit(SomeEvidence.Base, default, "base");
        Commit(SomeEvidence.Head, SomeEvidence.Base, "head");
    }

    private Memory Memory => _rig.Memory;

    private Obligation.AnswerDeployment[] Owed =>
        [.. Memory.Records.SelectMany(record => record.Obligations).OfType<Obligation.AnswerDeployment>()];

    [Theory]
    [InlineData("production")]
    [InlineData("Production")]
    [InlineData("elsewhere")]
    public async Task A_commit_up_to_which_a_guarded_branch_is_covered_is_approved(string environment)
    {
        Memory.Know(SomeEvidence.Shop, "main", SomeEvidence.Base);
        await AskAsync(SomeEvidence.Base, environment);
        var answer = Assert.Single(Owed);
        Assert.Equal((true, environment, 77L), (answer.Question.IsApproved, answer.Question.Environment, answer.Question.Run));
        Assert.Equal($"deployment:forge:acme/shop:77:{environment}", answer.Key);
        var entry = Assert.Single(Decisions());
        Assert.Equal((AuditOutcome.Allow, $"forge:acme/shop:{environment}"), (entry.Outcome, entry.Subject!.Reference));
        Assert.Contains("covered up to", _rig.Note, StringComparison.Ordinal);
        Assert.Equal(DeliveryState.Done, Memory.Records[^1].Deliveries[0].State);
    }

    [Fact]
    public async Task The_head_of_an_allowed_change_is_approved_with_its_ruling()
    {
        _rig.Approve();
        await LookAsync();
        await AskAsync(SomeEvidence.Head);
        var answer = Assert.Single(Owed);
        Assert.Equal((true, Memory.Records[0].Ruling!.Id), (answer.Question.IsApproved, answer.Ruling!.Value));
        Assert.Contains($"/rulings/{answer.Ruling}", answer.Comment, StringComparison.Ordinal);
        Assert.Equal(SomeEvidence.Change.Key.ToString(), Assert.Single(Decisions()).Correlation);
    }

    [Fact]
    public async Task A_held_change_keeps_its_deployment_waiting_until_it_is_allowed()
    {
        await LookAsync();
        await AskAsync(SomeEvidence.Head);
        var report = Assert.Single(Owed);
        Assert.Null(report.Question.IsApproved);
        Assert.Contains("waits for `#7`", report.Comment, StringComparison.Ordinal);
        Assert.Equal(AuditOutcome.Pending, Assert.Single(Decisions()).Outcome);

        await LookAsync();
        Assert.Single(Owed);
        _rig.Approve();
        await LookAsync();
        Assert.Equal(true, Owed[^1].Question.IsApproved);
        Assert.Equal(report.Lane, Owed[^1].Lane);
        Assert.NotEqual(report.Key, Owed[^1].Key);
        Assert.Equal(Memory.Records.Last(record => record.Ruling is not null).Ruling!.Id, Owed[^1].Ruling);
        // The walk's deliveries are done only after the answer is promised.
        Assert.Empty(Memory.Records[^1].Obligations);
        Assert.Single(Memory.Records[^1].Deliveries);

        await LookAsync();
        await AskAsync(SomeEvidence.Head);
        Assert.Equal(2, Owed.Length);
        Assert.Contains("approved before", _rig.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_ruled_before_it_is_known_that_a_deployment_waits_is_not_missed()
    {
        await LookAsync();
        Memory.BeforeItWaits = () =>
        {
            var held = Memory.Records.Last(record => record.Ruling is not null);
            var allowed = held.Ruling! with { Verdict = Verdict.Allowed, Summary = "allowed" };
            Memory.Records.Add(held with { Ruling = allowed, Obligations = [], Entries = [] });
        };
        await AskAsync(SomeEvidence.Head);
        Assert.Equal([null, true], Owed.Select(answer => answer.Question.IsApproved));
    }

    [Fact]
    public async Task The_change_that_a_deployment_waits_for_is_merged_while_it_is_held()
    {
        await LookAsync();
        await AskAsync(SomeEvidence.Head);
        Memory.World = Memory.World with { Change = Memory.World.Change with { State = ChangeState.Merged } };
        await LookAsync();
        AssertRejected("`#7` ended before it was allowed");
    }

    [Fact]
    public async Task The_head_moves_on_while_a_deployment_of_the_old_one_waits()
    {
        await LookAsync();
        await AskAsync(SomeEvidence.Head);
        Memory.World = Memory.World with
        {
            Change = Memory.World.Change with { Head = Rig.Id(9) },
            Content = Memory.World.Content with { Head = Rig.Id(9) },
        };
        await LookAsync();
        AssertRejected("no ruling covers");
    }

    [Fact]
    public async Task What_is_not_allowed_is_rejected_with_the_reason()
    {
        Memory.World = SomeEvidence.Ordinary("nonsense: [");
        await LookAsync();
        Assert.Equal(Verdict.Errored, Memory.Records[^1].Ruling!.Verdict);
        await AskAsync(SomeEvidence.Head);
        AssertRejected("`#7` is not allowed");
        Assert.Equal(AuditOutcome.Deny, Assert.Single(Decisions()).Outcome);
    }

    [Fact]
    public async Task A_commit_that_the_forge_does_not_hold_is_rejected()
    {
        await AskAsync(Rig.Id(55));
        AssertRejected("not known to the forge");
    }

    [Fact]
    public async Task A_commit_that_went_past_the_gate_is_rejected_even_below_what_is_covered()
    {
        Memory.Know(SomeEvidence.Shop, "main", SomeEvidence.Base);
        Commit(Rig.Id(1), SomeEvidence.Base, "smuggled");
        Commit(Rig.Id(2), Rig.Id(1), "base");
        await PushAsync(SomeEvidence.Base, Rig.Id(1));
        await AskAsync(Rig.Id(1));
        AssertRejected("up to which `main` is covered");
        await PushAsync(Rig.Id(1), Rig.Id(2));
        await AskAsync(Rig.Id(1), run: 78);
        Assert.Equal(false, Owed[^1].Question.IsApproved);
        await AskAsync(Rig.Id(2), run: 79);
        Assert.Equal(true, Owed[^1].Question.IsApproved);
    }

    [Fact]
    public async Task A_merge_whose_push_was_not_told_yet_is_approved_when_it_is_exactly_that()
    {
        Memory.Know(SomeEvidence.Shop, "main", SomeEvidence.Base);
        _rig.Approve();
        await LookAsync();
        Memory.Merges[(SomeEvidence.Base, SomeEvidence.Head)] = "merged";
        Commit(Rig.Id(1), SomeEvidence.Base, "merged");
        Commit(Rig.Id(2), SomeEvidence.Base, "merged and more");
        await AskAsync(Rig.Id(2));
        AssertRejected("no ruling covers");
        await AskAsync(Rig.Id(1), run: 78);
        Assert.Equal(true, Owed[^1].Question.IsApproved);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_first_merge_of_a_branch_is_approved_right_on_what_it_was_judged_from_alone(bool isThere)
    {
        _rig.Approve();
        await LookAsync();
        Commit(Rig.Id(3), SomeEvidence.Base, "smuggled");
        Commit(Rig.Id(1), isThere ? SomeEvidence.Base : Rig.Id(3), "merged");
        Memory.Merges[(SomeEvidence.Base, SomeEvidence.Head)] = "merged";
        Memory.Merges[(Rig.Id(3), SomeEvidence.Head)] = "merged";
        Memory.Tied[Rig.Id(1)] = [SomeEvidence.Change.Key];
        Memory.World = Memory.World with { Change = Memory.World.Change with { State = ChangeState.Merged } };
        await LookAsync();
        await AskAsync(Rig.Id(1));
        Assert.Equal(isThere, Assert.Single(Owed).Question.IsApproved);
    }

    [Fact]
    public async Task An_allowed_head_that_stands_on_what_went_past_the_gate_is_rejected()
    {
        Memory.Know(SomeEvidence.Shop, "main", Rig.Id(5));
        Commit(Rig.Id(5), default, "before");
        Commit(SomeEvidence.Base, Rig.Id(5), "smuggled");
        _rig.Approve();
        await LookAsync();
        await AskAsync(SomeEvidence.Head);
        AssertRejected("stands on a commit up to which `main` is not covered");
    }

    [Fact]
    public async Task A_change_that_the_gate_has_not_heard_of_is_waited_for()
    {
        Memory.Tied[SomeEvidence.Head] = [SomeEvidence.Change.Key];
        await AskAsync(SomeEvidence.Head);
        Assert.Null(Assert.Single(Owed).Question.IsApproved);
        _rig.Approve();
        await LookAsync();
        Assert.Equal(true, Owed[^1].Question.IsApproved);
    }

    [Theory]
    [InlineData("acme/other", "main", "is deployed from forge:acme/other")]
    [InlineData("acme/shop", "live", "`live` is covered")]
    public async Task An_environment_that_is_deployed_from_elsewhere_gets_nothing(string repository, string branch, string why)
    {
        _rig = new Rig
        {
            Configuration = SomeEvidence.Configuration with
            {
                Environments = [new EnvironmentSource("production", SomeEvidence.Shop with { Path = repository }, branch, "", ["folder"])],
            },
        };
        Commit(SomeEvidence.Base, default, "base");
        Memory.Know(SomeEvidence.Shop, "main", SomeEvidence.Base);
        await AskAsync(SomeEvidence.Base);
        AssertRejected(why);
    }

    [Fact]
    public async Task Trouble_leaves_the_question_open_and_is_tried_again_with_the_delivery()
    {
        Commit(Rig.Id(1), SomeEvidence.Base, "any");
        Memory.ChangesTrouble = new ForgeTroubleException("down", TroubleKind.Unavailable);
        await Assert.ThrowsAsync<ForgeTroubleException>(() => AskAsync(Rig.Id(1)));
        Assert.Empty(Owed);
        Assert.DoesNotContain(Memory.Records, record => record.Deliveries.Length > 0);

        // Nothing else answers it, whatever is ruled meanwhile.
        await LookAsync();
        Assert.Empty(Owed);
        Memory.ChangesTrouble = null;
        await AskAsync(Rig.Id(1));
        AssertRejected("no ruling covers");
    }

    [Fact]
    public async Task A_run_that_is_run_again_asks_anew()
    {
        await AskAsync(Rig.Id(55), deployment: 1);
        await AskAsync(Rig.Id(55), deployment: 1);
        await AskAsync(Rig.Id(55), deployment: 2);
        Assert.Equal(2, Owed.Length);
        Assert.Equal(2, Owed.DistinctBy(answer => answer.Key).Count());
    }

    [Fact]
    public async Task A_deployment_that_waits_is_told_so_five_times_at_most()
    {
        for (var round = 0; round < 8; round++)
        {
            Memory.World = Memory.World with
            {
                Content = Memory.World.Content with
                {
                    RuleFile = System.Text.Encoding.UTF8.GetBytes($"{{version: 1, approvals: [{{name: prod-{round}}}]}}"),
                },
            };
            await LookAsync();
            if (round == 0) await AskAsync(SomeEvidence.Head);
        }

        Assert.InRange(Owed.Length, 1, 5);
        Assert.All(Owed, report => Assert.Null(report.Question.IsApproved));
        Assert.Equal(Owed.Length, Owed.DistinctBy(report => report.Key).Count());
    }

    [Fact]
    public async Task A_deployment_that_asks_nothing_of_us_is_set_aside()
    {
        await _rig.TellAsync(new Reading.Concerns([new Concern.Deployment(SomeEvidence.Shop, "production", SomeEvidence.Base)], Trigger.Deployment));
        Assert.Equal((DeliveryState.Ignored, 0), (Memory.Records[^1].Deliveries[0].State, Memory.Questions.Count));
        Assert.Contains("the forge's own", _rig.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forge_that_takes_no_answers_is_not_given_one()
    {
        var plain = DispatchProxy.Create<IForge, WithoutDeployments>();
        _rig = new Rig { Forge = plain };
        ((WithoutDeployments)plain).Asked = Memory;
        await AskAsync(SomeEvidence.Base);
        Assert.Equal(DeliveryState.Ignored, Memory.Records[^1].Deliveries[0].State);
        Assert.Equal("`github` asks about a deployment to `production`, and the gate cannot answer it there", _rig.Note);
    }

    private IEnumerable<AuditDraft> Decisions() => Memory.Records.SelectMany(record => record.Entries)
        .Where(entry => entry.Type == AuditTypes.DecisionEvaluated && entry.Subject!.Kind == "env");

    private void AssertRejected(string why)
    {
        Assert.Equal(false, Owed[^1].Question.IsApproved);
        Assert.Contains(why, Owed[^1].Comment, StringComparison.Ordinal);
    }

    private void Commit(CommitId id, CommitId parent, string tree) => Memory.Commits[id] = new PushedCommit(id, parent, tree);

    private Task LookAsync() => _rig.TellAsync(new Reading.Concerns([new Concern.Change(SomeEvidence.Change.Key)], Trigger.Change));

    private Task PushAsync(CommitId before, CommitId after) =>
        _rig.TellAsync(new Reading.Concerns([new Concern.Push(SomeEvidence.Shop, "main", before, after, false, "mallory")], Trigger.Push));

    private Task AskAsync(CommitId commit, string environment = "production", long run = 77, long deployment = 0) => _rig.TellAsync(
        new Reading.Concerns(
            [
                new Concern.Deployment(SomeEvidence.Shop, environment, commit)
                {
                    Gate = new DeploymentGate(environment, commit, run) { Deployment = deployment },
                },
            ],
            Trigger.Deployment));

    /// <summary>A forge, and nothing but a forge.</summary>
    public class WithoutDeployments : DispatchProxy
    {
        internal IForge? Asked { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Invoke(Asked, args);
    }
}
