using System.Buffers;
using System.Collections.Concurrent;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Replay;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego;

/// <summary>The embedded engine: OPA's policy language in this process. Immutable once compiled; all members may be called by
/// many threads.</summary>
public sealed class RegoEngine : IReplayingEngine
{
    private const int RememberedQueries = 256;
    private const int ReportedErrors = 10;

    private readonly Compilation _compilation;
    private readonly Policy _policy;
    private readonly RegoValue _data;
    private readonly RegoOptions _options;
    private readonly ConcurrentDictionary<string, (RegoQuery? Query, RegoError? Error)> _queries = new(StringComparer.Ordinal);

    private RegoEngine(Compilation compilation, Policy policy, RegoValue data, RegoOptions options)
    {
        _compilation = compilation;
        _policy = policy;
        _data = data;
        _options = options;
        Packages = [.. compilation.Modules
            .Where(m => m.Rules.Any(r => !RegoTestRunner.IsTest(r.Head.Path.HeadName!)))
            .Select(m => RuleNode.PathText(m.Package)).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public string Name => "embedded";

    /// <inheritdoc/>
    public string BundleRevision => _options.BundleRevision;

    /// <inheritdoc/>
    public IReadOnlyList<string> Packages { get; }

    internal RegoOptions Options => _options;

    internal Compilation Compiled => _compilation;

    internal Policy Policy => _policy;

    internal RegoValue BaseDocuments => _data;

    /// <summary>Compiles modules over base documents.</summary>
    /// <param name="modules">The modules; their files need not exist.</param>
    /// <param name="data">The root of the base documents: an object, or undefined for none.</param>
    /// <param name="options">How to compile and evaluate.</param>
    public static RegoCompilation Compile(IEnumerable<RegoModuleSource> modules, RegoValue data, RegoOptions options) =>
        Compile(modules, data, options, BuiltinTable.Standard);

    internal static RegoCompilation Compile(
        IEnumerable<RegoModuleSource> modules, RegoValue data, RegoOptions options, BuiltinTable builtins, CompileHooks? hooks = null)
    {
        using var turn = new EvaluationBudget(options.Limits.ForCompiling, CancellationToken.None).Begin();
        try
        {
            return CompileAll([.. modules], data, options, builtins, hooks);
        }
        catch (RegoLimitException limit)
        {
            return new RegoCompilation(null, [new RegoError(limit.Code, limit.Message, null)]);
        }
        catch (InsufficientExecutionStackException)
        {
            return new RegoCompilation(null, [new RegoError(RegoErrorCodes.LimitDepth, "a module is nested too deeply", null)]);
        }
    }

    private static RegoCompilation CompileAll(
        RegoModuleSource[] modules, RegoValue data, RegoOptions options, BuiltinTable builtins, CompileHooks? hooks)
    {
        var size = modules.Sum(source => (long)source.Text.Length);
        if (size > options.Limits.SourceSize)
        {
            throw new RegoLimitException(
                RegoErrorCodes.LimitSize, $"modules of {size} characters are larger than the limit of {options.Limits.SourceSize}");
        }

        var parsed = new List<Module>();
        var errors = new List<RegoError>();
        foreach (var source in modules)
        {
            var (module, wrong) = Parser.ParseModule(
                source.File, source.Text,
                new ParserOptions(
                    source.Version ?? options.Version, options.AllowExperimental, ImprovedNot: options.ImprovedNot));
            if (module is not null) parsed.Add(module);
            errors.AddRange(wrong);
        }

        if (errors.Count > 0) return new RegoCompilation(null, errors);
        if (hooks?.Reshape is { } reshape) parsed = reshape(parsed);
        var compilation = new Compilation(parsed, builtins, options.KeepPrints, watch: hooks?.Watch) { IsStrict = options.StrictChecks };
        var policy = compilation.Run();
        if (policy is null)
        {
            return new RegoCompilation(null, Reported(compilation.Errors));
        }

        var documents = data.IsDefined ? data : RegoValue.Of(RegoObject.Empty);
        return new RegoCompilation(new RegoEngine(compilation, policy, documents, options), []);
    }

    /// <summary>The first errors in the order of the source; more than a reader can use are only said to be there.</summary>
    private static List<RegoError> Reported(List<RegoError> errors)
    {
        var shown = errors.Take(ReportedErrors)
            .OrderBy(e => e.Place?.File, StringComparer.Ordinal).ThenBy(e => e.Place?.Row).ThenBy(e => e.Place?.Column).ToList();
        if (errors.Count > ReportedErrors) shown.Add(new RegoError(RegoErrorCodes.Compile, "error limit reached", null));
        return shown;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> RulesIn(string package)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var module in _compilation.Modules.Where(m => RuleNode.PathText(m.Package) == package))
        {
            names.UnionWith(module.Rules.Where(r => r.Head.Parameters is null).Select(r => r.Head.Path.HeadName!));
        }

        return [.. names];
    }

    /// <summary>Prepares a query as if it stood in a module.</summary>
    public (RegoQuery? Query, IReadOnlyList<RegoError> Errors) Prepare(string query, RegoQueryContext context) =>
        RegoQuery.Prepare(this, query, context);

    /// <summary>Prepares a query: literals as in a rule's body.</summary>
    public (RegoQuery? Query, IReadOnlyList<RegoError> Errors) Prepare(string query) => RegoQuery.Prepare(this, query);

    /// <inheritdoc/>
    public ValueTask<Decision> DecideAsync(string query, PolicyInput input, CancellationToken cancellation)
    {
        var (prepared, error) = Known(query);
        return ValueTask.FromResult(prepared is null ? Failed(error!) : Decide(prepared, input, cancellation));
    }

    /// <inheritdoc/>
    public ValueTask<ReplayedDecision> ReplayAsync(
        string query, PolicyInput input, NondeterminismRecord record, CancellationToken cancellation)
    {
        var (prepared, error) = Known(query);
        if (prepared is null) return ValueTask.FromResult(new ReplayedDecision(Failed(error!), []));
        if (InputOf(input, out var document) is { } refused) return ValueTask.FromResult(new ReplayedDecision(refused, []));
        var buffer = new ArrayBufferWriter<byte>();
        var (answers, unused) = prepared.Replay(document, record, buffer, cancellation);
        return ValueTask.FromResult(new ReplayedDecision(Decided(answers, buffer), unused));
    }

    private (RegoQuery? Query, RegoError? Error) Known(string query)
    {
        if (_queries.TryGetValue(query, out var known)) return known;
        var (made, errors) = Prepare($"{RegoQuery.ResultName} = {query}");
        known = (made, errors.Count > 0 ? errors[0] : null);
        if (_queries.Count < RememberedQueries) _queries[query] = known;
        return known;
    }

    private static Decision Decide(RegoQuery query, PolicyInput input, CancellationToken cancellation)
    {
        if (InputOf(input, out var document) is { } refused) return refused;
        var buffer = new ArrayBufferWriter<byte>();
        return Decided(query.Evaluate(document, buffer, cancellation), buffer);
    }

    private static Decision.Failed? InputOf(PolicyInput input, out RegoValue document)
    {
        var parsed = input.Parsed(ParsedInput.Parse);
        document = parsed.Value;
        return parsed.Problem is { } problem ? new Decision.Failed("input_invalid", $"the input is no JSON: {problem}", null) : null;
    }

    private static Decision Decided(RegoAnswers answers, ArrayBufferWriter<byte> text)
    {
        Decision decision = answers.Error is { } error ? Failed(error)
            : answers.Answers.Count == 0 ? new Decision.Undefined() : new Decision.Value(text.WrittenMemory);
        return answers.Recorded.IsEmpty ? decision : decision with { Nondeterminism = answers.Recorded.Text };
    }

    private static Decision.Failed Failed(RegoError error) => new(error.Code, error.Message, error.Place);

    private sealed record ParsedInput(RegoValue Value, string? Problem)
    {
        public static ParsedInput Parse(ReadOnlyMemory<byte> json) =>
            RegoJson.TryParse(json.Span, out var value, out var problem) ? new(value, null) : new(default, problem);
    }
}
