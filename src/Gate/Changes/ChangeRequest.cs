using System.Collections.Immutable;

namespace GitOpsGate.Changes;

/// <summary>Where a change request stands on its forge.</summary>
public enum ChangeState
{
    Unknown,
    Open,
    Closed,
    Merged,
}

/// <summary>A pull or merge request as its forge described it at one moment.</summary>
public sealed record ChangeRequest
{
    public required ChangeKey Key { get; init; }

    public required string Title { get; init; }

    public string Body { get; init; } = "";

    /// <summary>The page that people open.</summary>
    public string Url { get; init; } = "";

    public required ChangeState State { get; init; }

    public bool IsDraft { get; init; }

    public required Person Author { get; init; }

    public required string SourceBranch { get; init; }

    public required string TargetBranch { get; init; }

    /// <summary>The head of the source branch: the commit that is judged.</summary>
    public required CommitId Head { get; init; }

    /// <summary>
    /// The tip of the target branch when the change last moved, as the forge named it, or none. It may be old: rules are read at the
    /// branch's tip of the moment (<see cref="Facts.Content.Base"/>).
    /// </summary>
    public CommitId TargetTip { get; init; }

    public ImmutableArray<string> Labels { get; init; } = [];

    /// <summary>Whether the source branch lives in another repository.</summary>
    public bool IsFromFork { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The commit that the merge made on the target branch (merge, squash or last rebased commit), once merged.</summary>
    public CommitId MergeCommit { get; init; }

    public DateTimeOffset? MergedAt { get; init; }

    public Person? MergedBy { get; init; }

    public Revision Revision => new(Key, Head);
}

/// <summary>What kind of account acted.</summary>
public enum PersonKind
{
    Unknown,
    User,
    Bot,
}

/// <summary>An account on a forge.</summary>
/// <param name="Login">What people call it: GitHub's login, GitLab's username, Bitbucket's nickname. Compare people by <see cref="Id"/>.</param>
/// <param name="Id">The forge's stable id, as text.</param>
public sealed record Person(string Login, string Id, PersonKind Kind);

/// <summary>What is known of a commit's signature.</summary>
public enum SignatureState
{
    Unknown,
    Unsigned,
    Invalid,
    Verified,
}

/// <summary>A commit of a change request. The accounts are null when the forge could not tie the e-mail address to one.</summary>
public sealed record Commit
{
    public required CommitId Id { get; init; }

    public required string Message { get; init; }

    public Person? Author { get; init; }

    public string AuthorName { get; init; } = "";

    public string AuthorEmail { get; init; } = "";

    public Person? Committer { get; init; }

    public string CommitterName { get; init; } = "";

    public string CommitterEmail { get; init; } = "";

    public SignatureState Signature { get; init; }

    public ImmutableArray<CommitId> Parents { get; init; } = [];

    public DateTimeOffset CommittedAt { get; init; }
}

/// <summary>What happened to a file between the merge base and the head.</summary>
public enum FileStatus
{
    Modified,
    Added,
    Removed,
    Renamed,
    Copied,
    TypeChanged,
}

/// <summary>A line that the change adds. Long lines are cut, and only the first thousands of lines of a change are kept.</summary>
/// <param name="Line">Line number in the new file, from 1.</param>
public readonly record struct AddedLine(int Line, string Text);

/// <summary>A file that differs between the merge base and the head.</summary>
public sealed record ChangedFile
{
    /// <summary>Path in the head (for a removed file: in the base), with forward slashes.</summary>
    public required string Path { get; init; }

    public string? PreviousPath { get; init; }

    public FileStatus Status { get; init; }

    public int Additions { get; init; }

    public int Deletions { get; init; }

    /// <summary>Bytes in the head; 0 for a removed file.</summary>
    public long Size { get; init; }

    public bool IsBinary { get; init; }

    /// <summary>Git's mode in the head, for instance <c>100644</c>, <c>120000</c> for a symbolic link.</summary>
    public string Mode { get; init; } = "";

    public ImmutableArray<AddedLine> Added { get; init; } = [];
}

/// <summary>What a review says.</summary>
public enum ReviewState
{
    Commented,
    Approved,
    ChangesRequested,
    Dismissed,
}

/// <summary>A review, or a forge's approval mark.</summary>
/// <param name="Commit">The commit it was given on; none where the forge does not say (GitLab).</param>
public sealed record Review(Person Author, ReviewState State, CommitId Commit, DateTimeOffset SubmittedAt, string Body);

/// <summary>A comment on a change request.</summary>
public sealed record Comment(string Id, Person Author, string Body, DateTimeOffset CreatedAt, bool IsEdited);

/// <summary>How a status, check or pipeline stands.</summary>
public enum CheckState
{
    Unknown,
    Pending,
    Failed,
    Skipped,
    Succeeded,
}

/// <summary>A status or check that somebody posted on the head commit.</summary>
/// <param name="Name">GitHub's context or check name, GitLab's status name, Bitbucket's build key.</param>
/// <param name="Author">Who posted it, as far as the forge says.</param>
public sealed record StatusCheck(string Name, CheckState State, string Author, string Url)
{
    /// <summary>The forge's id of this one posting; empty where it gives none. No part of what rules and policies see.</summary>
    public string Id { get; init; } = "";
}
