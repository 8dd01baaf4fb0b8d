namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// The gate's own comments. They begin with an HTML comment, which Gitea's Markdown hides; a reply that quotes one begins otherwise.
/// </summary>
internal static class GiteaComments
{
    private const string MarkerStart = "<!-- gitops-gate";

    /// <summary>Whether a comment is one of a gate's, whichever gate's.</summary>
    public static bool IsMarked(string body) => body.StartsWith(MarkerStart, StringComparison.Ordinal);
}
