using System.Text;
using GitOpsGate.Approvals;
using GitOpsGate.Rulings;

namespace GitOpsGate.Chat;

/// <summary>Answers as Markdown, in which whatever strangers wrote stays text. Pure.</summary>
public static class ChatText
{
    /// <summary>The reply to a comment.</summary>
    /// <param name="url">The ruling's page, or empty.</param>
    public static string Of(ChatAnswer answer, Ruling ruling, string url)
    {
        var text = new StringBuilder();
        var explains = false;
        foreach (var line in answer.Lines)
        {
            text.Append(CommentText.Line($"`{line.Command}` of `{Words.Plain(answer.By.Login)}`: {line.Text}")).Append("\n\n");
            explains |= line.Explains;
        }

        // The explanation has a foot of its own.
        return explains
            ? text.Append(CommentText.Of(ruling, url)).ToString()
            : text.Append(CommentText.Foot(ruling, url)).ToString();
    }
}
