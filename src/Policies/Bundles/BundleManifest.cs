using System.IO.Enumeration;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// What a bundle says about itself in <c>.manifest</c> (OPA documentation, "Bundles", section "Bundle File Format").
/// </summary>
/// <param name="Revision">The author's own name for this state of the bundle; empty when there is none. Not a proof of
/// anything.</param>
/// <param name="Roots">The document paths that the bundle owns, such as <c>kubernetes</c> or <c>lib/git</c>; <c>[""]</c> is all
/// of them.</param>
/// <param name="RegoVersion">0 or 1: the syntax of modules that no pattern names.</param>
/// <param name="FileRegoVersions">Patterns of module paths with their version; the longest matching pattern wins.</param>
public sealed record BundleManifest(
    string Revision,
    IReadOnlyList<string> Roots,
    int RegoVersion,
    IReadOnlyList<BundleManifest.FilePattern> FileRegoVersions)
{
    /// <summary>What holds for a bundle without a manifest: it owns everything, in today's syntax.</summary>
    public static BundleManifest Default { get; } = new("", [""], 1, []);

    /// <summary>The syntax version of a module.</summary>
    /// <param name="path">Path inside the bundle, without a leading slash.</param>
    public int VersionOf(string path)
    {
        foreach (var pattern in FileRegoVersions)
        {
            if (pattern.Matches(path)) return pattern.RegoVersion;
        }

        return RegoVersion;
    }

    /// <summary>
    /// Whether a document path lies in one of the roots, or above one of them so that descending still may reach it.
    /// </summary>
    internal bool Owns(IReadOnlyList<string> path)
    {
        foreach (var root in Roots)
        {
            if (root.Length == 0 || StartsWith(path, root.Split('/'))) return true;
        }

        return false;
    }

    internal bool LeadsToRoot(IReadOnlyList<string> path)
    {
        foreach (var root in Roots)
        {
            if (StartsWith(root.Split('/'), path)) return true;
        }

        return false;
    }

    internal static bool StartsWith(IReadOnlyList<string> path, IReadOnlyList<string> prefix)
    {
        if (path.Count < prefix.Count) return false;
        for (var i = 0; i < prefix.Count; i++)
        {
            if (path[i] != prefix[i]) return false;
        }

        return true;
    }

    /// <summary>
    /// A pattern of module paths: <c>*</c> stands for any run of characters, slashes included, and <c>?</c> for one.
    /// </summary>
    public sealed record FilePattern(string Pattern, int RegoVersion)
    {
        internal bool Matches(string path) =>
            FileSystemName.MatchesSimpleExpression(Pattern, path, ignoreCase: false)
            || FileSystemName.MatchesSimpleExpression(Pattern, "/" + path, ignoreCase: false);
    }
}
