namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>How much one evaluation may use. Exceeding any of these ends it with a <c>limit_…</c> error.</summary>
public sealed record RegoLimits
{
    /// <summary>Limits that suit a gate: generous for real policies, fatal for endless ones.</summary>
    public static RegoLimits Default { get; } = new();

    /// <summary>Iterations, calls and lookups.</summary>
    public long Steps { get; init; } = 100_000_000;

    /// <summary>Time on the clock.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes allocated by the evaluating thread.</summary>
    public long AllocatedBytes { get; init; } = 512L << 20;

    /// <summary>Rule and function calls inside one another.</summary>
    public int CallDepth { get; init; } = 2_000;

    /// <summary>Characters of one string, and items of one collection, that a single built-in call may make.</summary>
    public int ResultSize { get; init; } = 16 << 20;
}
