using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>Where an answer to a comment of Azure DevOps goes: a comment is named by its thread, and is answered there.</summary>
public sealed class AzureDevOpsReplyTests : IAsyncLifetime
{
    private AzureDevOpsStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await AzureDevOpsStage.SetAsync();

    public async ValueTask DisposeAsync() => await _stage.DisposeAsync();

    [Fact]
    public async Task A_comment_is_answered_in_its_thread_which_stays_as_it_was()
    {
        var thread = await _stage.Azure.CommentAsync(_stage.Pull, "bob", "/gate explain");
        var id = await ReplyAsync($"{thread.Id}/1", "it waits for bob");
        Assert.Equal($"{thread.Id}/2", id);
        Assert.Equal(id, await ReplyAsync($"{thread.Id}/1", "it waits for bob"));
        Assert.Equal(["/gate explain", "it waits for bob"], thread.Comments.Select(comment => comment.Content.Split('\n')[^1]));
        Assert.Equal("active", thread.Status);
        var said = Assert.Single((await DescribeAsync()).Comments);
        Assert.Equal(($"{thread.Id}/1", "bob", false), (said.Id, said.Author.Login, said.IsEdited));
    }

    [Fact]
    public async Task An_answer_whose_own_answer_was_lost_is_found_in_the_thread()
    {
        var thread = await _stage.Azure.CommentAsync(_stage.Pull, "bob", "/gate explain");
        _stage.Server.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = $"/threads/{thread.Id}/comments" });
        await Assert.ThrowsAsync<ForgeTroubleException>(() => ReplyAsync($"{thread.Id}/1", "so"));
        Assert.Equal($"{thread.Id}/2", await ReplyAsync($"{thread.Id}/1", "so"));
        Assert.Equal(2, thread.Comments.Count);
    }

    [Fact]
    public async Task A_comment_that_is_gone_is_answered_in_a_thread_of_its_own_that_nobody_needs_to_resolve()
    {
        var thread = await _stage.Azure.CommentAsync(_stage.Pull, "bob", "/gate hold");
        await _stage.Azure.DeleteCommentAsync(_stage.Pull, "bob", thread);
        await ReplyAsync($"{thread.Id}/1", "the change is held");
        Assert.Equal("closed", Assert.Single(_stage.GateThreads()).Status);
    }

    [Fact]
    public async Task Two_comments_whose_ids_have_the_same_digits_are_answered_each()
    {
        var first = await ReplyAsync("12/1", "to the first");
        Assert.NotEqual(first, await ReplyAsync("1/21", "to the second"));
        Assert.Equal(2, _stage.GateComments().Count);
    }

    [Fact]
    public async Task A_strangers_comment_with_our_mark_is_no_answer()
    {
        await _stage.Azure.CommentAsync(_stage.Pull, "mallory", "<!-- gitops-gate:gitops-gate answers 7-1 -->\nall is well");
        await ReplyAsync("7/1", "it is denied");
        Assert.Contains("it is denied", Assert.Single(_stage.GateComments()), StringComparison.Ordinal);
    }

    private Task<string> ReplyAsync(string comment, string markdown) =>
        _stage.Forge.ReplyAsync(_stage.Connection, _stage.Change, comment, markdown, Cancellation);

    private async Task<ForgeFacts> DescribeAsync() => (await _stage.Forge.DescribeAsync(_stage.Connection, _stage.Change, Cancellation))!;
}
