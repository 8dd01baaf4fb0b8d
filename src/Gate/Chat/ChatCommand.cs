using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Chat;

/// <summary>What a command asks for. The zero value is a word that the gate does not know.</summary>
public enum ChatWord
{
    Unknown,
    Approve,
    Hold,
    Release,
    Explain,
    Retry,
    Override,
}

/// <summary>One line of a comment that is meant for the gate.</summary>
/// <param name="Said">The word as it was written, in lower case; empty when the line has none.</param>
/// <param name="Rest">What follows the word: one line, at most <see cref="ChatCommands.LongestRest"/> characters.</param>
public sealed record ChatCommand(ChatWord Word, string Said, string Rest)
{
    /// <summary>The command as people write it, without what follows the word.</summary>
    public string Name => Said.Length > 0 ? $"/gate {Said}" : "/gate";
}

/// <summary>A comment in which somebody speaks to the gate.</summary>
/// <param name="Commands">Its commands in the order of lines, at least one.</param>
/// <param name="HasMore">Whether it has more commands than are read.</param>
public sealed record ChatComment(Comment Comment, ImmutableArray<ChatCommand> Commands, bool HasMore)
{
    public string Id => Comment.Id;

    public Person By => Comment.Author;

    public DateTimeOffset At => Comment.CreatedAt;
}
