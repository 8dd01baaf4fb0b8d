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
/// <param name="App">The app that runs it.</param>
public sealed record GitHubCheckRun(long Id, string Commit, string Name, string Status, string? Conclusion, string App);

/// <summary>A review of a pull request.</summary>
/// <param name="State"><c>APPROVED</c>, <c>CHANGES_REQUESTED</c>, <c>COMMENTED</c> or <c>DISMISSED</c>.</param>
/// <param name="Commit">The head when it was given.</param>
public sealed record GitHubReview(long Id, GitHubUser User, string State, string Commit, string Body, DateTimeOffset At);

/// <summary>A comment on a pull request.</summary>
public sealed record GitHubComment(long Id, GitHubUser User, string Body, DateTimeOffset At, DateTimeOffset UpdatedAt);

/// <summary>A repository's webhook.</summary>
/// <param name="Secret">Empty when it signs nothing.</param>
public sealed record GitHubHook(long Id, string Url, string ContentType, string Secret, IReadOnlyList<string> Events, bool IsActive);

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
    public string Path { get; }

    /// <summary>The bare repository. What is done to it directly sends no webhook.</summary>
    public GitRepo Git { get; }

    public string DefaultBranch { get; } = "main";

    /// <summary>The contexts without whose success a pull request into the default branch is not merged.</summary>
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
