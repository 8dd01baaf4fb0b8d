namespace GitOpsGate.Policies;

/// <summary>
/// Answers questions about one policy bundle. An engine is immutable once made: every member may be called from many threads at
/// once, and the same query over the same input gives the same decision.
/// </summary>
public interface IPolicyEngine
{
    /// <summary>Which engine this is, as shown beside a decision: <c>embedded</c> or <c>opa</c>.</summary>
    string Name { get; }

    /// <summary>The content address of the loaded bundle: <c>sha256:</c> and 64 lower-case hex digits.</summary>
    string BundleRevision { get; }

    /// <summary>The packages of the bundle that hold rules, tests excluded, as <c>data.…</c> paths in ordinal order.</summary>
    IReadOnlyList<string> Packages { get; }

    /// <summary>The names of the rules (functions excluded) that a package declares, in ordinal order; empty for an unknown package.</summary>
    /// <param name="package">A path such as <c>data.kubernetes</c>.</param>
    IReadOnlyList<string> RulesIn(string package);

    /// <summary>
    /// Evaluates one document, for instance <c>data.kubernetes.deny</c>. Never throws for what a policy does: a policy that fails,
    /// loops or conflicts is a <see cref="Decision.Failed"/>. A server that cannot be reached is a <see cref="Decision.Failed"/> too.
    /// </summary>
    /// <param name="query">A reference below <c>data</c>, in Rego's own dotted and bracketed form.</param>
    /// <param name="input">The input document; engines share its parsed form, so ask many questions with one instance.</param>
    /// <param name="cancellation">Ends the evaluation within a few milliseconds with <see cref="OperationCanceledException"/>.</param>
    ValueTask<Decision> DecideAsync(string query, PolicyInput input, CancellationToken cancellation);
}
