using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests;

/// <summary>Answers to comments: once, whatever fails, and never taken for the explanation or for anybody's word.</summary>
public abstract partial class ForgeContract
{
    [Fact]
    public async Task A_comment_is_answered_once_beside_the_explanation_and_the_answer_is_no_evidence()
    {
        await using var stage = await SetAsync();
        var comment = await ExplainAsync(stage, "held", null);
        var first = await ReplyAsync(stage, "17", "to the first");
        Assert.Equal(first, await ReplyAsync(stage, "17", "to the first"));
        Assert.NotEqual(first, await ReplyAsync(stage, "1", "to the second"));
        Assert.Equal(comment, await ExplainAsync(stage, "allowed", null));
        Assert.Equal(3, stage.GateComments().Count);
        Assert.Single(stage.GateComments(), text => text.Contains("to the first", StringComparison.Ordinal));
        Assert.Single(stage.GateComments(), text => text.Contains("allowed", StringComparison.Ordinal));
        Assert.Empty((await stage.Forge.DescribeAsync(stage.Connection, stage.Change, Cancellation))!.Comments);
    }

    [Theory]
    [InlineData(FaultKind.Answer, 503, TroubleKind.Unavailable)]
    [InlineData(FaultKind.Answer, 403, TroubleKind.Forbidden)]
    [InlineData(FaultKind.DropRequest, 0, TroubleKind.Unclear)]
    public async Task Answering_that_failed_writes_nothing_and_can_be_done_again(FaultKind fault, int status, TroubleKind kind)
    {
        await using var stage = await SetAsync();
        AddFault(stage, stage.CommentWrite, fault, status);
        Assert.Equal(kind, (await TroubleAsync(() => ReplyAsync(stage, "17", "so"))).Kind);
        Assert.Empty(stage.GateComments());
        await ReplyAsync(stage, "17", "so");
        Assert.Single(stage.GateComments());
    }

    [Theory]
    [InlineData(FaultKind.DropAnswer)]
    [InlineData(FaultKind.HoldAnswer)]
    public async Task Answering_that_failed_but_happened_is_unclear_and_leaves_one_answer(FaultKind fault)
    {
        await using var stage = await SetAsync();
        AddFault(stage, stage.CommentWrite, fault, 0);
        Assert.Equal(TroubleKind.Unclear, (await TroubleAsync(() => ReplyAsync(stage, "17", "so"))).Kind);
        await ReplyAsync(stage, "17", "so");
        Assert.Single(stage.GateComments());
    }

    private static Task<string> ReplyAsync(ForgeStage stage, string comment, string markdown) =>
        stage.Forge.ReplyAsync(stage.Connection, stage.Change, comment, markdown, Cancellation);
}
