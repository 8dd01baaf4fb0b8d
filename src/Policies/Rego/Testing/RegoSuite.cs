using System.Runtime.ExceptionServices;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>How cases of OPA's suite are put to the engine.</summary>
public sealed record RegoSuiteOptions
{
    /// <summary>The edition of every module; null for what each case says.</summary>
    public RegoVersion? Version { get; init; }

    /// <summary>Whether <c>future.keywords.not</c> holds in every module, as OPA runs its suite once more.</summary>
    public bool ImprovedNot { get; init; }

    /// <summary>How long one case may take, from its text to its answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Answers the cases of OPA's conformance suite by the rules of OPA's own driver (<c>v1/topdown/exported_test.go</c>): one line of
/// JSON in, one line of JSON out. What a case wants is not looked at; judging is another's work. Safe for many threads.
/// </summary>
public static class RegoSuite
{
    // An evaluation ends itself within its budget; whatever does not (a compile stage, a single call) is left behind after this.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly BuiltinTable Builtins = BuiltinTable.StandardAnd(static table =>
        table.Add("test.sleep", [RegoType.String], RegoType.Null, static (_, _) => RegoValue.Null));

    /// <summary>
    /// Answers one case: <c>{"id","results":[{variable: json}]}</c>, <c>{"id","error":{"code","message","text"}}</c> (with the results
    /// that came before the error, if any) or <c>{"id","compile_error"}</c>.
    /// </summary>
    /// <param name="line">The case: <c>id</c>, <c>query</c>, <c>modules</c>, <c>data</c>, <c>input</c>… as JSON.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FormatException">The line is no case.</exception>
    public static string Answer(string line, RegoSuiteOptions options, CancellationToken cancellation)
    {
        var one = SuiteCase.Parse(line, options.Version);
        var fault = Bounded(() => Ask(one, options, cancellation), options, cancellation, out var answer);
        return fault is null ? answer! : SuiteAnswer.Failed(one.Id, fault, []);
    }

    /// <summary>
    /// Answers one source of the parser and compiler oracle: <c>{"id","stage","errors":[{"module","code","row","col","message"}]}</c>,
    /// where the stage is <c>ok</c>, <c>parse</c> or <c>compile</c>.
    /// </summary>
    /// <param name="line">The source: <c>id</c>, <c>kind</c> (module or body) and <c>modules</c>, as JSON.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FormatException">The line is no source.</exception>
    public static string AnswerSource(string line, RegoSuiteOptions options, CancellationToken cancellation)
    {
        using var document = SuiteCase.Open(line);
        var id = SuiteCase.IdOf(document.RootElement);
        var isModule = SuiteCase.Text(document.RootElement, "kind") != "body";
        var sources = SuiteCase.Sources(document.RootElement);
        if (sources.Count == 0) throw new FormatException($"the source `{id}` has no `modules`");
        var version = options.Version ?? RegoVersion.V1;
        var fault = Bounded(
            () => isModule ? Compile(id, sources, version) : Query(id, sources[0].Text), options, cancellation, out var answer);
        return fault is null ? answer! : SuiteAnswer.Stage(id, "fault", [fault]);
    }

    private static string Ask(SuiteCase one, RegoSuiteOptions options, CancellationToken cancellation)
    {
        var policy = new RegoOptions
        {
            Version = one.Version,
            StrictBuiltinErrors = one.IsStrict,
            AllowExperimental = one.IsExperimental,
            ImprovedNot = options.ImprovedNot,
            Limits = RegoOptions.Default.Limits with { Time = options.Timeout },
        };
        var (engine, errors) = RegoEngine.Compile(one.Modules, one.Data, policy, Builtins);
        if (engine is null) return SuiteAnswer.NotCompiled(one.Id, errors);
        var (query, wrong) = engine.Prepare(one.Query);
        if (query is null) return SuiteAnswer.NotCompiled(one.Id, wrong);
        var input = one.Input;
        if (one.InputTerm is { } term)
        {
            var (asked, bad) = engine.Prepare($"input_term = {term}");
            if (asked is null) return SuiteAnswer.NotCompiled(one.Id, bad);
            if (asked.Evaluate(default, cancellation).Answers is not [var found, ..])
                return SuiteAnswer.NotCompiled(one.Id, [new RegoError(RegoErrorCodes.Compile, "`input_term` is undefined", null)]);
            input = found["input_term"];
        }

        var got = query.Evaluate(input, cancellation);
        var results = SuiteAnswer.Results(one, got.Answers);
        return got.Error is { } error ? SuiteAnswer.Failed(one.Id, error, results) : SuiteAnswer.Succeeded(one.Id, results);
    }

    private static string Compile(string id, List<RegoModuleSource> sources, RegoVersion version)
    {
        foreach (var source in sources)
        {
            var (_, wrong) = Parser.ParseModule(source.File, source.Text, new ParserOptions(version));
            if (wrong.Count > 0) return SuiteAnswer.Stage(id, "parse", wrong);
        }

        var (engine, errors) = RegoEngine.Compile(sources, default, new RegoOptions { Version = version });
        return SuiteAnswer.Stage(id, engine is null ? "compile" : "ok", errors);
    }

    // A query is v1 whatever its modules are.
    private static string Query(string id, string text)
    {
        var (_, wrong) = Parser.ParseQuery("", text, new ParserOptions(RegoVersion.V1));
        if (wrong.Count > 0) return SuiteAnswer.Stage(id, "parse", wrong);
        var (query, errors) = RegoEngine.Compile([], default, RegoOptions.Default).Engine!.Prepare(text);
        return SuiteAnswer.Stage(id, query is null ? "compile" : "ok", errors);
    }

    /// <summary>Does the work on a thread of its own, so that nothing that one case does ends the run.</summary>
    private static RegoError? Bounded(
        Func<string> work, RegoSuiteOptions options, CancellationToken cancellation, out string? answer)
    {
        answer = null;
        var running = Task.Factory.StartNew(
            work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        try
        {
            if (!running.Wait((int)(options.Timeout + Grace).TotalMilliseconds, cancellation))
            {
                return new RegoError(
                    RegoErrorCodes.LimitTime, $"the case took longer than {options.Timeout.TotalMilliseconds} ms and was left behind", null);
            }

            answer = running.Result;
            return null;
        }
        catch (AggregateException failed)
        {
            return Fault(failed.InnerException!);
        }
    }

    private static RegoError Fault(Exception fault)
    {
        if (fault is OperationCanceledException) ExceptionDispatchInfo.Throw(fault);
        return fault switch
        {
            RegoLimitException limit => new RegoError(limit.Code, limit.Message, null),
            InsufficientExecutionStackException => new RegoError(RegoErrorCodes.LimitDepth, "the case is nested too deeply", null),
            OutOfMemoryException => new RegoError(RegoErrorCodes.LimitMemory, "the case needs more memory than there is", null),
            _ => new RegoError(RegoErrorCodes.Internal, $"{fault.GetType().Name}: {fault.Message}", null),
        };
    }
}
