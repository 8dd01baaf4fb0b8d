using System.Collections.Frozen;
using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Changes;

namespace GitOpsGate.Chat;

/// <summary>
/// Reads what people tell the gate in comments: lines that begin with <c>/gate</c>. Only people's comments count, never a bot's or the
/// gate's own; text in code, quotes and hidden HTML is no command. Pure.
/// </summary>
public static class ChatCommands
{
    /// <summary>How many comments with commands are read: the newest.</summary>
    public const int MostComments = 200;

    /// <summary>How many commands of one comment are read.</summary>
    public const int MostInOne = 5;

    /// <summary>Characters of what follows a command's word.</summary>
    public const int LongestRest = 500;

    private const string Start = "/gate";
    private const int LongestBody = 100_000;
    private const int LongestWord = 30;

    /// <summary>The words that the gate knows, in the order in which they are told.</summary>
    public static ImmutableArray<(string Text, ChatWord Word)> Known { get; } =
    [
        ("approve", ChatWord.Approve), ("hold", ChatWord.Hold), ("release", ChatWord.Release),
        ("explain", ChatWord.Explain), ("retry", ChatWord.Retry), ("override", ChatWord.Override),
    ];

    private static readonly FrozenDictionary<string, ChatWord> ByText =
        Known.ToFrozenDictionary(known => known.Text, known => known.Word, StringComparer.Ordinal);

    /// <summary>The comments with commands, oldest first; of comments at the same moment the one with the lower number first.</summary>
    public static ImmutableArray<ChatComment> Read(IEnumerable<Comment> comments) =>
    [
        .. comments.Where(comment => comment.Author.Kind == PersonKind.User && comment.Id.Length > 0).Select(Read).OfType<ChatComment>()
            .DistinctBy(said => said.Id)
            .OrderBy(said => said.At).ThenBy(said => said.Id.Length).ThenBy(said => said.Id, StringComparer.Ordinal)
            .TakeLast(MostComments),
    ];

    private static ChatComment? Read(Comment comment)
    {
        if (comment.Body.Length > LongestBody || !comment.Body.Contains(Start, StringComparison.OrdinalIgnoreCase)) return null;
        var commands = CommentLines.Of(comment.Body).Select(ReadLine).OfType<ChatCommand>().Take(MostInOne + 1).ToImmutableArray();
        if (commands.IsEmpty) return null;
        return new ChatComment(comment, [.. commands.Take(MostInOne)], commands.Length > MostInOne);
    }

    private static ChatCommand? ReadLine(string line)
    {
        if (!line.StartsWith(Start, StringComparison.OrdinalIgnoreCase)) return null;
        if (line.Length > Start.Length && !char.IsWhiteSpace(line[Start.Length])) return null;
        var text = line[Start.Length..].Trim();
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var (said, rest) = end < 0 ? (text, "") : (text[..end], text[end..].Trim());
        said = Words.Plain(said.ToLowerInvariant(), LongestWord);
        return new ChatCommand(ByText.GetValueOrDefault(said), said, Words.Plain(rest, LongestRest));
    }
}
