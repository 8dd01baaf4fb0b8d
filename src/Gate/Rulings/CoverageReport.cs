using System.Collections.Immutable;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>What a push turned out to be. The zero value is the least certain.</summary>
public enum CoverageKind
{
    /// <summary>It brings commits that no ruling covers, or drops some that were covered.</summary>
    Unmanaged,

    /// <summary>Its own commits are covered, but they stand on some that are not.</summary>
    Held,

    /// <summary>It is told late: a newer push that holds it was walked before.</summary>
    Known,

    /// <summary>The branch holds again what it held when it was last covered.</summary>
    Restored,

    /// <summary>Everything is covered.</summary>
    Covered,
}

/// <summary>Which rulings stand behind a push.</summary>
/// <param name="Steps">The merges that were recognised, oldest first.</param>
/// <param name="Unmanaged">The push's own commits that no ruling covers, oldest first.</param>
/// <param name="Below">Commits of earlier pushes that hold this one back, oldest first.</param>
/// <param name="Move">How the branch stands afterwards.</param>
public sealed record CoverageReport(
    CoverageKind Kind, ImmutableArray<CoveredStep> Steps, ImmutableArray<PushedCommit> Unmanaged, ImmutableArray<PushedCommit> Below, BranchMove Move);

/// <summary>One merge inside a push.</summary>
/// <param name="Last">The last commit on the branch that belongs to it.</param>
public sealed record CoveredStep(ChangeSummary Change, Ruling Ruling, PushedCommit Last);
