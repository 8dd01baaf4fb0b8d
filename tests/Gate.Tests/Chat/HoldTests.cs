using GitOpsGate.Audit;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Chat;

/// <summary>Holds: placed by whoever has a say, and ended by nothing but a release.</summary>
public class HoldTests
{
    [Theory]
    [InlineData("alice")]
    [InlineData("bob")]
    public async Task The_author_and_approvers_hold_a_change_and_say_why(string by)
    {
        var talk = await ApprovedAsync();
        await talk.SayAsync(by, "/gate hold the database moves tonight");
        Assert.Equal(Verdict.Held, talk.Verdict);
        var finding = Assert.Single(talk.Ruling.Findings, finding => finding.Rule == "gate/hold");
        Assert.Contains($"`{by}` holds the change: the database moves tonight", finding.Message, StringComparison.Ordinal);
        Assert.Contains(finding.Message, talk.Ruling.WayToGreen);
        Assert.Contains(talk.Entries, entry => entry.Type == AuditTypes.HoldPlaced && entry.Actor is not null);
        talk.Push(SomeEvidence.Old);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Contains(talk.Ruling.Findings, found => found.Rule == "gate/hold");
    }

    [Fact]
    public async Task Strangers_hold_nothing()
    {
        var talk = await ApprovedAsync();
        Assert.Contains("can hold it", await talk.SayAsync("mallory", "/gate hold"), StringComparison.Ordinal);
        Assert.Equal(Verdict.Allowed, talk.Verdict);
    }

    [Fact]
    public async Task Neither_deleting_nor_editing_the_comment_ends_a_hold()
    {
        var talk = await ApprovedAsync();
        var hold = talk.Write("bob", "/gate hold");
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        talk.Edit(hold, "never mind");
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        talk.Delete(hold);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Contains("no hold stands", await talk.SayAsync("bob", "/gate release"), StringComparison.Ordinal);
        Assert.Equal(Verdict.Allowed, talk.Verdict);
        Assert.Contains(talk.Entries, entry => entry.Type == AuditTypes.HoldReleased);
    }

    [Fact]
    public async Task A_hold_that_was_released_does_not_come_back_when_the_release_is_deleted()
    {
        var talk = await ApprovedAsync();
        talk.Write("bob", "/gate hold");
        await talk.LookAsync();
        var release = talk.Write("bob", "/gate release");
        Assert.Equal(Verdict.Allowed, await talk.LookAsync());
        talk.Delete(release);
        Assert.Equal(Verdict.Allowed, await talk.LookAsync());
    }

    [Fact]
    public async Task An_approver_ends_any_hold_and_others_only_their_own()
    {
        var talk = await ApprovedAsync();
        await talk.SayAsync("bob", "/gate hold");
        Assert.Contains("the hold of `bob` is ended by whoever placed it", await talk.SayAsync("alice", "/gate release"), StringComparison.Ordinal);
        Assert.Equal(Verdict.Held, talk.Verdict);
        await talk.SayAsync("alice", "/gate hold");
        Assert.Contains("still held by `bob`", await talk.SayAsync("alice", "/gate release"), StringComparison.Ordinal);
        Assert.Contains("no hold stands", await talk.SayAsync("carol", "/gate release"), StringComparison.Ordinal);
        Assert.Equal(Verdict.Allowed, talk.Verdict);
        Assert.Contains("there is no hold", await talk.SayAsync("carol", "/gate release"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Holds_and_releases_that_are_seen_together_are_taken_in_their_order()
    {
        var talk = await ApprovedAsync();
        talk.Write("bob", "/gate hold");
        talk.Write("carol", "/gate release\n/gate hold mine");
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Equal("carol", Assert.Single(talk.Ruling.Chat!.Holds).By.Login);
        Assert.Equal(2, talk.Answers.Length);
    }

    [Fact]
    public async Task Many_holds_are_bounded_and_still_hold()
    {
        var talk = await ApprovedAsync();
        for (var number = 0; number < 60; number++) talk.Write("bob", "/gate hold");
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Equal(50, talk.Ruling.Chat!.Holds.Length);
        Assert.Contains(talk.Answers, answer => answer.Contains("there are 50 holds already", StringComparison.Ordinal));
    }

    private static async Task<Conversation> ApprovedAsync()
    {
        var talk = new Conversation("{version: 1, approvals: [{name: prod, dismissOnPush: false, requires: {users: [bob, carol]}}]}");
        talk.Review("carol", Changes.ReviewState.Approved);
        Assert.Equal(Verdict.Allowed, await talk.LookAsync());
        return talk;
    }
}
