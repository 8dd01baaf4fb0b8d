using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Rulings;

namespace GitOpsGate.Attestations;

/// <summary>A move of a guarded branch that is to be attested, as it was seen when it was recorded.</summary>
/// <param name="Branch">Without <c>refs/heads/</c>.</param>
/// <param name="Before">What the branch held before; none for one that is new.</param>
/// <param name="Commit">What it holds now: the subject.</param>
/// <param name="At">When the gate recorded it.</param>
public sealed record AttestedMove(RepositoryKey Repository, string Branch, CommitId Before, CommitId Commit, DateTimeOffset At)
{
    /// <summary>The ruling that covers it; null for a push that went past the gate, or stands on one that did.</summary>
    public RulingId? Ruling { get; init; }

    /// <summary>The change request that was merged.</summary>
    public ChangeKey? Change { get; init; }

    public bool IsForced { get; init; }

    /// <summary>The controls that hold with it.</summary>
    public ImmutableArray<HeldControl> Controls { get; init; } = [];

    /// <summary>What must not be attested twice. A push that was unmanaged when it was told and is covered when it is told again has two.</summary>
    public string Key => $"attest:{(Ruling is null ? "unmanaged" : "merge")}:{Repository}:{Commit}:{Branch}";
}
