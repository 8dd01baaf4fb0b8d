namespace GitOpsGate.Forges.GitLab;

/// <summary>The gate's own comments, which GitLab shows without the marker: its Markdown hides HTML comments.</summary>
internal static class GitLabComments
{
    /// <summary>How every marker of ours begins, whatever follows in later versions.</summary>
    public const string MarkerStart = "<!-- gitops-gate";

    private const string Marker = MarkerStart + " -->";

    /// <summary>The comment as it is sent: with the marker, once.</summary>
    public static string Mark(string markdown) =>
        markdown.Contains(MarkerStart, StringComparison.Ordinal) ? markdown : $"{Marker}\n{markdown}";
}
