using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>Why a query gave what it gave: what was tried, in the order in which it was tried first.</summary>
/// <param name="Answers">What the query gave.</param>
/// <param name="Literals">The literals of the query.</param>
public sealed record RegoExplanation(RegoAnswers Answers, IReadOnlyList<RegoLiteralTrial> Literals);

/// <summary>One rule that was tried. All its trials from one place are told together.</summary>
/// <param name="Rule">The rule's path, such as <c>data.kubernetes.deny</c>.</param>
/// <param name="Place">Where its head stands.</param>
/// <param name="Tried">How often it was tried.</param>
/// <param name="Held">In how many of these trials it gave at least one value.</param>
/// <param name="Literals">Its literals as far as they were reached.</param>
public sealed record RegoRuleTrial(string Rule, PolicyPlace Place, int Tried, int Held, IReadOnlyList<RegoLiteralTrial> Literals);

/// <summary>One literal that was tried.</summary>
/// <param name="Text">The literal as the engine understood it: imports and names are paths, nested calls stand on their own.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Tried">How often it was tried.</param>
/// <param name="Held">In how many of these trials it held at least once.</param>
/// <param name="Seen">The values in it when it last did not hold; empty when it always held.</param>
/// <param name="Rules">The rules that it asked and that were not known already.</param>
/// <param name="Within">The literals of the bodies inside it.</param>
public sealed record RegoLiteralTrial(
    string Text,
    PolicyPlace Place,
    int Tried,
    int Held,
    IReadOnlyList<RegoSeenValue> Seen,
    IReadOnlyList<RegoRuleTrial> Rules,
    IReadOnlyList<RegoLiteralTrial> Within);

/// <summary>A part of a literal and what it was.</summary>
/// <param name="Text">The part, for instance <c>input.user</c>.</param>
/// <param name="Value">Its value; undefined is one too.</param>
public readonly record struct RegoSeenValue(string Text, RegoValue Value);

/// <summary>Explains answers: compiles policies with steps that note what is tried, and asks once.</summary>
public static class RegoExplainer
{
    /// <summary>Compiles, asks, and tells what was tried; or the errors that stand in the way.</summary>
    /// <param name="modules">The policies.</param>
    /// <param name="data">The base documents, or undefined.</param>
    /// <param name="options">How to compile and evaluate.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static (RegoExplanation? Explanation, IReadOnlyList<RegoError> Errors) Explain(
        IEnumerable<RegoModuleSource> modules, RegoValue data, RegoOptions options, RegoExplainedQuery query, CancellationToken cancellation)
    {
        var watch = new TrialWatch();
        var (engine, errors) = RegoEngine.Compile(
            modules, data, options, Builtins.BuiltinTable.Standard, new Evaluate.CompileHooks(watch));
        if (engine is null) return (null, errors);
        watch.Take(engine.Compiled.Rules.SelectMany(m => m.Rules));
        var (asked, wrong) = engine.Prepare(query.Text, query.Context);
        if (asked is null) return (null, wrong);
        var answers = asked.Evaluate(query.Input, cancellation);
        return (new RegoExplanation(answers, watch.Told()), []);
    }
}

/// <summary>A query that is to be explained.</summary>
/// <param name="Text">Literals as in a rule's body.</param>
/// <param name="Context">The package and imports that it sees.</param>
/// <param name="Input">The input document, or undefined for none.</param>
public sealed record RegoExplainedQuery(string Text, RegoQueryContext Context, RegoValue Input);
