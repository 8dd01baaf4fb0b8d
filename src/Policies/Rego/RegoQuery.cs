using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Compile.Types;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
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

    private RegoQuery(RegoEngine engine, Policy policy, RulePlan plan)
    {
        _engine = engine;
        _policy = policy;
        _plan = plan;
    }

    internal static (RegoQuery? Query, IReadOnlyList<RegoError> Errors) Prepare(RegoEngine engine, string text)
    {
        var (body, wrong) = Parser.ParseQuery("", text, new ParserOptions(RegoVersion.V1, engine.Options.AllowExperimental));
        if (body is null) return (null, wrong);
        if (body.Literals.Count == 0)
        {
            return (null, [new RegoError(RegoErrorCodes.Compile, "empty query cannot be compiled", null)]);
        }

        var compiled = engine.Compiled;
        var check = compiled.ForQuery();
        var names = check.Names;
        var literals = new Scoping(NoGlobals, names, check.Errors).Query(body);
        if (check.Errors.Count > 0) return (null, check.Errors);
        literals = new Expansion(names, compiled.KeepPrints, equalsUnify: false)
        {
            IsFunctionName = check.IsFunction,
            CheckCall = call => FunctionCheck.CheckInner(check, call),
        }.Query(literals);
        FunctionCheck.Check(check, literals, isStrictV1: false);
        WithCheck.Check(check, literals);
        if (check.Errors.Count > 0) return (null, check.Errors);
        literals = new Safety(check.Context.Arity, names, check.Errors).OrderAll(
            literals, new HashSet<string>(StringComparer.Ordinal));
        if (check.Errors.Count == 0) check.Errors.AddRange(TypeCheck.Query(check, literals));
        if (check.Errors.Count > 0) return (null, check.Errors);
        var planner = new Planner(new PlanContext(compiled.Root, compiled.Builtins, firstPlan: int.MaxValue / 2), 0);
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
    public RegoAnswers Evaluate(RegoValue input, CancellationToken cancellation) => Evaluate(input, null, cancellation);

    internal RegoAnswers Evaluate(RegoValue input, EvaluationListener? listener, CancellationToken cancellation)
    {
        var options = _engine.Options;
        var budget = new EvaluationBudget(options.Limits, cancellation);
        var context = new BuiltinContext(budget, options.Clock.GetUtcNow(), options.Seed)
        {
            Print = listener?.Print,
            TestCase = listener?.TestCase,
        };
        var machine = new Machine(_policy, input, _engine.BaseDocuments, budget, context);
        var answers = new AnswerCollector();
        try
        {
            _plan.Run(machine, [], RegoValue.Of(answers));
        }
        catch (RegoFailureException failure)
        {
            return new RegoAnswers(answers.Answers, failure.Error);
        }
        catch (RegoLimitException limit)
        {
            return new RegoAnswers([], new RegoError(limit.Code, limit.Message, context.Place));
        }
        catch (InsufficientExecutionStackException)
        {
            return new RegoAnswers(
                [], new RegoError(RegoErrorCodes.LimitDepth, "values or rules are nested too deeply", context.Place));
        }

        return options.StrictBuiltinErrors && context.FirstError is { } error
            ? new RegoAnswers(answers.Answers, error)
            : new RegoAnswers(answers.Answers, null);
    }
}
