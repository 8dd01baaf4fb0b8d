namespace GitOpsGate.Policies.Rego.Errors;

/// <summary>What is wrong with a policy, or what went wrong while it was evaluated.</summary>
/// <param name="Code">One of <see cref="RegoErrorCodes"/>.</param>
/// <param name="Message">What is wrong, in OPA's words where OPA has the same error.</param>
/// <param name="Place">Where, or null when it is nowhere in particular.</param>
public sealed record RegoError(string Code, string Message, PolicyPlace? Place)
{
    /// <summary>Further lines: what types were found and which would be right; usually none.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>The error as one line: <c>file:row: code: message</c>.</summary>
    public override string ToString() => Place is null ? $"{Code}: {Message}" : $"{Place.File}:{Place.Row}: {Code}: {Message}";
}

/// <summary>The codes of errors: OPA's own, and <c>limit_…</c> for budgets that OPA does not have.</summary>
public static class RegoErrorCodes
{
    /// <summary>The text is not a module or a query.</summary>
    public const string Parse = "rego_parse_error";

    /// <summary>The module cannot be compiled.</summary>
    public const string Compile = "rego_compile_error";

    /// <summary>A function is unknown, or types can never fit.</summary>
    public const string Type = "rego_type_error";

    /// <summary>A variable has no value where it is used.</summary>
    public const string UnsafeVar = "rego_unsafe_var_error";

    /// <summary>A rule needs itself.</summary>
    public const string Recursion = "rego_recursion_error";

    /// <summary>Two rules or two keys give different values.</summary>
    public const string Conflict = "eval_conflict_error";

    /// <summary>A built-in function was given a value of the wrong type.</summary>
    public const string OperandType = "eval_type_error";

    /// <summary>A built-in function failed.</summary>
    public const string Builtin = "eval_builtin_error";

    /// <summary>A function that asks the world got no answer; ends the evaluation.</summary>
    public const string World = "eval_world_error";

    /// <summary>A <c>with</c> replaces what cannot be replaced.</summary>
    public const string WithMerge = "eval_with_merge_error";

    /// <summary>The engine itself failed.</summary>
    public const string Internal = "eval_internal_error";

    /// <summary>A decision is taken again from its record, and the record does not hold what the policy asks.</summary>
    public const string ReplayMissing = "replay_missing";

    /// <summary>What the codes of exhausted budgets begin with.</summary>
    internal const string LimitPrefix = "limit_";

    /// <summary>The evaluation took more steps than its budget.</summary>
    public const string LimitSteps = "limit_steps";

    /// <summary>The evaluation took longer than its budget.</summary>
    public const string LimitTime = "limit_time";

    /// <summary>The evaluation allocated more memory than its budget.</summary>
    public const string LimitMemory = "limit_memory";

    /// <summary>Something is nested more deeply than allowed.</summary>
    public const string LimitDepth = "limit_depth";

    /// <summary>One value or one source is larger than allowed.</summary>
    public const string LimitSize = "limit_size";
}

/// <summary>
/// A budget is exhausted. Thrown from wherever the evaluation is, and turned into a failed decision by the engine: never into
/// undefined, which a policy could take for consent.
/// </summary>
public sealed class RegoLimitException : Exception
{
    /// <summary>An exhausted budget.</summary>
    /// <param name="code">One of the <c>limit_…</c> codes of <see cref="RegoErrorCodes"/>.</param>
    /// <param name="message">Which limit, and how large it is.</param>
    public RegoLimitException(string code, string message)
        : base(message)
    {
        Code = code;
    }

    /// <summary>One of the <c>limit_…</c> codes of <see cref="RegoErrorCodes"/>.</summary>
    public string Code { get; }
}
