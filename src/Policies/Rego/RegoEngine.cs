using System.Buffers;
using System.Collections.Concurrent;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego;

/// <summary>The embedded engine: OPA's policy language in this process. Immutable once compiled; all members may be called by
/// many threads.</summary>
public sealed class RegoEngine : IPolicyEngine
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
        IEnumerable<RegoModuleSource> modules, RegoValue data, RegoOptions options, BuiltinTable builtins)
    {
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
        var compilation = new Compilation(parsed, builtins, options.KeepPrints);
        try
        {
            var policy = compilation.Run();
            if (policy is null)
            {
                return new RegoCompilation(null, Reported(compilation.Errors));
            }
            var documents = data.IsDefined ? data : RegoValue.Of(RegoObject.Empty);
            return new RegoCompilation(new RegoEngine(compilation, policy, documents, options), []);
        }
        catch (InsufficientExecutionStackException)
        {
            return new RegoCompilation(null, [new RegoError(RegoErrorCodes.LimitDepth, "a module is nested too deeply", null)]);
        }
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

    /// <summary>Prepares a query: literals as in a rule's body.</summary>
    public (RegoQuery? Query, IReadOnlyList<RegoError> Errors) Prepare(string query) => RegoQuery.Prepare(this, query);

    /// <inheritdoc/>
    public ValueTask<Decision> DecideAsync(string query, PolicyInput input, CancellationToken cancellation)
    {
        if (!_queries.TryGetValue(query, out var known))
        {
            var (made, errors) = Prepare($"{RegoQuery.ResultName} = {query}");
            known = (made, errors.Count > 0 ? errors[0] : null);
            if (_queries.Count < RememberedQueries) _queries[query] = known;
        }

        return ValueTask.FromResult(known.Query is null ? Failed(known.Error!) : Decide(known.Query, input, cancellation));
    }

    private static Decision Decide(RegoQuery query, PolicyInput input, CancellationToken cancellation)
    {
        var document = input.Parsed(ParsedInput.Parse);
        if (document.Problem is { } problem)
        {
            return new Decision.Failed("input_invalid", $"the input is no JSON: {problem}", null);
        }
        var (answers, error) = query.Evaluate(document.Value, cancellation);
        if (error is not null) return Failed(error);
        if (answers.Count == 0) return new Decision.Undefined();
        var buffer = new ArrayBufferWriter<byte>();
        RegoJson.Write(answers[0][RegoQuery.ResultName], buffer);
        return new Decision.Value(buffer.WrittenMemory);
    }

    private static Decision.Failed Failed(RegoError error) => new(error.Code, error.Message, error.Place);

    private sealed record ParsedInput(RegoValue Value, string? Problem)
    {
        public static ParsedInput Parse(ReadOnlyMemory<byte> json) =>
            RegoJson.TryParse(json.Span, out var value, out var problem) ? new(value, null) : new(default, problem);
    }
}
