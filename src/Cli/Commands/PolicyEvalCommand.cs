using System.CommandLine;
using GitOpsGate.Policies.Bundles;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy eval</c>: asks policies one question, and says why the answer is what it is.</summary>
internal static class PolicyEvalCommand
{
    private static readonly string[] Formats = ["pretty", "json", "raw", "values", "bindings"];

    public static Command Make()
    {
        var options = new EvalOptions();
        var command = new Command(
            "eval",
            """
            ask policies a question: a document such as `data.kubernetes.deny`, or any Rego query.

            The exit code is 1 when the answer is undefined or the evaluation fails.
            """);
        options.AddTo(command);
        return command.Does(async (parsed, cancellation) =>
        {
            var format = parsed.GetValue(Common.Json) ? "json" : parsed.GetRequiredValue(options.Format);
            if (!Formats.Contains(format)) throw new CommandFailure(ExitCode.Usage, $"`--format {format}` is not known; it is one of {string.Join(", ", Formats)}");
            var set = await PolicyFiles.LoadAsync(options.Sources(parsed), cancellation);
            var (expressions, errors) = RegoExpressions.Of(parsed.GetRequiredValue(options.Query));
            if (expressions is null) throw new CommandFailure(ExitCode.Usage, $"the query is not Rego: {errors[0].Message}");
            var asked = new RegoExplainedQuery(
                expressions.Text,
                new RegoQueryContext(parsed.GetValue(options.Package), parsed.GetValue(options.Imports) ?? []),
                Input(parsed.GetValue(options.Input)));
            var explanation = parsed.GetValue(options.Explain) ? Explain(set, options.Policy(parsed), asked, cancellation) : null;
            var answers = explanation?.Answers ?? Ask(set, options.Policy(parsed), asked, cancellation);
            new EvalReport(expressions, answers, explanation).Print(format);
            if (answers.Error is { } failed && format != "json") throw new CommandFailure(ExitCode.No, failed.ToString());
            var isDefined = answers.Error is null && answers.Answers.Count > 0;
            return isDefined != parsed.GetValue(options.FailDefined) ? ExitCode.Ok : ExitCode.No;
        });
    }

    private static RegoAnswers Ask(PolicySet set, RegoOptions policy, RegoExplainedQuery asked, CancellationToken cancellation)
    {
        var (query, errors) = PolicyFiles.Compile(set, policy).Prepare(asked.Text, asked.Context);
        if (query is null) throw NotAQuery(errors);
        return query.Evaluate(asked.Input, cancellation);
    }

    private static RegoExplanation Explain(PolicySet set, RegoOptions policy, RegoExplainedQuery asked, CancellationToken cancellation)
    {
        PolicyFiles.Compile(set, policy);
        var (explanation, errors) = RegoExplainer.Explain(set.Modules, set.Data, policy, asked, cancellation);
        return explanation ?? throw NotAQuery(errors);
    }

    private static CommandFailure NotAQuery(IReadOnlyList<Policies.Rego.Errors.RegoError> errors) =>
        new(ExitCode.No, $"the query cannot be asked: {string.Join("; ", errors.Select(error => $"{error.Code}: {error.Message}"))}");

    private static RegoValue Input(string? path)
    {
        if (path is null) return default;
        var text = new ReadOnlyMemory<byte>(PolicyFiles.Read(path));
        try
        {
            if (Path.GetExtension(path) is ".yaml" or ".yml") text = BundleOptions.Default.YamlToJson!(text);
        }
        catch (FormatException wrong)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{path}` is not YAML: {wrong.Message}");
        }

        return RegoJson.TryParse(text.Span, out var value, out var problem)
            ? value
            : throw new CommandFailure(ExitCode.Usage, $"`{path}` is not JSON: {problem}");
    }

    private sealed class EvalOptions
    {
        public Argument<string> Query { get; } = new("query") { Description = "what is asked" };

        public Option<string[]> Bundles { get; } = new("--bundle", "-b") { Description = "a bundle: a folder or a .tar.gz; may be repeated" };

        public Option<string[]> Paths { get; } = new("--data", "-d") { Description = "a folder, or a .rego, .json or .yaml file; may be repeated" };

        public Option<string?> Input { get; } = new("--input", "-i") { Description = "the input document, JSON or YAML; `-` for standard input" };

        public Option<string?> Package { get; } = new("--package") { Description = "ask as if from within this package" };

        public Option<string[]> Imports { get; } = new("--import") { Description = "an import that the query sees, such as `data.lib as l`; may be repeated" };

        public Option<string> Format { get; } = new("--format", "-f")
        {
            Description = "pretty, json (as `opa eval` prints), raw (texts without quotes), values or bindings",
            DefaultValueFactory = _ => "pretty",
        };

        public Option<bool> Explain { get; } = new("--explain") { Description = "tell which rules were tried and which literal did not hold, with the values in it" };

        public Option<bool> Strict { get; } = new("--strict-builtin-errors") { Description = "end with the first error of a built-in function instead of undefined" };

        // Undefined always ends in 1 here; the option is there so that scripts written for OPA run as they are.
        public Option<bool> Fail { get; } = new("--fail") { Description = "end with 1 when the answer is undefined, which is the default here" };

        public Option<bool> FailDefined { get; } = new("--fail-defined") { Description = "end with 1 when the answer is defined, and with 0 when it is undefined" };

        public Option<bool> V0 { get; } = new("--v0-compatible", "--v0") { Description = "read modules as Rego v0 where nothing else is said" };

        public Option<string[]> Ignore { get; } = new("--ignore") { Description = "names to pass over; may be repeated" };

        public Option<double> Timeout { get; } = new("--timeout") { Description = "seconds that the evaluation may take", DefaultValueFactory = _ => 5 };

        public void AddTo(Command command)
        {
            command.Add(Query);
            foreach (var option in (Option[])[Bundles, Paths, Input, Package, Imports, Format, Explain, Strict, Fail, FailDefined, V0, Ignore, Timeout])
                command.Add(option);
        }

        public PolicySources Sources(ParseResult parsed) => new(
            parsed.GetValue(Paths) ?? [], parsed.GetValue(Bundles) ?? [], parsed.GetValue(Ignore) ?? [], parsed.GetValue(V0));

        public RegoOptions Policy(ParseResult parsed) => new()
        {
            StrictBuiltinErrors = parsed.GetValue(Strict),
            Limits = RegoLimits.Default with { Time = Seconds.Of(parsed.GetRequiredValue(Timeout), "--timeout") },
        };
    }
}
