using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;

namespace GitOpsGate.Chat;

/// <summary>
/// Answers commands on a change request that is closed or merged: nothing is done. They are remembered by nobody, so what was said on a
/// closed one is read when it is opened again. Pure.
/// </summary>
internal static class ClosedTalk
{
    /// <summary>How many comments are answered: the newest that no ruling has seen.</summary>
    private const int Most = 20;

    /// <summary>An answer for each comment with commands that the last ruling had not seen; asked again, the answers are the same.</summary>
    /// <param name="last">The last ruling before it ended; without one the gate had no word to say on it.</param>
    public static IEnumerable<Obligation.Answer> Answers(ChangeRequest change, ImmutableArray<Comment> comments, Ruling? last)
    {
        if (last is null) return [];
        var seen = (last.Chat ?? ChatMemory.Empty).Seen.Select(known => known.Comment).ToHashSet(StringComparer.Ordinal);
        var state = change.State == ChangeState.Merged
            ? "the change is merged, and nothing is done"
            : "the change is closed, and nothing is done; it is read once the change is open again";
        return
            from said in ChatCommands.Read(comments).Where(said => !said.Comment.IsEdited && !seen.Contains(said.Id)).TakeLast(Most)
            let line = $"`{said.Commands[0].Name}` of `{Words.Plain(said.By.Login)}`: {state}"
            // Should it be opened again, the same comment is answered once more, and by another name.
            select new Obligation.Answer(last.Id, change.Key, $"closed-{said.Id}", CommentText.Line(line) + "\n");
    }
}
