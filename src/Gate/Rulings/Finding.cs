using GitOpsGate.Changes;

namespace GitOpsGate.Rulings;

/// <summary>One reason of a ruling.</summary>
public sealed record Finding
{
    /// <summary>What this finding alone would make of the revision, before <see cref="Mode"/> is applied.</summary>
    public required Verdict Weight { get; init; }

    /// <summary>The rule that gave it: <c>approval/prod-needs-release</c>, <c>policy/kubernetes.deny</c>, <c>gate/rule-file</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>What is so and what would be right, in one sentence without a full stop.</summary>
    public required string Message { get; init; }

    public RuleMode Mode { get; init; }

    /// <summary>Where it was found, or null when it concerns the change as a whole.</summary>
    public Place? Place { get; init; }

    /// <summary>Who took the decision from it by an override, or null.</summary>
    public string? OverriddenBy { get; init; }

    /// <summary>Whether it counts towards the verdict.</summary>
    public bool Decides => Mode == RuleMode.Enforce && OverriddenBy is null;
}

/// <summary>A place in a changed file.</summary>
/// <param name="Line">From 1, or 0 for the whole file.</param>
public sealed record Place(string File, int Line)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}

/// <summary>How an approval rule stands. The zero value is the safe one.</summary>
public enum RequirementState
{
    /// <summary>It could not be told.</summary>
    Errored,

    /// <summary>Approvals are missing.</summary>
    Pending,

    /// <summary>It is fulfilled.</summary>
    Approved,

    /// <summary>The rule does not apply to this revision.</summary>
    Skipped,
}

/// <summary>What one approval rule asks of one revision, and what it got.</summary>
public sealed record Requirement
{
    public required string Rule { get; init; }

    public required RequirementState State { get; init; }

    /// <summary>One sentence: what is asked, what is given, why it does not apply.</summary>
    public required string Sentence { get; init; }

    public RuleMode Mode { get; init; }

    /// <summary>How many approvals are asked for.</summary>
    public int Required { get; init; }

    /// <summary>Who approved in a way that counts.</summary>
    public IReadOnlyList<Approval> Given { get; init; } = [];

    /// <summary>Approvals that do not count, each with the reason.</summary>
    public IReadOnlyList<Dismissal> Dismissed { get; init; } = [];

    /// <summary>Who may approve, as the rule names them: <c>user:alice</c>, <c>team:acme/release</c>.</summary>
    public IReadOnlyList<string> From { get; init; } = [];

    /// <summary>Since when this waits: the moment of the revision's head, or of the dismissal that reopened it.</summary>
    public DateTimeOffset? WaitingSince { get; init; }
}

/// <summary>An approval that counts.</summary>
public sealed record Approval(Person By, DateTimeOffset At, CommitId On, string Method);

/// <summary>An approval that does not count, and why.</summary>
public sealed record Dismissal(Person By, DateTimeOffset At, string Why);
