using GitOpsGate.Changes;

namespace GitOpsGate.Rulings;

/// <summary>
/// How far a guarded branch is covered. What goes to targets is one commit with all that lies below it, so a branch is covered up to a
/// commit or it is not: a commit that no ruling covers holds back every later one, until it is reverted or adopted.
/// </summary>
public sealed record BranchStanding
{
    public required RepositoryKey Repository { get; init; }

    public required string Branch { get; init; }

    /// <summary>The commit up to which everything is covered; none when nothing of the branch is.</summary>
    public CommitId Covered { get; init; }

    /// <summary>The covered commit for which orders were last made: what targets hold is compared with it. None when there was none.</summary>
    public CommitId Ordered { get; init; }

    /// <summary>The newest tip that was told.</summary>
    public CommitId Seen { get; init; }

    /// <summary>Since when the tip is not covered and nothing is dispatched from the branch, or null when all is well.</summary>
    public DateTimeOffset? HeldSince { get; init; }

    /// <summary>Which controls have held without a lapse, up to what is covered.</summary>
    public BranchControls Controls { get; init; } = BranchControls.None;
}

/// <summary>How a branch's standing changes.</summary>
/// <param name="Was">What it was when it was looked at, or null when the branch was not known.</param>
public sealed record BranchMove(BranchStanding? Was, BranchStanding Now);
