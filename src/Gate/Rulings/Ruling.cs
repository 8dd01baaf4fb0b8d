using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Chat;

namespace GitOpsGate.Rulings;

/// <summary>Our id of a ruling: a version 7 UUID.</summary>
public readonly record struct RulingId(Guid Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>The gate's combined answer for one revision.</summary>
public sealed record Ruling
{
    public required RulingId Id { get; init; }

    public required Revision Revision { get; init; }

    /// <summary>The branch into which it was judged: rules differ by branch, so the ruling says nothing about any other.</summary>
    public string TargetBranch { get; init; } = "";

    /// <summary>
    /// The commit from which the change was judged: what lies before it is no part of the ruling. None in rulings of versions that did
    /// not keep it; those cover no merge.
    /// </summary>
    public CommitId MergeBase { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>The verdict in one line, for a status: at most 140 characters.</summary>
    public required string Summary { get; init; }

    /// <summary>All reasons, the determining ones first.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    /// <summary>All approval rules that applied or were skipped, in the order of the files that name them.</summary>
    public ImmutableArray<Requirement> Requirements { get; init; } = [];

    /// <summary>What to do, in the order in which it is quickest; empty when nothing is missing.</summary>
    public ImmutableArray<string> WayToGreen { get; init; } = [];

    /// <summary>The bundles asked, by name, with engine and revision.</summary>
    public ImmutableArray<BundleUse> Bundles { get; init; } = [];

    /// <summary>What policies asked of the world (time, chance) and were told, in the order in which they asked; null when they asked
    /// for nothing. <see cref="ReplayEngines"/> tells them again.</summary>
    public ImmutableArray<WorldUse>? World { get; init; }

    /// <summary>What is remembered of commands in comments; null when there were none.</summary>
    public ChatMemory? Chat { get; init; }

    /// <summary>The override that has findings not decide, or null.</summary>
    public OverrideUse? Override { get; init; }

    /// <summary>Statuses under the gate's name that the gate did not write and saw on this head, oldest first; null when there were none.</summary>
    public ImmutableArray<ForeignStatus>? Foreign { get; init; }

    /// <summary>SHA-256 of the evidence's canonical JSON, lower-case hex.</summary>
    public required string EvidenceDigest { get; init; }

    /// <summary>SHA-256 over the rules in force (server's and repository's), lower-case hex.</summary>
    public required string RulesDigest { get; init; }

    /// <summary>
    /// The digest of <see cref="KeptRules"/>: the server's rules and how its bundles are asked, lower-case hex; null in rulings of versions that
    /// did not keep them.
    /// </summary>
    public string? ServerDigest { get; init; }

    public required DateTimeOffset RuledAt { get; init; }

    /// <summary>The ruling as everybody may see it: without what rules on trial (<see cref="RuleMode.Shadow"/>) said.</summary>
    public Ruling ForEverybody() => this with
    {
        Findings = [.. Findings.Where(finding => finding.Mode != RuleMode.Shadow)],
        Requirements = [.. Requirements.Where(requirement => requirement.Mode != RuleMode.Shadow)],
    };
}

/// <summary>A bundle that a ruling asked.</summary>
public sealed record BundleUse(string Name, string Engine, string Revision);
