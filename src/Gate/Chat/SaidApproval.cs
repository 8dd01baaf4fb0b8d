using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Changes;
using GitOpsGate.Facts;

namespace GitOpsGate.Chat;

/// <summary>Somebody's <c>/gate approve</c>.</summary>
/// <param name="On">The commit that it is known to be about, or none.</param>
/// <param name="WhyStale">Why it is not known to be about the head, or null when it is.</param>
/// <param name="WhyVoid">Why it counts nowhere, or null.</param>
public sealed record SaidApproval(Person By, DateTimeOffset At, CommitId On, string? WhyStale, string? WhyVoid)
{
    private const int ShortestName = 7;
    private const int LongestName = 64;

    /// <summary>The approvals in comments, oldest first.</summary>
    public static ImmutableArray<SaidApproval> Of(Evidence evidence) =>
    [
        .. from said in ChatTalk.Of(evidence).Comments
           from command in said.What.Commands
           where command.Word == ChatWord.Approve
           select Of(said, NamedBy(command), evidence.Change.Head),
    ];

    // A whole id says by itself what is approved. The beginning of one does not: another commit with the same beginning can be made.
    private static SaidApproval Of(SaidComment said, string named, CommitId head)
    {
        var (by, at) = (said.What.By, said.What.At);
        if (said.What.Comment.IsEdited) return new(by, at, default, null, "was given in a comment that was edited afterwards");
        var isNamed = CommitId.TryParse(named, out var whole);
        var on = isNamed ? whole : said.Known.On;
        if (named.Length > 0 && !head.Value.StartsWith(named, StringComparison.Ordinal))
        {
            return new(by, at, isNamed ? whole : default, $"was given for `{Words.Plain(named, 12)}`, and the head is now `{head.Short}`", null);
        }

        if (on == head) return new(by, at, on, null, null);
        var why = on.IsNone
            ? $"was given before the gate saw the head `{head.Short}`, so it may be about an earlier one"
            : $"was given on `{on.Short}`, and the head is now `{head.Short}`";
        return new(by, at, on, why, null);
    }

    private static string NamedBy(ChatCommand command)
    {
        var first = command.Rest.Split(' ', 2)[0];
        return first.Length is >= ShortestName and <= LongestName && first.All(char.IsAsciiHexDigit) ? first.ToLowerInvariant() : "";
    }
}
