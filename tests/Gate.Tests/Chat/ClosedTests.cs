using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Chat;

/// <summary>Commands on a change request that is closed or merged: answered in one line, and nothing is done.</summary>
public class ClosedTests
{
    [Theory]
    [InlineData(ChangeState.Closed, "the change is closed, and nothing is done")]
    [InlineData(ChangeState.Merged, "the change is merged, and nothing is done")]
    public async Task Each_comment_is_answered_that_no_ruling_has_seen(ChangeState state, string says)
    {
        var talk = new Conversation();
        await talk.SayAsync("bob", "/gate explain");
        End(talk, state);
        var late = talk.Write("bob", "/gate hold wait for me\n/gate explain");
        talk.Write("carol", "no command");
        await LookAsync(talk);
        var answer = Assert.Single(talk.Memory.Records[^1].Obligations.OfType<Obligation.Answer>());
        Assert.Equal($"closed-{late}", answer.Comment);
        Assert.StartsWith($"`/gate hold` of `bob`: {says}", answer.Markdown, StringComparison.Ordinal);
        Assert.Single(answer.Markdown.Trim().Split('\n'));
        Assert.Null(talk.Memory.Records[^1].Ruling);

        // Looked at again, the same answer is owed, under the same key.
        await LookAsync(talk);
        Assert.Equal(answer.Key, Assert.Single(talk.Memory.Records[^1].Obligations.OfType<Obligation.Answer>()).Key);
    }

    [Fact]
    public async Task What_was_said_on_a_closed_change_is_read_when_it_is_opened_again()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        End(talk, ChangeState.Closed);
        talk.Write("bob", "/gate hold wait for me");
        await LookAsync(talk);
        End(talk, ChangeState.Open);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Contains("`/gate hold`", Assert.Single(talk.Answers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_on_which_the_gate_never_ruled_is_not_spoken_on()
    {
        var talk = new Conversation();
        End(talk, ChangeState.Closed);
        talk.Write("bob", "/gate explain");
        await LookAsync(talk);
        Assert.Empty(talk.Memory.Records[^1].Obligations);
    }

    private static void End(Conversation talk, ChangeState state) =>
        talk.Memory.World = talk.Memory.World with { Change = talk.Memory.World.Change with { State = state } };

    private static Task LookAsync(Conversation talk) => talk.ToldAsync();
}
