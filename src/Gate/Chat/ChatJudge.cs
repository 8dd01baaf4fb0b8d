using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;

namespace GitOpsGate.Chat;

/// <summary>
/// What the commands in comments make of a ruling: holds, an override, and what is answered. What stands is told from the evidence alone,
/// so the same evidence always gives the same. Pure; one instance for one revision.
/// </summary>
internal sealed class ChatJudge
{
    private readonly Evidence _evidence;
    private readonly RuleSet _rules;
    private readonly ChatTalk _talk;
    private readonly HoldJudge _holds;
    private readonly OverrideJudge _overrides;
    private readonly Dictionary<ChatCommand, string> _said = new(ReferenceEqualityComparer.Instance);

    public ChatJudge(RuleSet rules, Evidence evidence)
    {
        (_rules, _evidence, _talk) = (rules, evidence, ChatTalk.Of(evidence));
        var approvers = new Approvers(evidence);
        _holds = new HoldJudge(rules.Approvals, evidence, approvers);
        _overrides = new OverrideJudge(rules.Overrides, evidence, approvers);
        foreach (var said in _talk.Comments.Where(said => said is { IsNew: true, What.Comment.IsEdited: false })) Take(said.What);
    }

    /// <summary>What the next ruling is to know; null when nothing was ever said.</summary>
    public ChatMemory? Memory
    {
        get
        {
            var memory = new ChatMemory { Seen = _talk.Remembered(_evidence.Chat.Seen), Holds = _holds.Standing };
            return memory.Seen.Length + memory.Holds.Length > 0 ? memory : null;
        }
    }

    /// <summary>
    /// The findings with those of holds, and with an override where there is one. A hold that was placed after the override stands: that is
    /// how an override is stopped.
    /// </summary>
    public ImmutableArray<Finding> Apply(IReadOnlyList<Finding> findings, out OverrideUse? use)
    {
        var found = (
            from said in _talk.Comments.Reverse()
            where !said.What.Comment.IsEdited
            from command in said.What.Commands
            where command.Word == ChatWord.Override
            let rule = _overrides.Ask(said, command).Rule
            where rule is not null
            select (said.What, Command: command, Rule: rule)).FirstOrDefault();
        use = null;
        if (found.Rule is null) return [.. findings, .. _holds.Standing.Select(HoldJudge.Found)];
        var later = _holds.Standing.Where(hold => hold.At >= found.What.At).ToArray();
        Finding[] before = [.. findings, .. _holds.Standing.Except(later).Select(HoldJudge.Found)];
        return [.. OverrideJudge.Apply(before, found.What, found.Command, found.Rule, out use), .. later.Select(HoldJudge.Found)];
    }

    /// <summary>What is to be answered and recorded.</summary>
    /// <param name="ruling">The ruling, complete.</param>
    public ChatOutcome Outcome(Ruling ruling)
    {
        var fresh = _talk.Comments.Where(said => said.IsNew).ToArray();
        var counted = fresh.Where(said => !said.What.Comment.IsEdited).ToArray();
        return new ChatOutcome
        {
            Answers = [.. fresh.Select(said => new ChatAnswer(said.What.Id, said.What.By, [.. LinesOf(said, ruling)]))],
            MayOverride = _overrides.Everybody,
            Placed = [.. _holds.Placed],
            Released = [.. _holds.Released],
            Refused =
            [
                .. from said in counted
                   from command in said.What.Commands
                   where command.Word == ChatWord.Override
                   let asked = _overrides.Ask(said, command)
                   where asked.Rule is null
                   select new RefusedOverride(said.What.By, said.What.At, asked.Why),
            ],
            IsToldAgain = counted.Any(said => said.What.Commands.Any(command => command.Word == ChatWord.Retry)),
        };
    }

    private void Take(ChatComment said)
    {
        foreach (var command in said.Commands)
        {
            if (command.Word == ChatWord.Hold) _said[command] = _holds.Place(said, command);
            if (command.Word == ChatWord.Release) _said[command] = _holds.Release(said);
        }
    }

    private IEnumerable<ChatLine> LinesOf(SaidComment said, Ruling ruling)
    {
        if (said.What.Comment.IsEdited)
        {
            yield return new ChatLine(
                said.What.Commands[0].Name, "the comment was edited, and an edited comment is no command; a new comment would be right");
            yield break;
        }

        foreach (var command in said.What.Commands) yield return LineOf(said, command, ruling);
        if (!said.What.HasMore) yield break;
        yield return new ChatLine("/gate", $"one comment has at most {ChatCommands.MostInOne} commands; the others were not read");
    }

    private ChatLine LineOf(SaidComment said, ChatCommand command, Ruling ruling) => command.Word switch
    {
        ChatWord.Unknown => new(command.Name, $"the gate knows {Words.List(ChatCommands.Known.Select(known => known.Text), "and", most: 10)}"),
        ChatWord.Approve => new(command.Name, ApprovalWords.Of(_rules, ruling, said.What.By)),
        ChatWord.Hold or ChatWord.Release => new(command.Name, _said[command]),
        ChatWord.Explain => new(command.Name, ruling.Summary, Explains: true),
        ChatWord.Retry => new(command.Name, $"judged again: {ruling.Summary}"),
        ChatWord.Override => new(command.Name, Overridden(said, command, ruling)),
    };

    private string Overridden(SaidComment said, ChatCommand command, Ruling ruling)
    {
        if (_overrides.Ask(said, command) is { Rule: null, Why: var why }) return why;
        var head = ruling.Revision.Head.Short;
        if (ruling.Override is not { } use) return $"nothing has to be overridden for `{head}` at the moment; it will be, if that changes";
        var rest = ruling.Verdict == Verdict.Allowed ? "" : $", and the change still is not: {ruling.Summary}";
        return $"{Words.Count(use.Findings, "finding")} overridden by rule `{use.Rule}`, for `{head}` alone{rest}; "
            + "a push ends it, and so does deleting the comment";
    }
}
