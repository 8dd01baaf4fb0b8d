using System.Text.Json.Nodes;
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

/// <summary>What an instance's licence has.</summary>
public enum GitLabTier
{
    Free,

    /// <summary>Approval rules.</summary>
    Premium,

    /// <summary>External status checks as well.</summary>
    Ultimate,
}

/// <summary>A thread at a line of a merge request.</summary>
public sealed record GitLabThread(string Path, long Line, string Body, bool IsResolved);

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

    public string Path { get; set; } = path;

    public GitRepo Repo => repo;

    public bool NeedsPipeline { get; set; }

    /// <summary>Whether skipped pipelines count as successful; never set unless somebody did.</summary>
    public bool? SkippedCounts { get; set; }

    /// <summary>Whether a merge waits for all external status checks.</summary>
    public bool NeedsChecks { get; set; }

    public bool IsArchived { get; set; }

    public List<GitLabCheck> Checks { get; } = [];

    /// <summary>Whose approval a merge waits for (Premium).</summary>
    public List<GitLabUser> Approvers { get; } = [];

    /// <summary>Branches that nobody may push to.</summary>
    public HashSet<string> ClosedBranches { get; } = [];

    public List<GitLabHook> Hooks { get; } = [];

    public List<GitLabMergeRequest> MergeRequests { get; } = [];

    public List<GitLabStatus> Statuses { get; } = [];

    public List<GitLabDeployment> Deployments { get; } = [];
}

/// <summary>A deployment into a protected environment.</summary>
/// <param name="Needed">How many approvals it waits for.</param>
public sealed record GitLabDeployment(long Id, string Environment, string Sha, int Needed)
{
    public List<(GitLabUser By, string Status, string Comment)> Approvals { get; } = [];

    public string Status => Approvals.Any(one => one.Status == "rejected") ? "failed" : Approvals.Count >= Needed ? "created" : "blocked";
}

internal sealed class GitLabHook(long id)
{
    public long Id => id;

    public string Url { get; set; } = "";

    public string Token { get; set; } = "";

    public string SigningToken { get; set; } = "";

    public string Name { get; set; } = "";

    public string BranchFilter { get; set; } = "";

    public bool VerifiesTls { get; set; } = true;

    /// <summary>How many deliveries in a row have failed.</summary>
    public int Failures { get; set; }

    public DateTimeOffset? DisabledUntil { get; set; }

    /// <summary>Whether it stays off until a test is answered.</summary>
    public bool IsDisabled { get; set; }

    /// <summary>What was sent and how it went, the oldest first.</summary>
    public List<GitLabHookEvent> Log { get; } = [];

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

    /// <summary>What was answered to external status checks, by the check's id.</summary>
    public Dictionary<long, (string Sha, string Status, DateTimeOffset At)> Answers { get; } = [];

    /// <summary>The pipeline that the merge request is judged by, when there is one: its id, commit and ref.</summary>
    public (long Id, string Sha, string Ref)? HeadPipeline { get; set; }
}

/// <summary>An external status check.</summary>
internal sealed record GitLabCheck(long Id, string Name, string Url, string Secret);

/// <summary>A delivery in a hook's log.</summary>
/// <param name="Status">What was answered; 0 when nothing was.</param>
internal sealed record GitLabHookEvent(long Id, HookCall Call, int Status);

internal sealed class GitLabNote(long id, GitLabUser author, DateTimeOffset createdAt, bool isSystem)
{
    public long Id => id;

    public GitLabUser Author => author;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public bool IsSystem => isSystem;

    public string Body { get; set; } = "";

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    /// <summary>Where a thread at a line begins; null for other notes.</summary>
    public JsonObject? Position { get; init; }

    public GitLabUser? ResolvedBy { get; set; }
}

internal sealed record GitLabVersion(long Id, string Head, string Base, string Start, DateTimeOffset CreatedAt);

/// <summary>A commit status, as posted; a newer one of the same name and ref stands above it.</summary>
public sealed record GitLabStatus(
    long Id, string Sha, string Ref, string Name, string State, string Description, string TargetUrl, GitLabUser Author)
{
    /// <summary>The pipeline that it was posted to, when the caller named one.</summary>
    public long? Pipeline { get; init; }
}
