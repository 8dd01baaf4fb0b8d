namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>
/// The gate's own comments. Bitbucket's Markdown shows HTML comments as text, so the marker is a link reference definition
/// (CommonMark §4.7) that nothing refers to: it defines a link and shows nothing.
/// </summary>
internal static class BitbucketCloudComments
{
    private const string MarkerStart = "[//]: # (gitops-gate";
    private const string Marker = MarkerStart + ")";
    private const string HtmlStart = "<!-- gitops-gate";

    /// <summary>Whether a comment carries a marker of ours, in either form.</summary>
    public static bool IsOurs(string text) =>
        text.Contains(MarkerStart, StringComparison.Ordinal) || text.Contains(HtmlStart, StringComparison.Ordinal);

    /// <summary>The comment as it is sent: with the marker after a blank line, which a definition needs, and without the HTML one.</summary>
    public static string Mark(string markdown)
    {
        var text = markdown;
        for (var start = text.IndexOf(HtmlStart, StringComparison.Ordinal); start >= 0; start = text.IndexOf(HtmlStart, StringComparison.Ordinal))
        {
            var end = text.IndexOf("-->", start, StringComparison.Ordinal);
            text = end < 0 ? text.Remove(start, HtmlStart.Length) : text.Remove(start, end + 3 - start);
        }

        return $"{text.Trim()}\n\n{Marker}\n";
    }
}
