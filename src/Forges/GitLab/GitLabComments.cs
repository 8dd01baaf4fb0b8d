using GitOpsGate.Configuration;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// The gate's own comments. They begin with an HTML comment, which GitLab's Markdown hides; a reply that quotes one begins
/// otherwise.
/// </summary>
internal static class GitLabComments
{
    /// <summary>A note holds a million characters.</summary>
    private const int LongestNote = 1_000_000;

    private const string MarkerStart = "<!-- gitops-gate";

    /// <summary>Whether a comment is one of a gate's, whichever gate's.</summary>
    public static bool IsMarked(string body) => body.TrimStart().StartsWith(MarkerStart, StringComparison.Ordinal);

    /// <summary>Whether a comment is marked as this connection's: two gateways may serve one project.</summary>
    public static bool IsMarked(string body, Connection connection) =>
        body.TrimStart().StartsWith(Marker(connection), StringComparison.Ordinal);

    /// <summary>The comment as it is sent.</summary>
    public static string Mark(string markdown, Connection connection) =>
        OneLine.Cut($"{Marker(connection)}\n{markdown}", LongestNote);

    /// <summary>
    /// The first line of a thread at a changed line. It begins like the comment's, so that readers know whose it is, and is never taken for
    /// it.
    /// </summary>
    /// <param name="key">What the thread is found again by.</param>
    public static string LineMarker(Connection connection, string key) => $"{MarkerStart}-line:{connection.StatusContext}:{key} -->";

    /// <summary>Whether a comment is marked as this connection's answer to another.</summary>
    public static bool IsAnswer(string body, string commentId, Connection connection) =>
        body.TrimStart().StartsWith(AnswerMarker(commentId, connection), StringComparison.Ordinal);

    /// <summary>An answer as it is sent.</summary>
    public static string MarkAnswer(string markdown, string commentId, Connection connection) =>
        OneLine.Cut($"{AnswerMarker(commentId, connection)}\n{markdown}", LongestNote);

    private static string AnswerMarker(string commentId, Connection connection) =>
        $"{MarkerStart}:{connection.StatusContext} answers {CommentId.Plain(commentId)} -->";

    private static string Marker(Connection connection) => $"{MarkerStart}:{connection.StatusContext} -->";
}
