using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>An account of a fake Bitbucket Cloud; its nickname is for people and need not be the only one of its kind.</summary>
public sealed record BitbucketUser(string Uuid, string Nickname, bool IsApp = false);

/// <summary>A merge strategy, as a request to merge names it.</summary>
public enum BitbucketMerge
{
    MergeCommit,
    Squash,
    RebaseFastForward,
}

/// <summary>A build status; one key has one status on a commit.</summary>
public sealed record BitbucketBuild(
    string Sha, string Key, string State, string Name, string Description, string Url, string RefName, DateTimeOffset CreatedAt);

/// <summary>A branch restriction, for instance of kind <c>require_passing_builds_to_merge</c>.</summary>
public sealed record BitbucketRestriction(long Id, string Kind, string Pattern, long Value)
{
    /// <summary>Whether it is for this branch; only names, <c>*</c> and <c>**</c> at the end are understood.</summary>
    public bool Covers(string branch) => Pattern is "*" or "**" || Pattern == branch
        || (Pattern.EndsWith("/**", StringComparison.Ordinal) && branch.StartsWith(Pattern[..^2], StringComparison.Ordinal));
}

/// <summary>A Code Insights report and its annotations, as they were sent.</summary>
public sealed record BitbucketReport(JsonObject Body, OrderedDictionary<string, JsonObject> Annotations);

internal sealed class BitbucketRepository(string uuid, string path, GitRepo repo)
{
    public string Uuid => uuid;

    public string Path => path;

    public GitRepo Repo => repo;

    public List<BitbucketRestriction> Restrictions { get; } = [];

    /// <summary>Code Insights reports, by commit and the id that their writer chose.</summary>
    public Dictionary<(string Sha, string Id), BitbucketReport> Reports { get; } = [];

    public List<BitbucketHook> Hooks { get; } = [];

    public List<BitbucketPullRequest> PullRequests { get; } = [];

    public List<BitbucketBuild> Builds { get; } = [];
}

internal sealed class BitbucketHook(string uuid)
{
    public string Uuid => uuid;

    public string Url { get; set; } = "";

    public string Secret { get; set; } = "";

    public bool IsActive { get; set; }

    public bool SkipsCertificate { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public List<string> Events { get; set; } = [];
}

internal sealed class BitbucketPullRequest(long id, BitbucketUser author, DateTimeOffset createdAt)
{
    public long Id => id;

    public BitbucketUser Author => author;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    public string Title { get; set; } = "";

    public string Description { get; set; } = "";

    public string State { get; set; } = "OPEN";

    public bool IsDraft { get; set; }

    public string Source { get; set; } = "";

    public string Destination { get; set; } = "";

    public string Head { get; set; } = "";

    public string Base { get; set; } = "";

    public string MergeCommit { get; set; } = "";

    public BitbucketUser? ClosedBy { get; set; }

    public List<BitbucketParticipant> Participants { get; } = [];

    public List<BitbucketComment> Comments { get; } = [];

    /// <summary>What happened, the oldest first.</summary>
    public List<BitbucketActivity> Activity { get; } = [];
}

internal sealed class BitbucketParticipant(BitbucketUser user)
{
    public BitbucketUser User => user;

    public string? State { get; set; }

    /// <summary>Moves with whatever the participant does, comments included.</summary>
    public DateTimeOffset ParticipatedOn { get; set; }
}

internal sealed class BitbucketComment(long id, BitbucketUser author, DateTimeOffset createdAt)
{
    public long Id => id;

    public BitbucketUser Author => author;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    public string Raw { get; set; } = "";

    public bool IsDeleted { get; set; }
}

/// <summary>An item of a pull request's activity.</summary>
/// <param name="Kind"><c>update</c>, <c>approval</c>, <c>changes_requested</c> or <c>comment</c>.</param>
/// <param name="Head">The source's tip at that moment.</param>
internal sealed record BitbucketActivity(string Kind, BitbucketUser By, DateTimeOffset At, string Head);
