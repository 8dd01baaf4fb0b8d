using System.Buffers;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Compile.Types;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Replay;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego;

/// <summary>A query that was compiled against an engine. Immutable; many threads may evaluate it at once.</summary>
public sealed class RegoQuery
{
    internal const string ResultName = "result";

    private static readonly Dictionary<string, Term.Ref> NoGlobals = [];

    private readonly RegoEngine _engine;
    private readonly Policy _policy;
    private readonly RulePlan _plan;
    private readonly RegoAnswers?[] _booleans = new RegoAnswers?[2];

    private RegoQuery(RegoEngine engine, Policy policy, RulePlan plan)
    {
        _engine = engine;
        _policy = policy;
        _plan = plan;
    }

    internal static (RegoQuery? Query, IReadOnlyList<RegoError> Errors) Prepare(
        RegoEngine engine, string text, RegoQueryContext? context = null)
    {
        using var turn = new EvaluationBudget(engine.Options.Limits.ForCompiling, CancellationToken.None).Begin();
        try
        {
            return Compile(engine, text, context);
        }
        catch (RegoLimitException limit)
        {
            return (null, [new RegoError(limit.Code, limit.Message, null)]);
        }
        catch (InsufficientExecutionStackException)
        {
            return (null, [new RegoError(RegoErrorCodes.LimitDepth, "the query is nested too deeply", null)]);
        }
    }

    private static (RegoQuery? Query, IReadOnlyList<RegoError> Errors) Compile(
        RegoEngine engine, string text, RegoQueryContext? context)
    {
        var (globals, misread) = context is null ? (NoGlobals, []) : context.Globals(engine);
        if (misread.Count > 0) return (null, misread);
        var (body, wrong) = Parser.ParseQuery("", text, new ParserOptions(RegoVersion.V1, engine.Options.AllowExperimental));
        if (body is null) return (null, wrong);
        if (body.Literals.Count == 0)
        {
            return (null, [new RegoError(RegoErrorCodes.Compile, "empty query cannot be compiled", null)]);
        }

        var compiled = engine.Compiled;
        var check = compiled.ForQuery();
        var names = check.Names;
        var literals = new Scoping(globals, names, check.Errors).Query(body);
        if (check.Errors.Count > 0) return (null, check.Errors);
        var expansion = new Expansion(names, compiled.KeepPrints, equalsUnify: false);
        expansion.IsFunctionName = check.IsFunction;
        expansion.CheckCall = call => FunctionCheck.CheckInner(check, call);
        literals = expansion.Query(literals);
        FunctionCheck.Check(check, literals, isStrictV1: false);
        WithCheck.Check(check, literals);
        if (check.Errors.Count > 0) return (null, check.Errors);
        literals = new Safety(check.Context.Arity, names, check.Errors).OrderAll(
            literals, new HashSet<string>(StringComparer.Ordinal));
        if (check.Errors.Count == 0) check.Errors.AddRange(TypeCheck.Query(check, literals));
        if (check.Errors.Count > 0) return (null, check.Errors);
        if (compiled.Context.Watch is { } watch) watch.Names = names;
        var planner = new Planner(
            new PlanContext(compiled.Root, compiled.Builtins, firstPlan: int.MaxValue / 2) { Watch = compiled.Context.Watch }, 0);
        planner.Literals(literals);
        var shown = planner.Known.Where(k => k.Key[0] != '$' && !LocalNames.IsMade(k.Key)).ToList();
        var last = new YieldAnswerNode([.. shown.Select(k => k.Key)], [.. shown.Select(k => k.Value)]);
        var plan = planner.Finish(last, body.Literals[0].Place);
        return (new RegoQuery(engine, engine.Policy, plan), []);
    }

    /// <summary>Evaluates the query.</summary>
    /// <param name="input">The input document, or undefined for none.</param>
    /// <param name="cancellation">Ends the evaluation within a few milliseconds.</param>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public RegoAnswers Evaluate(RegoValue input, CancellationToken cancellation) =>
        Run(input, null, null, null, cancellation);

    /// <summary>Evaluates the query in a world of the caller's.</summary>
    /// <param name="input">The input document, or undefined for none.</param>
    /// <param name="world">What nondeterministic functions ask; used by this evaluation alone.</param>
    /// <param name="cancellation">Ends the evaluation within a few milliseconds.</param>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public RegoAnswers Evaluate(RegoValue input, INondeterminism world, CancellationToken cancellation) =>
        Run(input, new WorldLog(world), null, null, cancellation);

    /// <summary>Evaluates the query again from its record: the world is not asked.</summary>
    /// <param name="input">The input document of then, or undefined for none.</param>
    /// <param name="record">What <see cref="RegoAnswers.Recorded"/> said then.</param>
    /// <param name="cancellation">Ends the evaluation within a few milliseconds.</param>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public RegoReplay Replay(RegoValue input, NondeterminismRecord record, CancellationToken cancellation) =>
        Replay(input, record, null, cancellation);

    internal RegoReplay Replay(
        RegoValue input, NondeterminismRecord record, IBufferWriter<byte>? text, CancellationToken cancellation)
    {
        var world = new WorldLog(record);
        var answers = Run(input, world, null, text, cancellation);
        return new RegoReplay(answers, world.Unused());
    }

    internal RegoAnswers Evaluate(RegoValue input, EvaluationListener? listener, CancellationToken cancellation) =>
        Run(input, null, listener, null, cancellation);

    /// <summary>Evaluates, and writes the JSON text of the first answer's result within the same budget.</summary>
    internal RegoAnswers Evaluate(RegoValue input, IBufferWriter<byte> text, CancellationToken cancellation) =>
        Run(input, null, null, text, cancellation);

    private RegoAnswers Run(
        RegoValue input, WorldLog? world, EvaluationListener? listener, IBufferWriter<byte>? text, CancellationToken cancellation)
    {
        var options = _engine.Options;
        var machine = _policy.Machines.Rent();
        machine.Budget.Restart(options.Limits, cancellation);
        var context = machine.Builtins;
        context.Restart(options, world, listener);
        machine.Begin(input, _engine.BaseDocuments);
        var end = Guarded(machine, text);
        var error = end ?? (options.StrictBuiltinErrors ? context.FirstError : null);
        var isLimit = error?.Code.StartsWith(RegoErrorCodes.LimitPrefix, StringComparison.Ordinal) ?? false;
        var answers = isLimit ? AnswerCollector.None : machine.Answers.Build(_booleans);
        if (error is not null) answers = answers with { Error = error };
        if (context.Recorded is { IsEmpty: false } recorded) answers = answers with { Recorded = recorded };

        // Only a machine whose evaluation came to its end is as it should be.
        if (end is null) _policy.Machines.Return(machine);
        return answers;
    }

    private RegoError? Guarded(Machine machine, IBufferWriter<byte>? text)
    {
        var context = machine.Builtins;
        try
        {
            using var turn = machine.Budget.Begin();
            _plan.Run(machine, []);
            if (text is null) return null;
            var answers = machine.Answers.Build(_booleans).Answers;
            if (answers.Count > 0) RegoJson.Write(answers[0][ResultName], new SizedWriter(text, machine.Budget));
            return null;
        }
        catch (RegoFailureException failure)
        {
            return failure.Error;
        }
        catch (RegoLimitException limit)
        {
            return new RegoError(limit.Code, limit.Message, context.Place);
        }
        catch (InsufficientExecutionStackException)
        {
            return new RegoError(RegoErrorCodes.LimitDepth, "values or rules are nested too deeply", context.Place);
        }
        catch (OutOfMemoryException)
        {
            return new RegoError(RegoErrorCodes.LimitMemory, "a single value is larger than this machine can hold", context.Place);
        }
    }
}
