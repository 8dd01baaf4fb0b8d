using System.Collections.Immutable;
using GitOpsGate.Rulings;

namespace GitOpsGate.Configuration;

/// <summary>The rules of one file: a repository's <c>.gitopsgate.yaml</c>, or the <c>rules</c> part of <c>gate.yaml</c>.</summary>
public sealed record RuleFile
{
    /// <summary>No rules at all.</summary>
    public static RuleFile Empty { get; } = new();

    public ImmutableArray<ApprovalRule> Approvals { get; init; } = [];

    public ImmutableArray<PolicyRule> Policies { get; init; } = [];

    /// <summary>Who may override what; only in <c>gate.yaml</c>.</summary>
    public ImmutableArray<OverrideRule> Overrides { get; init; } = [];
}

/// <summary>When a rule applies; all given conditions must hold, and no condition always holds.</summary>
public sealed record RuleScope
{
    /// <summary>Globs (<c>prod/**</c>) of which at least one changed file, old or new name, matches one; empty for any.</summary>
    public ImmutableArray<string> Paths { get; init; } = [];

    /// <summary>Globs of the target branch; empty for any.</summary>
    public ImmutableArray<string> Branches { get; init; } = [];

    /// <summary>Globs of the repository's path; only meaningful in <c>gate.yaml</c>; empty for any.</summary>
    public ImmutableArray<string> Repositories { get; init; } = [];

    /// <summary>Labels that must all be there, in either case of letters.</summary>
    public ImmutableArray<string> Labels { get; init; } = [];
}

/// <summary>An approval rule: who must approve what.</summary>
public sealed record ApprovalRule
{
    public required string Name { get; init; }

    public RuleMode Mode { get; init; }

    public RuleScope When { get; init; } = new();

    /// <summary>How many different people must approve; at least 1.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Logins that may approve. With <see cref="Teams"/> also empty, everybody who can review may.</summary>
    public ImmutableArray<string> Users { get; init; } = [];

    public ImmutableArray<string> Teams { get; init; } = [];

    /// <summary>Whether the author's own approval counts.</summary>
    public bool AuthorMayApprove { get; init; }

    /// <summary>Whether somebody who wrote or committed one of the commits may approve.</summary>
    public bool ContributorMayApprove { get; init; }

    /// <summary>Whether an approval counts only if it was given on the revision's head commit.</summary>
    public bool DismissOnPush { get; init; } = true;

    /// <summary>Whether an approving review counts.</summary>
    public bool TakesReviews { get; init; } = true;

    /// <summary>Whether <c>/gate approve</c> in a comment counts.</summary>
    public bool TakesComments { get; init; }

    /// <summary>Whether it stands in <c>gate.yaml</c>, and not in a repository.</summary>
    public bool IsOfServer { get; init; }

    /// <summary>Line of the rule in its file, from 1.</summary>
    public int Line { get; init; }
}

/// <summary>Which form of input a policy takes.</summary>
public enum PolicyStyle
{
    /// <summary>Conftest's: asked once for every document of a changed file.</summary>
    Document,

    /// <summary>Asked once, with the whole change as input.</summary>
    Change,
}

/// <summary>A policy rule: which package of which bundle is asked.</summary>
public sealed record PolicyRule
{
    public required string Name { get; init; }

    public RuleMode Mode { get; init; }

    public RuleScope When { get; init; } = new();

    public required string Bundle { get; init; }

    /// <summary>The package, for instance <c>data.kubernetes</c>; its rules <c>deny</c>, <c>violation</c> and <c>warn</c> are asked.</summary>
    public required string Package { get; init; }

    public PolicyStyle Style { get; init; }

    /// <summary>For documents: globs of the files that are asked about; empty for all documents.</summary>
    public ImmutableArray<string> Files { get; init; } = [];

    public int Line { get; init; }
}

/// <summary>An override rule: who may let a change through in an emergency, by <c>/gate override</c> with a reason.</summary>
public sealed record OverrideRule
{
    public required string Name { get; init; }

    public RuleScope When { get; init; } = new();

    /// <summary>Logins that may override. With <see cref="Teams"/> also empty nobody may.</summary>
    public ImmutableArray<string> Users { get; init; } = [];

    public ImmutableArray<string> Teams { get; init; } = [];

    /// <summary>Characters that a reason has at least.</summary>
    public int ShortestReason { get; init; } = 10;

    /// <summary>Whether it also lets through what could not be judged.</summary>
    public bool EvenErrored { get; init; }

    public int Line { get; init; }
}

/// <summary>One thing that is wrong with a configuration file.</summary>
/// <param name="Line">From 1, or 0 when it concerns the whole file.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record FileProblem(string File, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}: {Message}" : $"{File}: {Message}";
}
