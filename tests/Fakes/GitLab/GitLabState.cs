using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>An account of a fake GitLab.</summary>
public sealed record GitLabUser(long Id, string Username, bool IsBot = false);

/// <summary>How a merge request is merged.</summary>
public enum GitLabMerge
{
    MergeCommit,
    Squash,
    Rebase,
}

internal sealed class GitLabGroup(long id, string path)
{
    public long Id => id;

    public string Path => path;

    /// <summary>Access level and state by user id.</summary>
    public Dictionary<long, (int Level, string State)> Members { get; } = [];
}

internal sealed class GitLabProject(long id, string path, GitRepo repo)
{
    public long Id => id;

    public string Path => path;

    public GitRepo Repo => repo;

    public bool NeedsPipeline { get; set; }

    public List<GitLabHook> Hooks { get; } = [];

    public List<GitLabMergeRequest> MergeRequests { get; } = [];

    public List<GitLabStatus> Statuses { get; } = [];
}

internal sealed class GitLabHook(long id)
{
    public long Id => id;

    public string Url { get; set; } = "";

    public string Token { get; set; } = "";

    public string SigningToken { get; set; } = "";

    /// <summary>The names of the events that are on, for instance <c>push_events</c>.</summary>
    public HashSet<string> Events { get; } = [];
}

internal sealed class GitLabMergeRequest(long id, long iid, GitLabUser author, DateTimeOffset createdAt)
{
    public long Id => id;

    public long Iid => iid;

    public GitLabUser Author => author;

    public DateTimeOffset CreatedAt => createdAt;

    public string Title { get; set; } = "";

    public string Description { get; set; } = "";

    public string State { get; set; } = "opened";

    public bool IsDraft { get; set; }

    public string Source { get; set; } = "";

    public string Target { get; set; } = "";

    public string Head { get; set; } = "";

    public string MergeCommit { get; set; } = "";

    public string SquashCommit { get; set; } = "";

    public DateTimeOffset? MergedAt { get; set; }

    public GitLabUser? MergedBy { get; set; }

    public List<string> Labels { get; } = [];

    public List<(GitLabUser By, DateTimeOffset At)> Approvals { get; } = [];

    public List<(GitLabUser By, string State)> Reviewers { get; } = [];

    public List<GitLabNote> Notes { get; } = [];

    public List<GitLabVersion> Versions { get; } = [];
}

internal sealed class GitLabNote(long id, GitLabUser author, DateTimeOffset createdAt, bool isSystem)
{
    public long Id => id;

    public GitLabUser Author => author;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public bool IsSystem => isSystem;

    public string Body { get; set; } = "";

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;
}

internal sealed record GitLabVersion(long Id, string Head, string Base, string Start, DateTimeOffset CreatedAt);

/// <summary>A commit status, as posted; a newer one of the same name and ref stands above it.</summary>
public sealed record GitLabStatus(
    long Id, string Sha, string Ref, string Name, string State, string Description, string TargetUrl, GitLabUser Author);
