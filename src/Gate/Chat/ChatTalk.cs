using System.Collections.Immutable;
using GitOpsGate.Facts;

namespace GitOpsGate.Chat;

/// <summary>A comment with commands, and what the gate knows of when it was written.</summary>
/// <param name="IsNew">Whether no earlier ruling has seen it: only then its hold, release and questions are taken.</param>
public sealed record SaidComment(ChatComment What, SeenComment Known, bool IsNew);

/// <summary>What was said to the gate about a revision. Pure.</summary>
/// <param name="Comments">Oldest first.</param>
public sealed record ChatTalk(ImmutableArray<SaidComment> Comments)
{
    /// <summary>The comments of the evidence, each with the head that it was written on.</summary>
    public static ChatTalk Of(Evidence evidence)
    {
        var seen = evidence.Chat.Seen.ToDictionary(known => known.Comment, StringComparer.Ordinal);
        return new ChatTalk(
        [
            .. ChatCommands.Read(evidence.Comments).Select(said => seen.TryGetValue(said.Id, out var known)
                ? new SaidComment(said, known, IsNew: false)
                : new SaidComment(said, FirstSeen(said, evidence), IsNew: true)),
        ]);
    }

    /// <summary>What the next ruling is to know of these comments, and of what the earlier ones left.</summary>
    public ImmutableArray<SeenComment> Remembered(ImmutableArray<SeenComment> before)
    {
        // Those that are not there at the moment are kept too: a deleted comment may come back in an answer that is late.
        var there = Comments.Select(said => said.What.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. before.Where(known => !there.Contains(known.Comment)).TakeLast(ChatCommands.MostComments),
            .. Comments.Select(said => said.Known),
        ];
    }

    /// <summary>
    /// A comment names no commit, and whoever can push can do so right after it. It was written on the head only if the gate's latest
    /// ruling, which did not know the comment, was about this head and branch already, and if the forge dates it later than the gate's
    /// first look. The one does not depend on anybody's clock, the other not on how soon the forge lists a comment: both would have to
    /// be wrong. An edited comment proves nothing: its text may be younger than its date.
    /// </summary>
    private static SeenComment FirstSeen(ChatComment said, Evidence evidence)
    {
        var isOnHead = !said.Comment.IsEdited && evidence.HeadSince is { } since && said.At > since;
        return new SeenComment(said.Id, isOnHead ? evidence.Change.Head : default, evidence.Change.TargetBranch);
    }
}
