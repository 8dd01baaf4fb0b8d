using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Chat;

/// <summary>Break-glass: only for whom the server names, only for the head that was there, and never in silence.</summary>
public class OverrideTests
{
    private const string Errored = "{version: 1, approvals: [{name: prod}], policies: [{name: k8s, bundle: shipped, package: nothing}]}";
    private const string Reason = "/gate override the shop is down and this brings it back";

    private static readonly OverrideRule Incident = new() { Name = "incident", Users = ["oscar", "alice"] };

    [Fact]
    public async Task An_override_allows_the_head_and_hides_nothing()
    {
        var talk = new Conversation(overrides: Incident);
        await talk.LookAsync();
        var answer = await talk.SayAsync("oscar", Reason);
        var ruling = talk.Ruling;
        Assert.Equal(Verdict.Allowed, ruling.Verdict);
        Assert.Equal("gate/override", ruling.Findings[0].Rule);
        Assert.Contains("`oscar` overrides 1 finding by rule `incident`: the shop is down", ruling.Summary, StringComparison.Ordinal);
        var pending = Assert.Single(ruling.Findings, finding => finding.Rule == "approval/prod");
        Assert.Equal((Verdict.Held, "oscar"), (pending.Weight, pending.OverriddenBy));
        Assert.Empty(ruling.WayToGreen);
        Assert.Contains("| overridden |", CommentText.Of(ruling, ""), StringComparison.Ordinal);
        Assert.Contains("for `aaaaaaaaaaaa` alone", answer, StringComparison.Ordinal);
        var entry = Assert.Single(talk.Entries, entry => entry.Type == AuditTypes.OverrideUsed);
        Assert.Equal(["override"], entry.Populations);
        Assert.DoesNotContain("reason", entry.Attributes.Keys);
        var reason = Assert.Single(entry.Personal, one => one.Name == PersonalText.Reason);
        Assert.Equal((entry.Actor!.Reference, "the shop is down and this brings it back"), (reason.Subject, reason.Text));
        Assert.Equal("oscar", Assert.Single(entry.Personal, one => one.Name == PersonalText.Actor).Text);
        await talk.LookAsync();
        Assert.Equal(Verdict.Allowed, talk.Verdict);
        Assert.DoesNotContain(talk.Entries, entry => entry.Type == AuditTypes.OverrideUsed);
    }

    [Theory]
    [InlineData("bob", Reason, "not among those who may override: `oscar` or `alice`")]
    [InlineData("alice", Reason, "is the change's author")]
    [InlineData("oscar", "/gate override now", "asks for a reason of at least 10 characters")]
    [InlineData("oscar", "/gate override", "asks for a reason of at least 10 characters")]
    public async Task An_override_is_refused_with_what_would_be_right_and_goes_on_record(string by, string body, string why)
    {
        var talk = new Conversation(overrides: Incident);
        await talk.LookAsync();
        Assert.Contains(why, await talk.SayAsync(by, body), StringComparison.Ordinal);
        Assert.Equal(Verdict.Held, talk.Verdict);
        var entry = Assert.Single(talk.Entries, entry => entry.Type == AuditTypes.OverrideRequested);
        Assert.Equal(AuditOutcome.Deny, entry.Outcome);
    }

    [Fact]
    public async Task Without_a_rule_of_the_server_nobody_overrides()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        Assert.Contains("below `rules` of `gate.yaml`", await talk.SayAsync("oscar", Reason), StringComparison.Ordinal);
        Assert.Equal(Verdict.Held, talk.Verdict);
    }

    [Fact]
    public async Task A_rule_for_other_branches_lets_nobody_override()
    {
        var talk = new Conversation(overrides: Incident with { When = new RuleScope { Branches = ["release/*"] } });
        await talk.LookAsync();
        Assert.Contains("nobody may override here", await talk.SayAsync("oscar", Reason), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_contributor_does_not_override()
    {
        var talk = new Conversation(overrides: Incident);
        talk.Memory.World = talk.Memory.World with
        {
            Content = talk.Memory.World.Content with { Commits = [SomeEvidence.Commit(SomeEvidence.Head, "oscar")] },
        };
        await talk.LookAsync();
        Assert.Contains("contributed commit", await talk.SayAsync("oscar", Reason), StringComparison.Ordinal);
        Assert.Equal(Verdict.Held, talk.Verdict);
    }

    [Fact]
    public async Task A_push_ends_an_override_and_so_do_another_branch_and_taking_the_comment_back()
    {
        Action<Conversation, string>[] ends =
        [
            (talk, _) => talk.Push(SomeEvidence.Old), (talk, _) => talk.Retarget("production"), (talk, id) => talk.Delete(id),
            (talk, id) => talk.Edit(id, Reason),
        ];
        foreach (var end in ends)
        {
            var talk = new Conversation(overrides: Incident);
            await talk.LookAsync();
            var id = talk.Write("oscar", Reason);
            Assert.Equal(Verdict.Allowed, await talk.LookAsync());
            end(talk, id);
            Assert.Equal(Verdict.Held, await talk.LookAsync());
            Assert.Null(talk.Ruling.Override);
        }
    }

    [Fact]
    public async Task A_push_right_after_the_comment_is_not_overridden()
    {
        var talk = new Conversation(overrides: Incident);
        await talk.LookAsync();
        talk.Write("oscar", Reason);
        talk.Push(SomeEvidence.Old);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Contains("was written before the gate saw the head", Assert.Single(talk.Answers), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, Verdict.Errored)]
    [InlineData(true, Verdict.Allowed)]
    public async Task What_could_not_be_judged_is_let_through_only_where_the_rule_says_so(bool evenErrored, Verdict verdict)
    {
        var talk = new Conversation(Errored, Incident with { EvenErrored = evenErrored });
        Assert.Equal(Verdict.Errored, await talk.LookAsync());
        var answer = await talk.SayAsync("oscar", Reason);
        Assert.Equal(verdict, talk.Verdict);
        Assert.Equal(!evenErrored, answer.Contains("and the change still is not", StringComparison.Ordinal));
        Assert.DoesNotContain(talk.Ruling.WayToGreen, step => step.Contains("more approval", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_override_covers_the_holds_before_it_and_a_later_hold_stops_it()
    {
        var talk = new Conversation(overrides: Incident);
        await talk.SayAsync("bob", "/gate hold");
        await talk.SayAsync("oscar", Reason);
        Assert.Equal((Verdict.Allowed, 2), (talk.Verdict, talk.Ruling.Override!.Findings));
        await talk.SayAsync("bob", "/gate hold wait");
        Assert.Equal(Verdict.Held, talk.Verdict);
        await talk.SayAsync("bob", "/gate release");
        Assert.Equal(Verdict.Allowed, talk.Verdict);
    }

    [Fact]
    public async Task A_change_that_is_allowed_anyway_is_not_said_to_be_overridden()
    {
        var talk = new Conversation(overrides: Incident);
        talk.Review("bob", Changes.ReviewState.Approved);
        await talk.LookAsync();
        Assert.Contains("nothing has to be overridden", await talk.SayAsync("oscar", Reason), StringComparison.Ordinal);
        Assert.Null(talk.Ruling.Override);
    }
}
