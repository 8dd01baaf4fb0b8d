using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Addresses below an organization (or a server's collection), and lists that come page by page. Every name that a stranger may have
/// chosen is one escaped piece.
/// </summary>
internal static class AzureDevOpsApi
{
    /// <summary>How many items are asked for at once.</summary>
    public const int PageSize = 100;

    private const string Version = "7.1";

    /// <summary>A path with its query. The version is always said: what comes without one is refused, or read as an old one's.</summary>
    public static string At(string path, params ReadOnlySpan<(string Name, string Value)> query) => At(path, Version, query);

    /// <summary>The same for the few calls that have only ever been a preview.</summary>
    public static string At(string path, string version, ReadOnlySpan<(string Name, string Value)> query)
    {
        var text = new StringBuilder(path).Append("?api-version=").Append(version);
        foreach (var (name, value) in query) text.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return text.ToString();
    }

    /// <summary>One name as one piece of a path.</summary>
    /// <exception cref="ForgeTroubleException">It is empty or made of dots.</exception>
    public static string Piece(string name) => ForgeLink.Safe(name).Replace("/", "%2F", StringComparison.Ordinal);

    /// <summary>The project of a repository, below the organization.</summary>
    public static string Project(RepositoryKey repository) => $"/{Piece(NamesOf(repository).Project)}";

    /// <summary>A repository, below the organization.</summary>
    public static string Repository(RepositoryKey repository)
    {
        var (project, name) = NamesOf(repository);
        return $"/{Piece(project)}/_apis/git/repositories/{Piece(name)}";
    }

    /// <summary>A pull request itself.</summary>
    public static string Pull(ChangeKey change) => $"{Repository(change.Repository)}/pullrequests/{change.Number}";

    /// <summary>What the parts of a pull request are below; Microsoft's descriptions write this one with a capital letter.</summary>
    public static string PartsOf(ChangeKey change) => $"{Repository(change.Repository)}/pullRequests/{change.Number}";

    /// <summary>The page of a pull request, below where repositories are cloned from.</summary>
    public static string PageOf(ChangeKey change)
    {
        var (project, name) = NamesOf(change.Repository);
        return $"/{Piece(project)}/_git/{Piece(name)}/pullrequest/{change.Number}";
    }

    /// <summary>The full name of a branch.</summary>
    public static string RefOf(string branch) => $"refs/heads/{branch}";

    /// <summary>A branch's short name; a ref of another kind stays as it is.</summary>
    public static string BranchOf(string name) => name.StartsWith("refs/heads/", StringComparison.Ordinal) ? name["refs/heads/".Length..] : name;

    /// <summary>
    /// Reads a whole list with <c>$top</c> and <c>$skip</c>. A list can move between two pages, and then an item would be seen never: so
    /// each page begins with the last item of the page before, and must.
    /// </summary>
    /// <param name="path">With its query.</param>
    /// <param name="idOf">What tells one item from another.</param>
    /// <exception cref="ForgeTroubleException">
    /// Besides the usual: the list moved, or has more than <see cref="ForgeLink.ListLimit"/> items.
    /// </exception>
    public static async Task<ImmutableArray<JsonElement>> PagesAsync(
        ForgeLink link, string path, Func<JsonElement, string> idOf, CancellationToken cancellation)
    {
        var items = ImmutableArray.CreateBuilder<JsonElement>();
        while (items.Count <= ForgeLink.ListLimit)
        {
            var skip = Math.Max(0, items.Count - 1);
            var page = await link.ListAsync($"{path}&$top={PageSize}&$skip={skip}", "value", cancellation);
            if (items.Count > 0 && (page.IsEmpty || idOf(page[0]) != idOf(items[^1])))
            {
                throw new ForgeTroubleException($"the list at `{Bare(path)}` moved while it was read", TroubleKind.Unavailable);
            }

            items.AddRange(items.Count > 0 ? page.Skip(1) : page);
            if (page.Length < PageSize) return items.ToImmutable();
        }

        throw new ForgeTroubleException($"the list at `{Bare(path)}` has more than {ForgeLink.ListLimit} items", TroubleKind.Refused);
    }

    private static string Bare(string path) => path[..path.IndexOf('?', StringComparison.Ordinal)];

    private static (string Project, string Name) NamesOf(RepositoryKey repository) =>
        repository.Path.Split('/') is [{ Length: > 0 } project, { Length: > 0 } name]
            ? (project, name)
            : throw new ForgeTroubleException($"`{repository}` is no repository; `project/repository` would be right", TroubleKind.Refused);
}
