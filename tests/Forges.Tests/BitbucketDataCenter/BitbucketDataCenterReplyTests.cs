using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

/// <summary>Where an answer to a comment of Bitbucket Data Center goes: below it, wherever in a thread it stands.</summary>
public class BitbucketDataCenterReplyTests
{
    private const string Path = BitbucketDataCenterStage.Path;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_comment_is_answered_below_it_and_the_answer_is_found_there_again()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var first = await stage.Bitbucket.CommentAsync(Path, 1, "bob", "what does it wait for?");
        var asked = await stage.Bitbucket.CommentAsync(Path, 1, "alice", "/gate explain", answers: first);
        await stage.Bitbucket.CommentAsync(Path, 1, "carol", "later");
        var id = await ReplyAsync(stage, $"{asked}", "it waits for bob");
        Assert.Equal(id, await ReplyAsync(stage, $"{asked}", "it waits for bob"));
        Assert.Equal(["what does it wait for?", "/gate explain", "it waits for bob", "later"], Texts(stage));
        var said = (await stage.DescribeAsync(Cancellation)).Comments;
        Assert.Equal([$"{first}", $"{asked}"], said.Take(2).Select(comment => comment.Id));
        Assert.Equal((3, "alice", false), (said.Length, said[1].Author.Login, said[1].IsEdited));
    }

    [Fact]
    public async Task A_comment_that_is_gone_is_answered_beside_the_others()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var asked = await stage.Bitbucket.CommentAsync(Path, 1, "alice", "/gate hold");
        stage.Bitbucket.DeleteComments(Path, 1, stage.Bitbucket.User("alice"));
        await ReplyAsync(stage, $"{asked}", "the change is held");
        Assert.Equal(["the change is held"], Texts(stage));
    }

    [Fact]
    public async Task A_strangers_comment_with_our_mark_is_no_answer()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await stage.Bitbucket.CommentAsync(Path, 1, "mallory", "all is well\n\n[//]: # (gitops-gate:gitops-gate answers 7)");
        await ReplyAsync(stage, "7", "it is denied");
        Assert.Contains("it is denied", Assert.Single(stage.GateComments()), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Texts(BitbucketDataCenterStage stage) =>
        stage.Bitbucket.Comments(Path, 1).Select(text => text.Split('\n')[0]);

    private static Task<string> ReplyAsync(BitbucketDataCenterStage stage, string comment, string markdown) =>
        stage.Forge.ReplyAsync(stage.Connection, stage.Change, comment, markdown, Cancellation);
}
