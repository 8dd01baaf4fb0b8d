namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// How much policies may use: one evaluation, and the compilation of all modules together. Exceeding any of these is a
/// <c>limit_…</c> error: never undefined, never a crash.
/// </summary>
public sealed record RegoLimits
{
    /// <summary>Limits that suit a gate: generous for real policies, fatal for endless ones.</summary>
    public static RegoLimits Default { get; } = new();

    /// <summary>Iterations, calls and lookups, and what built-in functions do in units of about a microsecond: else
    /// <c>limit_steps</c>.</summary>
    public long Steps { get; init; } = 100_000_000;

    /// <summary>Time on the clock: else <c>limit_time</c>.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes allocated by the evaluating thread, whether they are still in use or not: else <c>limit_memory</c>.</summary>
    public long AllocatedBytes { get; init; } = 512L << 20;

    /// <summary>Rule and function calls inside one another: else <c>limit_depth</c>.</summary>
    public int CallDepth { get; init; } = 2_000;

    /// <summary>Characters of one string, and items of one collection, that a single built-in call may make, and bytes of the
    /// answer's JSON text: else <c>limit_size</c>.</summary>
    public int ResultSize { get; init; } = 4 << 20;

    /// <summary>Characters of the text of all modules together: else <c>limit_size</c>.</summary>
    public int SourceSize { get; init; } = 16 << 20;

    /// <summary>Time on the clock for compiling all modules: else <c>limit_time</c>.</summary>
    public TimeSpan CompileTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes allocated while all modules are compiled: else <c>limit_memory</c>.</summary>
    public long CompileBytes { get; init; } = 4L << 30;

    /// <summary>The limits of a compilation, as those of an evaluation.</summary>
    internal RegoLimits ForCompiling => this with { Steps = long.MaxValue / 4, Time = CompileTime, AllocatedBytes = CompileBytes };
}
