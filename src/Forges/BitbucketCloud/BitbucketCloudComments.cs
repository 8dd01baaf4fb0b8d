using GitOpsGate.Configuration;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>
/// The gate's own comments. Bitbucket's Markdown shows HTML comments as text, so the marker is a link reference definition
/// (CommonMark §4.7) that nothing refers to: it defines a link and shows nothing. It is the last line, so a reply that quotes the
/// comment does not end with it.
/// </summary>
internal static class BitbucketCloudComments
{
    /// <summary>Bitbucket refuses comments above 32 KiB.</summary>
    private const int LongestComment = 32_000;

    private const string MarkerStart = "[//]: # (gitops-gate";
    private const string HtmlStart = "<!-- gitops-gate";

    /// <summary>Whether a comment is one of a gate's, whichever gate's.</summary>
    public static bool IsMarked(string raw) => LastLine(raw).StartsWith(MarkerStart, StringComparison.Ordinal)
        || raw.TrimStart().StartsWith(HtmlStart, StringComparison.Ordinal);

    /// <summary>Whether a comment is marked as this connection's: two gateways may serve one repository.</summary>
    public static bool IsMarked(string raw, Connection connection) => LastLine(raw) == Marker(connection);

    /// <summary>Whether a comment is marked as this connection's answer to another.</summary>
    public static bool IsAnswer(string raw, string commentId, Connection connection) => LastLine(raw) == Marker(connection, commentId);

    /// <summary>The comment as it is sent: the marker stands after a blank line, which a definition needs.</summary>
    public static string Mark(string markdown, Connection connection) => Marked(markdown, Marker(connection));

    /// <summary>An answer as it is sent.</summary>
    public static string MarkAnswer(string markdown, string commentId, Connection connection) =>
        Marked(markdown, Marker(connection, commentId));

    private static string Marked(string markdown, string marker) =>
        $"{OneLine.Cut(markdown.Trim(), LongestComment - marker.Length)}\n\n{marker}";

    private static string Marker(Connection connection, string commentId) =>
        $"{Marker(connection)[..^1]} answers {CommentId.Plain(commentId)})";

    // What could end the definition early, and let the rest be seen, is left out of it.
    private static string Marker(Connection connection) =>
        $"{MarkerStart}:{string.Concat(connection.StatusContext.Where(IsHarmless))})";

    private static bool IsHarmless(char letter) => letter is not ('(' or ')' or '\\') && !char.IsControl(letter);

    private static string LastLine(string raw)
    {
        var text = raw.TrimEnd();
        return text[(text.LastIndexOf('\n') + 1)..];
    }
}
