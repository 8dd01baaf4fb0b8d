using System.Text.RegularExpressions;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>How tests are run.</summary>
public sealed record RegoTestOptions
{
    /// <summary>How policies are compiled and evaluated; prints are always kept.</summary>
    public RegoOptions Policy { get; init; } = RegoOptions.Default;

    /// <summary>Which tests run: a regular expression that <c>data.package.name</c> must contain; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>How long one test may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the lines that tests reach are noted.</summary>
    public bool Covers { get; init; }
}

/// <summary>
/// Runs the tests of policies as <c>opa test</c> does: rules whose name begins with <c>test_</c> pass when they are defined and
/// not false; those that begin with <c>todo_test_</c> are skipped. A rule with keys, <c>test_x[case]</c>, has a case for each key.
/// A name that is written a second time in a package is a test of its own, called <c>test_x#01</c>.
/// </summary>
public static class RegoTestRunner
{
    private const string Prefix = "test_";
    private const string Skipped = "todo_test_";

    /// <summary>Compiles the modules and runs their tests, one after the other.</summary>
    /// <param name="modules">Policies and tests together.</param>
    /// <param name="data">The base documents, or undefined.</param>
    /// <param name="options">How to run.</param>
    /// <param name="cancellation">Ends the run between and within tests.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static RegoTestReport Run(
        IEnumerable<RegoModuleSource> modules, RegoValue data, RegoTestOptions options, CancellationToken cancellation)
    {
        var policy = options.Policy with { KeepPrints = true, Limits = options.Policy.Limits with { Time = options.Timeout } };
        var watch = options.Covers ? new CoverageWatch() : null;
        var hooks = new CompileHooks(watch, TestNames.MakeUnique);
        var (engine, errors) = RegoEngine.Compile(modules, data, policy, BuiltinTable.Standard, hooks);
        if (engine is null) return new RegoTestReport(errors, []);
        var filter = options.Filter is null ? null : new Regex(options.Filter, RegexOptions.NonBacktracking);
        var results = new List<RegoTestResult>();
        foreach (var (package, rule) in TestsOf(engine))
        {
            cancellation.ThrowIfCancellationRequested();
            var name = rule.Head.Path.HeadName!;
            if (filter is not null && !filter.IsMatch($"{RuleNode.PathText(package)}.{name}")) continue;
            results.Add(name.StartsWith(Skipped, StringComparison.Ordinal)
                ? new RegoTestResult(RuleNode.PathText(package), name, RegoTestOutcome.Skipped, rule.Place, TimeSpan.Zero, [], null, [])
                : RunOne(engine, package, rule, cancellation));
        }

        return new RegoTestReport([], results)
        {
            Coverage = watch is null ? null : RegoCoverage.Of(engine.Compiled.Modules, watch.Reached()),
        };
    }

    internal static bool IsTest(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) || name.StartsWith(Skipped, StringComparison.Ordinal);

    private static IEnumerable<(string[] Package, Rule Rule)> TestsOf(RegoEngine engine) =>
        engine.Compiled.Modules
            .SelectMany(m => m.Rules.Select(r => (m.Package, Rule: r)))
            .Where(t => t.Rule.Head.Parameters is null && IsTest(t.Rule.Head.Path.HeadName!))
            .OrderBy(t => RuleNode.PathText(t.Package), StringComparer.Ordinal)
            .ThenBy(t => t.Rule.Place.File, StringComparer.Ordinal)
            .ThenBy(t => t.Rule.Place.Row)
            .DistinctBy(t => (RuleNode.PathText(t.Package), t.Rule.Head.Path.HeadName));

    private static RegoTestResult RunOne(RegoEngine engine, string[] package, Rule rule, CancellationToken cancellation)
    {
        var name = rule.Head.Path.HeadName!;
        var output = new List<string>();
        var asked = new List<RegoValue>();
        var began = engine.Options.Clock.GetTimestamp();
        var (query, wrong) = engine.Prepare($"{RegoQuery.ResultName} = {RuleNode.PathText([.. package, name])}");
        if (query is null) return Made(RegoTestOutcome.Errored, wrong[0], []);
        var (answers, error) = query.Evaluate(
            default,
            new EvaluationListener(
                (place, line) => output.Add(place is null ? line : $"{place.File}:{place.Row}: {line}"), asked.Add),
            cancellation);
        if (error is not null) return Made(RegoTestOutcome.Errored, error, []);
        var value = answers.Count == 0 ? default : answers[0][RegoQuery.ResultName];
        var cases = CasesOf(asked, value);
        var holds = value.Holds && cases.All(c => c.Outcome == RegoTestOutcome.Passed);
        return Made(holds ? RegoTestOutcome.Passed : RegoTestOutcome.Failed, null, cases);

        RegoTestResult Made(RegoTestOutcome outcome, RegoError? failure, IReadOnlyList<RegoTestCase> found) => new(
            RuleNode.PathText(package), name, outcome, rule.Place, engine.Options.Clock.GetElapsedTime(began), output, failure, found);
    }

    private static List<RegoTestCase> CasesOf(List<RegoValue> asked, RegoValue value)
    {
        var cases = new List<RegoTestCase>();
        foreach (var keys in asked.Distinct().Order())
        {
            var at = value;
            var names = new List<string>();
            foreach (ref readonly var key in keys.AsArray!.Items)
            {
                at = CompilerBuiltins.Lookup(at, key);
                names.Add(key.AsString?.Text ?? key.ToString());
            }

            cases.Add(new RegoTestCase(names, at.Holds ? RegoTestOutcome.Passed : RegoTestOutcome.Failed));
        }

        return cases;
    }
}
