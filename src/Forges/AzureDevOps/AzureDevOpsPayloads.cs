using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using GitOpsGate.Changes;

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

    /// <summary>A pull request; its page is for the caller to add.</summary>
    /// <param name="labels">The items of <c>…/labels</c>: the pull request itself does not always name them.</param>
    public static ChangeRequest ChangeOf(ChangeKey key, JsonElement pull, IEnumerable<JsonElement> labels)
    {
        var state = StateOf(pull.Text("status"));
        return new ChangeRequest
        {
            Key = key,
            Title = pull.Text("title"),
            Body = pull.Text("description"),
            State = state,
            IsDraft = pull.Flag("isDraft"),
            Author = PersonOf(pull.Child("createdBy")),
            SourceBranch = AzureDevOpsApi.BranchOf(pull.Text("sourceRefName")),
            TargetBranch = AzureDevOpsApi.BranchOf(pull.Text("targetRefName")),
            Head = pull.Child("lastMergeSourceCommit").Commit("commitId"),
            TargetTip = pull.Child("lastMergeTargetCommit").Commit("commitId"),
            Labels = [.. labels.Where(label => !IsInactive(label)).Select(label => label.Text("name")).Where(name => name.Length > 0)],
            IsFromFork = pull.Has("forkSource"),
            CreatedAt = pull.Time("creationDate") ?? default,
            // Before it is completed this names a merge that was only tried.
            MergeCommit = state == ChangeState.Merged ? pull.Child("lastMergeCommit").Commit("commitId") : default,
            MergedAt = state == ChangeState.Merged ? pull.Time("closedDate") : null,
            MergedBy = state == ChangeState.Merged && pull.Has("closedBy") ? PersonOf(pull.Child("closedBy")) : null,
        };
    }

    /// <summary>An account. What kind it is, is said by how its descriptor begins, where it has one.</summary>
    public static Person PersonOf(JsonElement account) => new(
        NameOf(account),
        account.Id("id"),
        account.Text("descriptor").Split('.')[0] switch
        {
            "svc" or "aadsp" or "s2s" => PersonKind.Bot,
            "aad" or "msa" or "win" or "bnd" => PersonKind.User,
            _ => PersonKind.Unknown,
        });

    /// <summary>What people wrote, oldest first; the gate's own comment is not one.</summary>
    public static ImmutableArray<Comment> CommentsOf(IEnumerable<JsonElement> threads) =>
    [
        .. from thread in threads
           where !thread.Flag("isDeleted")
           from comment in thread.Items("comments")
           let text = comment.Text("content")
           where !comment.Flag("isDeleted") && comment.Text("commentType") != "system" && text.Length > 0 && !IsMarked(text)
           let at = comment.Time("publishedDate") ?? default
           orderby at
           select new Comment(
               $"{thread.Id("id")}/{comment.Id("id")}", PersonOf(comment.Child("author")), text, at,
               comment.Time("lastContentUpdatedDate") is { } edited && edited != at),
    ];

    /// <summary>The iteration whose source is a commit, the newest where a branch came back to it; none when it is not listed.</summary>
    public static AzureDevOpsIteration? IterationAt(IEnumerable<JsonElement> iterations, CommitId head) =>
        iterations.Where(one => !head.IsNone && one.Child("sourceRefCommit").Commit("commitId") == head)
            .Select(one => new AzureDevOpsIteration(one.Number("id") ?? 0, one.Time("createdDate") ?? DateTimeOffset.MaxValue))
            .MaxBy(one => one.Id);

    /// <summary>
    /// The newest status of each context that speaks of the head: of its iteration, of its commit, or of the pull request as a whole and not
    /// older than the iteration. Those of the pull request go first, since a branch policy looks at them alone.
    /// </summary>
    public static ImmutableArray<StatusCheck> StatusesOf(
        IEnumerable<JsonElement> ofPull, IEnumerable<JsonElement> ofCommit, AzureDevOpsIteration? head) =>
    [
        .. ofPull.Where(status => IsOf(status, head))
            .OrderByDescending(status => status.Number("id") ?? 0)
            .Concat(ofCommit.OrderByDescending(status => status.Number("id") ?? 0))
            .Select(status => new StatusCheck(
                AzureDevOpsContext.Of(status).ToString(), CheckOf(status.Text("state")), NameOf(status.Child("createdBy")), status.Text("targetUrl")))
            .DistinctBy(check => check.Name, StringComparer.Ordinal),
    ];

    private static bool IsOf(JsonElement status, AzureDevOpsIteration? head)
    {
        if (head is null) return false;
        var iteration = status.Number("iterationId") ?? 0;
        return iteration == 0 ? status.Time("creationDate") >= head.CreatedAt : iteration == head.Id;
    }

    private static CheckState CheckOf(string state) => state switch
    {
        "succeeded" => CheckState.Succeeded,
        "pending" or "notSet" => CheckState.Pending,
        "failed" or "error" => CheckState.Failed,
        "notApplicable" => CheckState.Skipped,
        _ => CheckState.Unknown,
    };

    private static ChangeState StateOf(string status) => status switch
    {
        "active" => ChangeState.Open,
        "abandoned" => ChangeState.Closed,
        "completed" => ChangeState.Merged,
        _ => ChangeState.Unknown,
    };

    private static bool IsInactive(JsonElement label) => label.Child("active").ValueKind == JsonValueKind.False;

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName
        && name is not ("." or "..")
        && name.Trim() == name
        && !name.Any(letter => letter is '/' or '\\' || char.IsControl(letter));
}

/// <summary>One state of a pull request's source branch: Azure DevOps makes one for every push.</summary>
internal sealed record AzureDevOpsIteration(long Id, DateTimeOffset CreatedAt);

/// <summary>What names a status: who tells (the genre, which may be empty) and what.</summary>
internal readonly record struct AzureDevOpsContext(string Genre, string Name)
{
    /// <summary>The context of a status.</summary>
    public static AzureDevOpsContext Of(JsonElement status) =>
        new(status.Child("context").Text("genre"), status.Child("context").Text("name"));

    /// <summary>What stands before the last slash of our word for it is the genre.</summary>
    public static AzureDevOpsContext Parse(string context) =>
        context.LastIndexOf('/') is var slash and > 0 ? new(context[..slash], context[(slash + 1)..]) : new("", context.TrimStart('/'));

    /// <summary>As it is written in <c>gate.yaml</c>, in policies and on pages.</summary>
    public override string ToString() => Genre.Length > 0 ? $"{Genre}/{Name}" : Name;
}
