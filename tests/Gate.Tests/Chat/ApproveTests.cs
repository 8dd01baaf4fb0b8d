using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Chat;

/// <summary>Approvals in comments: as good as a review where a rule takes them, and never for another head than the one that was there.</summary>
public class ApproveTests
{
    private const string ReviewsOnly = "version: 1\napprovals:\n  - name: prod\n";

    [Fact]
    public async Task A_comment_on_the_head_approves_where_the_rule_takes_comments()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        var answer = await talk.SayAsync("bob", "/gate approve");
        Assert.Equal(Verdict.Allowed, talk.Verdict);
        var given = Assert.Single(talk.Ruling.Requirements[0].Given);
        Assert.Equal(("bob", "comment", SomeEvidence.Head), (given.By.Login, given.Method, given.On));
        Assert.Contains("it counts for rule `prod`, 1 of 1 given", answer, StringComparison.Ordinal);
        Assert.Contains(talk.Entries, entry => entry.Type == AuditTypes.ApprovalGranted && entry.Attributes.ContainsKey("method"));
        Assert.Equal(Verdict.Allowed, await talk.LookAsync());
        Assert.Empty(talk.Answers);
    }

    [Fact]
    public async Task A_rule_takes_reviews_alone_unless_it_says_otherwise_and_the_answer_names_the_line()
    {
        var talk = new Conversation(ReviewsOnly);
        await talk.LookAsync();
        var answer = await talk.SayAsync("bob", "/gate approve");
        Assert.Equal(Verdict.Held, talk.Verdict);
        Assert.Contains("in the rule at line 3 of `.gitopsgate.yaml`", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice", "is the change's author")]
    [InlineData("mallory", "is not among those who may approve")]
    public async Task A_comment_approves_for_nobody_whose_review_would_not(string by, string why)
    {
        var talk = new Conversation();
        await talk.LookAsync();
        var answer = await talk.SayAsync(by, "/gate approve");
        Assert.Equal(Verdict.Held, talk.Verdict);
        Assert.Contains(why, answer.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_who_contributed_does_not_approve_by_comment()
    {
        var talk = new Conversation();
        talk.Memory.World = talk.Memory.World with
        {
            Content = talk.Memory.World.Content with { Commits = [SomeEvidence.Commit(SomeEvidence.Head, "bob")] },
        };
        await talk.LookAsync();
        Assert.Contains("contributed commit", await talk.SayAsync("bob", "/gate approve"), StringComparison.Ordinal);
        Assert.Equal(Verdict.Held, talk.Verdict);
    }

    [Fact]
    public async Task A_comment_that_is_seen_together_with_the_head_may_be_about_an_earlier_one()
    {
        var talk = new Conversation();
        Assert.Contains("before the gate saw the head", await talk.SayAsync("bob", "/gate approve"), StringComparison.Ordinal);
        Assert.Equal(Verdict.Held, talk.Verdict);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        await talk.SayAsync("bob", "/gate approve");
        Assert.Equal(Verdict.Allowed, talk.Verdict);
    }

    [Fact]
    public async Task A_push_right_after_the_comment_is_not_approved_by_it()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        talk.Write("bob", "/gate approve");
        talk.Push(SomeEvidence.Old);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Equal(Verdict.Held, await talk.LookAsync());
    }

    [Fact]
    public async Task A_push_ends_an_approval_that_counted_unless_the_rule_keeps_it()
    {
        foreach (var (rules, after) in new[]
        {
            (Conversation.ByComment, Verdict.Held),
            (Conversation.ByComment.Replace("methods", "dismissOnPush: false, methods", StringComparison.Ordinal), Verdict.Allowed),
        })
        {
            var talk = new Conversation(rules);
            await talk.LookAsync();
            await talk.SayAsync("bob", "/gate approve");
            Assert.Equal(Verdict.Allowed, talk.Verdict);
            talk.Push(SomeEvidence.Old);
            Assert.Equal(after, await talk.LookAsync());
        }
    }

    [Fact]
    public async Task A_head_that_was_pushed_away_and_comes_back_is_not_approved_by_what_was_said_in_between()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        talk.Push(SomeEvidence.Old);
        await talk.LookAsync();
        talk.Write("bob", "/gate approve");
        talk.Push(SomeEvidence.Head);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Equal(Verdict.Held, await talk.LookAsync());
    }

    [Fact]
    public async Task A_comment_that_is_dated_before_the_gates_first_look_is_not_about_the_head_however_late_it_is_listed()
    {
        var talk = new Conversation();
        var id = talk.Write("bob", "/gate approve");
        var late = talk.Memory.World.Comments;
        talk.Delete(id);
        await talk.LookAsync();
        talk.Memory.World = talk.Memory.World with { Comments = late };
        Assert.Equal(Verdict.Held, await talk.LookAsync());
    }

    [Fact]
    public async Task A_whole_commit_id_says_by_itself_what_is_approved()
    {
        var talk = new Conversation();
        await talk.SayAsync("bob", $"/gate approve {SomeEvidence.Head}");
        Assert.Equal(Verdict.Allowed, talk.Verdict);
        talk = new Conversation();
        await talk.LookAsync();
        Assert.Contains("was given for", await talk.SayAsync("bob", $"/gate approve {SomeEvidence.Old}"), StringComparison.Ordinal);
        Assert.Contains("was given for", await talk.SayAsync("bob", $"/gate approve {SomeEvidence.Old.Short}"), StringComparison.Ordinal);
        Assert.Equal(Verdict.Held, talk.Verdict);
    }

    [Fact]
    public async Task The_beginning_of_a_commit_id_proves_nothing_and_can_be_wrong()
    {
        var talk = new Conversation();
        await talk.SayAsync("bob", $"/gate approve {SomeEvidence.Head.Short}");
        Assert.Equal(Verdict.Held, talk.Verdict);
        await talk.SayAsync("bob", $"/gate approve {SomeEvidence.Head.Short}");
        Assert.Equal(Verdict.Allowed, talk.Verdict);
    }

    [Fact]
    public async Task An_edited_comment_never_counts_and_is_answered_once()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        var id = talk.Write("bob", "thank you");
        talk.Edit(id, "/gate approve");
        await talk.LookAsync();
        Assert.Equal(Verdict.Held, talk.Verdict);
        Assert.Contains("the comment was edited", Assert.Single(talk.Answers), StringComparison.Ordinal);
        await talk.LookAsync();
        Assert.Empty(talk.Answers);
    }

    [Fact]
    public async Task An_approval_ends_when_its_comment_is_edited_or_deleted()
    {
        foreach (var isEdited in new[] { true, false })
        {
            var talk = new Conversation();
            await talk.LookAsync();
            var id = talk.Write("bob", "/gate approve");
            Assert.Equal(Verdict.Allowed, await talk.LookAsync());
            if (isEdited) talk.Edit(id, "/gate approve please");
            else talk.Delete(id);
            Assert.Equal(Verdict.Held, await talk.LookAsync());
            Assert.Equal(isEdited, talk.Ruling.Requirements[0].Dismissed.Count == 1);
            Assert.Empty(talk.Answers);
        }
    }

    [Fact]
    public async Task A_comment_that_does_not_count_takes_nothing_from_its_authors_review()
    {
        var talk = new Conversation();
        talk.Review("bob", ReviewState.Approved);
        talk.Write("bob", "/gate approve");
        Assert.Equal(Verdict.Allowed, await talk.LookAsync());
        Assert.Equal("review", Assert.Single(talk.Ruling.Requirements[0].Given).Method);
        Assert.Empty(talk.Ruling.Requirements[0].Dismissed);
        Assert.Contains("your review counts", Assert.Single(talk.Answers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_comment_stands_in_for_a_review_of_an_earlier_head()
    {
        var talk = new Conversation();
        talk.Review("bob", ReviewState.Approved, SomeEvidence.Old);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        await talk.SayAsync("bob", "/gate approve");
        Assert.Equal((Verdict.Allowed, 0), (talk.Verdict, talk.Ruling.Requirements[0].Dismissed.Count));
    }

    [Fact]
    public async Task Whoever_asked_for_changes_takes_that_back_by_a_later_comment_and_the_other_way_round()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        talk.Review("bob", ReviewState.ChangesRequested);
        await talk.LookAsync();
        await talk.SayAsync("bob", "/gate approve");
        Assert.Equal(Verdict.Allowed, talk.Verdict);
        talk.Review("bob", ReviewState.ChangesRequested);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Contains(talk.Ruling.Findings, finding => finding.Rule == "approval/changes-requested");
    }

    [Fact]
    public async Task A_rule_that_takes_comments_alone_counts_no_review()
    {
        var talk = new Conversation(Conversation.ByComment.Replace("review, comment", "comment", StringComparison.Ordinal));
        talk.Review("bob", ReviewState.Approved);
        Assert.Equal(Verdict.Held, await talk.LookAsync());
        Assert.Contains("takes `/gate approve` in a comment", talk.Ruling.Requirements[0].Dismissed[0].Why, StringComparison.Ordinal);
        await talk.SayAsync("bob", "/gate approve");
        Assert.Equal(Verdict.Allowed, talk.Verdict);
    }
}
