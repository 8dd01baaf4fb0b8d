using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// Puts steps of its own into plans while they are made: for coverage, for explanations. A plan that is made without one has no
/// trace of it, so the ones that a gate runs pay nothing.
/// </summary>
internal abstract class PlanWatch
{
    /// <summary>What policies wrote for the names that the compilation makes up; set before anything is planned.</summary>
    public LocalNames Names { get; set; } = new();

    /// <summary>A step at the beginning of a plan, or null.</summary>
    public abstract Node? Enters(PolicyPlace place);

    /// <summary>A step before a literal, within the scope of its replacements, or null.</summary>
    /// <param name="literal">The literal.</param>
    /// <param name="known">The variables that have values here. It changes later: copy what is kept.</param>
    public abstract Node? Begins(Literal literal, IReadOnlyDictionary<string, Source> known);

    /// <summary>A step where a literal holds, or null.</summary>
    public abstract Node? Holds(Literal literal);

    /// <summary>A step before a plan yields, or null.</summary>
    public abstract Node? Yields(PolicyPlace place);
}

/// <summary>What stands between the text of modules and their plans.</summary>
/// <param name="Watch">Puts steps into the plans; null for none.</param>
/// <param name="Reshape">Changes the parsed modules before they are compiled; null to leave them.</param>
internal sealed record CompileHooks(PlanWatch? Watch = null, Func<List<Module>, List<Module>>? Reshape = null);
