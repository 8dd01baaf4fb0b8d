using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>How a test ended.</summary>
public enum RegoTestOutcome
{
    /// <summary>The evaluation failed: a conflict, an exhausted budget.</summary>
    Errored,

    /// <summary>The test is undefined or false.</summary>
    Failed,

    /// <summary>The name begins with <c>todo_</c>: it was not run.</summary>
    Skipped,

    /// <summary>The test is defined and not false.</summary>
    Passed,
}

/// <summary>What one test gave.</summary>
/// <param name="Package">The package, such as <c>data.kubernetes</c>.</param>
/// <param name="Name">The rule's name.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Place">Where the rule stands.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Output">The lines that <c>print</c> wrote, each as <c>file:row: text</c>.</param>
/// <param name="Error">Why it could not be evaluated; null unless it errored.</param>
/// <param name="Cases">The cases of a test with a key, by their keys; empty for other tests.</param>
public sealed record RegoTestResult(
    string Package,
    string Name,
    RegoTestOutcome Outcome,
    PolicyPlace Place,
    TimeSpan Duration,
    IReadOnlyList<string> Output,
    RegoError? Error,
    IReadOnlyList<RegoTestCase> Cases);

/// <summary>One case of a test with keys.</summary>
/// <param name="Keys">The keys, outermost first; those that are no text in the language's own form.</param>
/// <param name="Outcome">Passed or failed.</param>
public sealed record RegoTestCase(IReadOnlyList<string> Keys, RegoTestOutcome Outcome)
{
    /// <summary>The keys, joined by a slash.</summary>
    public string Name => string.Join('/', Keys);
}

/// <summary>What a run of tests gave.</summary>
/// <param name="Errors">Why the modules could not be compiled; then there are no results.</param>
/// <param name="Results">The tests in the order of packages and lines.</param>
public sealed record RegoTestReport(IReadOnlyList<RegoError> Errors, IReadOnlyList<RegoTestResult> Results)
{
    /// <summary>Which lines the tests reached; null unless it was asked for.</summary>
    public RegoCoverage? Coverage { get; init; }

    /// <summary>Whether everything compiled, and nothing failed or errored.</summary>
    public bool IsGreen =>
        Errors.Count == 0 && Results.All(r => r.Outcome is RegoTestOutcome.Passed or RegoTestOutcome.Skipped);
}
