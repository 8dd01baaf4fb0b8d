using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Chat;

/// <summary>A forge's button that asks for an override leads to the command, and overrides nothing.</summary>
public class AskedOverrideTests
{
    private static readonly OverrideRule Incident = new() { Name = "incident", Users = ["carol"], Teams = ["acme/leads"] };

    private readonly Rig _rig = new()
    {
        Configuration = SomeEvidence.Configuration with { ServerRules = RuleFile.Empty with { Overrides = [Incident] } },
    };

    private GitOpsGate.Ports.Record Last => _rig.Memory.Records[^1];

    [Fact]
    public async Task The_answer_names_the_command_and_who_may_and_nothing_is_overridden()
    {
        await PressAsync("carol");
        Assert.Equal(Verdict.Held, Last.Ruling!.Verdict);
        Assert.Null(Last.Ruling.Override);
        var answer = Assert.Single(Last.Obligations.OfType<Obligation.Answer>());
        Assert.Contains("`/gate override REASON`", answer.Markdown, StringComparison.Ordinal);
        Assert.Contains("`carol` or team `acme/leads`", answer.Markdown, StringComparison.Ordinal);
        Assert.Contains($"`{SomeEvidence.Head.Short}`", answer.Markdown, StringComparison.Ordinal);
        var entry = Assert.Single(Last.Entries, entry => entry.Type == AuditTypes.OverrideRequested);
        Assert.Equal(AuditOutcome.Pending, entry.Outcome);
        Assert.Equal("button", ((AuditValue.Text)entry.Attributes["how"]).Value);
        Assert.NotNull(entry.Actor);
        Assert.DoesNotContain(Last.Entries, one => one.Type == AuditTypes.OverrideUsed);
    }

    [Fact]
    public async Task Pressing_again_is_answered_by_the_same_answer_and_another_head_by_a_new_one()
    {
        await PressAsync("carol");
        var first = Assert.Single(Last.Obligations.OfType<Obligation.Answer>()).Key;
        await PressAsync("carol");
        Assert.Equal(first, Assert.Single(Last.Obligations.OfType<Obligation.Answer>()).Key);
        await PressAsync("bob");
        Assert.NotEqual(first, Assert.Single(Last.Obligations.OfType<Obligation.Answer>()).Key);
    }

    [Fact]
    public async Task Presses_of_one_batch_are_all_answered()
    {
        await _rig.TellAsync(Press("carol"), Press("bob"), new Reading.Concerns([new Concern.Change(SomeEvidence.Change.Key)], Trigger.Change));
        Assert.Equal(2, Last.Obligations.OfType<Obligation.Answer>().Count());
        Assert.Equal(2, Last.Entries.Count(entry => entry.Type == AuditTypes.OverrideRequested));
    }

    [Fact]
    public async Task A_press_that_names_only_the_commit_is_answered_where_it_is_the_head()
    {
        await PressAsync("carol");
        var ask = new OverrideAsk(SomeEvidence.Person("bob"), SomeEvidence.Noon);
        await _rig.TellAsync(new Reading.Concerns([new Concern.AtCommit(SomeEvidence.Shop, SomeEvidence.Head) { Asked = ask }], Trigger.Change));
        Assert.Contains("`bob`", Assert.Single(Last.Obligations.OfType<Obligation.Answer>()).Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_may_or_nothing_is_to_be_overridden_the_answer_says_so()
    {
        var nobody = new Rig();
        await nobody.TellAsync(Press("carol"));
        Assert.Contains("nobody may override here", Assert.Single(nobody.Memory.Records[^1].Obligations.OfType<Obligation.Answer>()).Markdown, StringComparison.Ordinal);
        _rig.Approve();
        await PressAsync("carol");
        Assert.Contains("nothing has to be overridden", Assert.Single(Last.Obligations.OfType<Obligation.Answer>()).Markdown, StringComparison.Ordinal);
    }

    private Task PressAsync(string by) => _rig.TellAsync(Press(by));

    private static Reading.Concerns Press(string by) => new(
        [new Concern.Change(SomeEvidence.Change.Key) { Asked = [new OverrideAsk(SomeEvidence.Person(by), SomeEvidence.Noon)] }], Trigger.Change);
}
