using System.Globalization;
using System.Text.Json;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>What Azure DevOps's payloads say, in our words. Pure.</summary>
internal static class AzureDevOpsPayloads
{
    /// <summary>Names of projects and repositories have at most 64 characters; this leaves room.</summary>
    private const int LongestName = 256;

    private const string MarkerStart = "<!-- gitops-gate";

    /// <summary>What people call an account: the address that it signs in with, or else the name that is shown.</summary>
    public static string NameOf(JsonElement account) => account.TextOrNull("uniqueName") ?? account.Text("displayName");

    /// <summary>
    /// <c>project/repository</c>, as people write both names, spaces included; null when a name is missing or could not be one. The
    /// organization is not part of it: it is where the connection leads.
    /// </summary>
    public static string? PathOf(string project, string repository) =>
        IsName(project) && IsName(repository) ? $"{project}/{repository}" : null;

    /// <summary>The path of a repository that is named with its project.</summary>
    public static string? PathOf(JsonElement repository) =>
        PathOf(repository.Child("project").Text("name"), repository.Text("name"));

    /// <summary>
    /// The path of a repository from its address on Azure DevOps Services, or null where the address does not tell. Before
    /// <c>_git</c> stands the project, which is left out when the repository has its name.
    /// </summary>
    public static string? PathOfAddress(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri)) return null;
        var parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToList();
        // The organization is the first part on the one host, and the host itself, sometimes with a collection, on the other.
        if (uri.Host is "dev.azure.com") parts = [.. parts.Skip(1)];
        else if (!uri.Host.EndsWith(".visualstudio.com", StringComparison.Ordinal)) return null;
        else if (parts is ["DefaultCollection", ..]) parts = [.. parts.Skip(1)];
        return parts switch
        {
            ["_git", var repository] => PathOf(repository, repository),
            [var project, "_git", var repository] => PathOf(project, repository),
            _ => null,
        };
    }

    /// <summary>The pull request whose merge was built (<c>refs/pull/12/merge</c>), or 0 when the ref is another one.</summary>
    public static long NumberOf(string name) =>
        name.Split('/') is ["refs", "pull", var number, "merge"]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var found)
            ? found
            : 0;

    /// <summary>Whether a comment is one of a gate's, whichever gate's: it begins with an HTML comment, which is not shown.</summary>
    public static bool IsMarked(string content) => content.TrimStart().StartsWith(MarkerStart, StringComparison.Ordinal);

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName
        && name is not ("." or "..")
        && name.Trim() == name
        && !name.Any(letter => letter is '/' or '\\' || char.IsControl(letter));
}
