using System.Collections.Immutable;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Changes;
using GitOpsGate.Rulings;

namespace GitOpsGate.Attestations;

/// <summary>An approval as attestations name it.</summary>
/// <param name="Rule">The rule that it counts for.</param>
/// <param name="By">The opaque reference of who gave it.</param>
internal sealed record AttestedApproval(string Rule, string By, DateTimeOffset At, CommitId On);

/// <summary>All that statements are written from. People are opaque references; findings' sentences, which can name people, are not among it.</summary>
internal sealed record AttestedFacts
{
    public required Ruling Ruling { get; init; }

    public required ChangeRequest Change { get; init; }

    /// <summary>The log and the place of the ruling's entry in it.</summary>
    public required Checkpoint Log { get; init; }

    public required long AuditIndex { get; init; }

    /// <summary>Where the gate is reached; no slash at the end.</summary>
    public required string PublicUrl { get; init; }

    /// <summary>The repository as SLSA names one: <c>git+https://…</c>.</summary>
    public required string Repository { get; init; }

    public required string Author { get; init; }

    /// <summary>Who merged it, or null.</summary>
    public string? Merger { get; init; }

    public string? OverriddenBy { get; init; }

    public ImmutableArray<AttestedApproval> Approvals { get; init; } = [];

    /// <summary>SHA-256 (lower-case hex) of attestations of the same ruling that were issued before.</summary>
    public ImmutableArray<string> Inputs { get; init; } = [];

    public required DateTimeOffset Now { get; init; }

    /// <summary>The move of the branch that is attested; null where somebody asked for an attestation afterwards.</summary>
    public AttestedMove? Move { get; init; }

    /// <summary>The revision in its branch.</summary>
    public CommitId Merged => Move?.Commit ?? Change.MergeCommit;

    public string Branch => $"refs/heads/{Move?.Branch ?? Change.TargetBranch}";
}
