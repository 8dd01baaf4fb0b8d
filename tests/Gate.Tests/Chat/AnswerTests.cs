using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Facts;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Chat;

/// <summary>Each comment with a command is answered once, with the ruling that it led to.</summary>
public class AnswerTests
{
    [Fact]
    public async Task An_explanation_is_the_rulings_own()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        var answer = await talk.SayAsync("mallory", "/gate explain");
        Assert.StartsWith("`/gate explain` of `mallory`: waiting: ", answer, StringComparison.Ordinal);
        Assert.EndsWith(CommentText.Of(talk.Ruling, $"https://gate.example.org/rulings/{talk.Ruling.Id}"), answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_reports_again_though_nothing_changed()
    {
        var talk = new Conversation();
        await talk.LookAsync();
        await talk.LookAsync();
        Assert.Empty(talk.Memory.Records[^1].Obligations);
        Assert.Contains("judged again: waiting: ", await talk.SayAsync("mallory", "/gate retry"), StringComparison.Ordinal);
        Assert.Single(talk.Memory.Records[^1].Obligations.OfType<Obligation.ReportStatus>());
        Assert.Single(talk.Memory.Records[^1].Obligations.OfType<Obligation.Explain>());
        await talk.LookAsync();
        Assert.Empty(talk.Memory.Records[^1].Obligations);
    }

    [Fact]
    public async Task An_answer_is_named_by_its_comment_and_replaces_no_other()
    {
        var talk = new Conversation();
        var (one, two) = (talk.Write("bob", "/gate explain"), talk.Write("bob", "/gate explain"));
        await talk.LookAsync();
        var owed = talk.Memory.Records[^1].Obligations.OfType<Obligation.Answer>().ToArray();
        Assert.Equal([$"answer:forge:acme/shop#7:{one}", $"answer:forge:acme/shop#7:{two}"], owed.Select(answer => answer.Key));
        Assert.Equal(2, owed.Select(answer => answer.Lane).Distinct().Count());
    }

    [Fact]
    public async Task A_word_that_is_not_known_is_answered_with_those_that_are() => Assert.Contains(
        "the gate knows `approve`, `hold`, `release`, `explain`, `retry` and `override`",
        await new Conversation().SayAsync("bob", "/gate aprove"), StringComparison.Ordinal);

    [Fact]
    public async Task What_strangers_write_stays_text_in_the_answer()
    {
        var talk = new Conversation();
        var answer = await talk.SayAsync("bob", "/gate hold @everyone [x](https://evil.example) <img src=x> `/gate approve`");
        Assert.DoesNotContain("@everyone", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(ChatCommands.Read([new Comment("9", SomeEvidence.Person("gate"), answer, SomeEvidence.Noon, false)]), _ => true);
        Assert.DoesNotContain("@everyone", CommentText.Of(talk.Ruling, ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_evidence_gives_the_same_ruling_answers_and_memory()
    {
        var evidence = SomeEvidence.Ordinary(Conversation.ByComment) with
        {
            HeadSince = SomeEvidence.Noon,
            Comments =
            [
                Said("1", "bob", "/gate approve", 1), Said("2", "carol", "/gate hold", 2), Said("10", "carol", "/gate release", 3),
                Said("11", "mallory", "/gate explain", 3),
            ],
            Chat = new ChatMemory { Seen = [new SeenComment("2", SomeEvidence.Head, "main")] },
        };
        var (one, other) = (await JudgeAsync(evidence), await JudgeAsync(evidence with { Comments = [.. evidence.Comments.Reverse()] }));
        Assert.Equal(Verdict.Allowed, one.Ruling.Verdict);
        Assert.Equal(["1", "10", "11"], one.Chat.Answers.Select(answer => answer.Comment));
        Assert.Equal(
            one.Chat.Answers.Select(answer => ChatText.Of(answer, one.Ruling, "")),
            other.Chat.Answers.Select(answer => ChatText.Of(answer, other.Ruling, "")));
        Assert.Equal(one.Ruling.Chat!.Seen.AsEnumerable(), other.Ruling.Chat!.Seen);
    }

    [Fact]
    public void A_comment_that_slips_out_of_sight_and_back_is_not_taken_for_new()
    {
        var comments = Enumerable.Range(1, 201).Select(number => Said($"{number}", "bob", "/gate hold", number)).ToImmutableArray();
        var first = ChatTalk.Of(SomeEvidence.Ordinary() with { Comments = [.. comments.Take(200)] });
        var second = SomeEvidence.Ordinary() with { Comments = comments, Chat = new ChatMemory { Seen = first.Remembered([]) } };
        Assert.Equal("201", Assert.Single(ChatTalk.Of(second).Comments, said => said.IsNew).What.Id);
        var memory = new ChatMemory { Seen = ChatTalk.Of(second).Remembered(second.Chat.Seen) };
        var third = SomeEvidence.Ordinary() with { Comments = comments.RemoveAt(5), Chat = memory };
        Assert.DoesNotContain(ChatTalk.Of(third).Comments, said => said.IsNew);
    }

    private static Comment Said(string id, string by, string body, int minute) =>
        new(id, SomeEvidence.Person(by), body, SomeEvidence.Noon.AddMinutes(minute), false);

    private static Task<Judgement> JudgeAsync(Evidence evidence) => new Judge(SomeEvidence.Configuration, new TableEngine())
        .JudgeAsync(evidence, default, SomeEvidence.Noon.AddHours(1), TestContext.Current.CancellationToken);
}
