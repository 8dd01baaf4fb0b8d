using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>An account.</summary>
/// <param name="Type"><c>User</c> or <c>Bot</c>.</param>
public sealed record GitHubUser(long Id, string Login, string Type);

/// <summary>A status that was posted on a commit.</summary>
/// <param name="State"><c>error</c>, <c>failure</c>, <c>pending</c> or <c>success</c>.</param>
public sealed record GitHubStatus(
    long Id, string Commit, string State, string Context, string Description, string TargetUrl, GitHubUser Creator, DateTimeOffset At);

/// <summary>A run of a check on a commit.</summary>
/// <param name="Status"><c>queued</c>, <c>in_progress</c> or <c>completed</c>.</param>
/// <param name="Conclusion">For instance <c>success</c>; null until it is completed.</param>
/// <param name="App">The slug of the app that runs it.</param>
public sealed record GitHubCheckRun(long Id, string Commit, string Name, string Status, string? Conclusion, string App)
{
    /// <summary>Its app's number; 0 for one that was never added.</summary>
    public long AppId { get; init; }

    /// <summary>Its app's client id.</summary>
    public string ClientId { get; init; } = "";

    public string ExternalId { get; init; } = "";

    public string DetailsUrl { get; init; } = "";

    public string Title { get; init; } = "";

    public string Summary { get; init; } = "";

    /// <summary>All annotations that were ever added, in that order.</summary>
    public IReadOnlyList<JsonObject> Annotations { get; init; } = [];

    /// <summary>The identifiers of its buttons.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Whether a merge that requires it goes ahead.</summary>
    public bool Passes => Status == "completed" && Conclusion is "success" or "neutral" or "skipped";
}

/// <summary>A review of a pull request.</summary>
/// <param name="State"><c>APPROVED</c>, <c>CHANGES_REQUESTED</c>, <c>COMMENTED</c> or <c>DISMISSED</c>.</param>
/// <param name="Commit">The head when it was given.</param>
public sealed record GitHubReview(long Id, GitHubUser User, string State, string Commit, string Body, DateTimeOffset At);

/// <summary>A comment on a pull request.</summary>
public sealed record GitHubComment(long Id, GitHubUser User, string Body, DateTimeOffset At, DateTimeOffset UpdatedAt)
{
    /// <summary>The app through which it was written, or null.</summary>
    public GitHubApp? App { get; init; }
}

/// <summary>A repository's webhook.</summary>
/// <param name="Secret">Empty when it signs nothing.</param>
public sealed record GitHubHook(long Id, string Url, string ContentType, string Secret, IReadOnlyList<string> Events, bool IsActive)
{
    /// <summary>Whether it sends to whoever answers, whatever certificate that shows.</summary>
    public bool IsInsecure { get; init; }
}

/// <summary>How a pull request is merged.</summary>
public enum GitHubMerge
{
    Merge,
    Squash,
    Rebase,
}

/// <summary>A pull request.</summary>
public sealed class GitHubPull
{
    internal GitHubPull(GitHubRepository repository, long number, GitHubUser author) =>
        (Repository, Number, Author) = (repository, number, author);

    public GitHubRepository Repository { get; }

    public long Number { get; }

    public GitHubUser Author { get; }

    public string Title { get; internal set; } = "";

    public string Body { get; internal set; } = "";

    public string SourceBranch { get; internal init; } = "";

    public string TargetBranch { get; internal set; } = "";

    public string Head { get; internal set; } = "";

    /// <summary>The tip of the target branch when it was last looked at.</summary>
    public string Base { get; internal set; } = "";

    public bool IsDraft { get; internal set; }

    public bool IsFromFork { get; internal init; }

    /// <summary>Whether the fork was deleted: GitHub then names no source repository at all.</summary>
    public bool IsForkDeleted { get; internal set; }

    public bool IsOpen { get; internal set; } = true;

    /// <summary>What the merge made; null until then.</summary>
    public string? MergeCommit { get; internal set; }

    public GitHubUser? MergedBy { get; internal set; }

    public DateTimeOffset CreatedAt { get; internal init; }

    public DateTimeOffset? MergedAt { get; internal set; }

    public DateTimeOffset UpdatedAt { get; internal set; }

    public List<string> Labels { get; } = [];

    public List<GitHubReview> Reviews { get; } = [];

    public List<GitHubComment> Comments { get; } = [];
}

/// <summary>A repository, with the bare Git repository that holds its commits.</summary>
public sealed class GitHubRepository
{
    internal GitHubRepository(long id, string path, GitRepo git) => (Id, Path, Git) = (id, path, git);

    public long Id { get; }

    /// <summary><c>owner/name</c>.</summary>
    public string Path { get; internal set; }

    /// <summary>The bare repository. What is done to it directly sends no webhook.</summary>
    public GitRepo Git { get; }

    public string DefaultBranch { get; } = "main";

    public bool IsArchived { get; set; }

    /// <summary>The accounts that may read and nothing else; whoever is not named may do all.</summary>
    public HashSet<string> Readers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Rulesets, as the API shows them.</summary>
    public List<JsonObject> Rulesets { get; } = [];

    /// <summary>The classic protection of the default branch, as the API shows it, or null.</summary>
    public JsonObject? ClassicProtection { get; set; }

    /// <summary>Deployments that wait, or waited, for an app.</summary>
    public List<GitHubWaitingRun> WaitingRuns { get; } = [];

    /// <summary>
    /// The contexts without whose success a pull request into the default branch is not merged, but by administrators; shown as one ruleset.
    /// </summary>
    public List<string> RequiredContexts { get; } = [];

    public List<GitHubPull> Pulls { get; } = [];

    /// <summary>Oldest first.</summary>
    public List<GitHubStatus> Statuses { get; } = [];

    public List<GitHubCheckRun> CheckRuns { get; } = [];

    public List<GitHubHook> Hooks { get; } = [];

    /// <summary>The newest status of a context on a commit, or null.</summary>
    public GitHubStatus? Status(string commit, string context) => Statuses.LastOrDefault(
        status => status.Commit == commit && string.Equals(status.Context, context, StringComparison.OrdinalIgnoreCase));
}

/// <summary>GitHub would have said no.</summary>
public sealed class GitHubRefusedException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status that its API answers with.</summary>
    public int Status { get; } = status;
}
