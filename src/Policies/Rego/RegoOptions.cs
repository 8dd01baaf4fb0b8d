using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Replay;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego;

/// <summary>One module's source.</summary>
/// <param name="File">The path that errors name, with forward slashes.</param>
/// <param name="Text">The text of the module.</param>
/// <param name="Version">The edition of the language; null for that of the options.</param>
public sealed record RegoModuleSource(string File, string Text, RegoVersion? Version = null);

/// <summary>How policies are compiled and evaluated.</summary>
public sealed record RegoOptions
{
    /// <summary>The usual options.</summary>
    public static RegoOptions Default { get; } = new();

    /// <summary>The edition of the language of modules that do not say.</summary>
    public RegoVersion Version { get; init; }

    /// <summary>The content address of the bundle, as decisions name it; empty when there is none.</summary>
    public string BundleRevision { get; init; } = "";

    /// <summary>How much one evaluation may use.</summary>
    public RegoLimits Limits { get; init; } = RegoLimits.Default;

    /// <summary>The clock of <c>time.now_ns</c>: one evaluation sees one time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where <c>rand.intn</c> and <c>uuid.rfc4122</c> begin; the same seed gives the same answers.</summary>
    public int Seed { get; init; }

    /// <summary>Makes the world of each evaluation; null for the one of <see cref="Clock"/> and <see cref="Seed"/>, which knows no
    /// names of hosts.</summary>
    public Func<INondeterminism>? World { get; init; }

    /// <summary>Whether the first failure of a built-in function ends in an error instead of undefined.</summary>
    public bool StrictBuiltinErrors { get; init; }

    /// <summary>Whether calls of <c>print</c> are kept.</summary>
    public bool KeepPrints { get; init; }

    /// <summary>Whether the checks of <c>opa check --strict</c> apply to every module: unused imports, unused local variables and
    /// arguments, repeated imports, names that hide <c>input</c> or <c>data</c>, deprecated functions. Errors, not warnings.</summary>
    public bool StrictChecks { get; init; }

    /// <summary>Whether every module negates as with <c>import future.keywords.not</c>: what a negated literal needs is evaluated inside
    /// the negation, so that an undefined part makes it true.</summary>
    public bool ImprovedNot { get; init; }

    /// <summary>Whether the experimental keywords <c>and</c> and <c>or</c> may be imported.</summary>
    public bool AllowExperimental { get; init; }

    internal INondeterminism NewWorld() => World is null ? new GivenNondeterminism(Clock, Seed) : World();
}
