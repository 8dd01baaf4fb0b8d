namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// The headers of a webhook. Both forges also send them under the names of GitHub and Gogs; those are never looked at.
/// </summary>
internal static class GiteaHeaders
{
    /// <summary>The value of a header under Gitea's name or under Forgejo's, which are the same where both came. An empty one is none.</summary>
    public static string? Find(IReadOnlyDictionary<string, string> headers, string name)
    {
        if (headers.TryGetValue($"x-gitea-{name}", out var value) && value.Length > 0) return value;
        return headers.TryGetValue($"x-forgejo-{name}", out value) && value.Length > 0 ? value : null;
    }
}
