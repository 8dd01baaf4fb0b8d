using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>An account of a fake Bitbucket Data Center.</summary>
public sealed record DataCenterUser(long Id, string Name, bool IsService = false);

/// <summary>A merge strategy.</summary>
public enum DataCenterMerge
{
    MergeCommit,
    Squash,
    RebaseFastForward,
}

/// <summary>A build status; one key has one status on a commit of a repository.</summary>
public sealed record DataCenterBuild(
    string Sha, string Key, string Parent, string State, string Name, string Description, string Url, string Ref, DateTimeOffset At);

/// <summary>A condition on required builds.</summary>
/// <param name="Matcher">Which target branches it is for, as the API says it.</param>
/// <param name="Exempt">Which source branches it is not for, or null.</param>
public sealed record DataCenterCondition(long Id, ImmutableArray<string> Keys, JsonObject Matcher, JsonObject? Exempt);

/// <summary>A Code Insights report.</summary>
/// <param name="Said">What was put, as it was put.</param>
public sealed record DataCenterReport(
    string Sha, string Key, DataCenterUser Creator, JsonObject Said, ImmutableArray<JsonObject> Annotations);

/// <summary>The lists are replaced, never changed, so that whoever reads one reads it whole.</summary>
internal sealed class DataCenterRepository(long id, string path, GitRepo repo)
{
    public long Id => id;

    public string Path => path;

    public string Project => path.Split('/')[0];

    public string Slug => path.Split('/')[1];

    public GitRepo Repo => repo;

    public bool IsArchived { get; set; }

    public ImmutableList<DataCenterHook> Hooks { get; set; } = [];

    public ImmutableList<DataCenterPullRequest> PullRequests { get; set; } = [];

    public ImmutableList<DataCenterBuild> Builds { get; set; } = [];

    public ImmutableList<DataCenterCondition> Conditions { get; set; } = [];

    public ImmutableList<DataCenterReport> Reports { get; set; } = [];

    /// <summary>Branch permissions, as the API says them.</summary>
    public ImmutableList<JsonObject> Restrictions { get; set; } = [];
}

internal sealed class DataCenterHook(long id)
{
    public long Id => id;

    public string Name { get; set; } = "";

    public string Url { get; set; } = "";

    public string Secret { get; set; } = "";

    public bool IsActive { get; set; }

    public bool ChecksCertificate { get; set; } = true;

    public ImmutableArray<string> Events { get; set; } = [];

    /// <summary>How many deliveries in a row did not arrive.</summary>
    public int FailedInARow { get; set; }

    /// <summary>Until when nothing is sent, after too many of them.</summary>
    public DateTimeOffset LeftOutUntil { get; set; }

    public int Successes { get; set; }

    public int Failures { get; set; }

    public int Errors { get; set; }

    /// <summary>The last delivery, or null before the first.</summary>
    public DataCenterInvocation? Last { get; set; }
}

/// <summary>A delivery as Bitbucket remembers it.</summary>
/// <param name="Outcome"><c>SUCCESS</c>, <c>FAILURE</c> (another status than 2xx) or <c>ERROR</c> (no answer).</param>
internal sealed record DataCenterInvocation(long Id, string Event, DateTimeOffset At, string Outcome, string Description);

internal sealed class DataCenterPullRequest(long id, DataCenterUser author, DateTimeOffset createdAt)
{
    public long Id => id;

    public DataCenterUser Author => author;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>Grows with every change; whoever changes it must name it.</summary>
    public int Version { get; set; }

    public string Title { get; set; } = "";

    public string Description { get; set; } = "";

    public string State { get; set; } = "OPEN";

    public bool IsDraft { get; set; }

    public string Source { get; set; } = "";

    public string Target { get; set; } = "";

    public string Head { get; set; } = "";

    public string Base { get; set; } = "";

    public string MergeCommit { get; set; } = "";

    public ImmutableList<DataCenterReviewer> Reviewers { get; set; } = [];

    /// <summary>What happened, the oldest first.</summary>
    public ImmutableList<DataCenterActivity> Activities { get; set; } = [];
}

/// <summary>A reviewer.</summary>
/// <param name="Status"><c>UNAPPROVED</c>, <c>NEEDS_WORK</c> or <c>APPROVED</c>.</param>
/// <param name="LastReviewed">The head when the status was last set; empty before that.</param>
internal sealed record DataCenterReviewer(DataCenterUser User, string Status, string LastReviewed);

/// <summary>An item of a pull request's activity.</summary>
/// <param name="Action"><c>OPENED</c>, <c>RESCOPED</c>, <c>APPROVED</c>, <c>UNAPPROVED</c>, <c>REVIEWED</c>, <c>COMMENTED</c>,
/// <c>MERGED</c> or <c>DECLINED</c>.</param>
internal sealed record DataCenterActivity(
    long Id, string Action, DataCenterUser By, DateTimeOffset At, DataCenterComment? Comment = null, string Commit = "");

internal sealed class DataCenterComment(long id, DataCenterUser author, DateTimeOffset createdAt)
{
    public long Id => id;

    public DataCenterUser Author => author;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    public int Version { get; set; }

    public string Text { get; set; } = "";

    public ImmutableList<DataCenterComment> Answers { get; set; } = [];
}
