using System.Numerics;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Replay;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>What a built-in function may ask of the evaluation that calls it. One per evaluation; not for many threads.</summary>
internal sealed class BuiltinContext
{
    private WorldLog? _world;
    private RegoOptions? _options;
    private Builtin? _current;

    /// <summary>A context of one evaluation.</summary>
    /// <param name="budget">What the evaluation may use.</param>
    /// <param name="world">What nondeterministic functions ask.</param>
    public BuiltinContext(EvaluationBudget budget, WorldLog world)
    {
        Budget = budget;
        _world = world;
    }

    /// <summary>A context of one evaluation at a given time.</summary>
    /// <param name="budget">What the evaluation may use.</param>
    /// <param name="now">The time that the whole evaluation sees.</param>
    /// <param name="seed">Where chance starts: the same seed gives the same <c>rand.intn</c> and <c>uuid.rfc4122</c>.</param>
    public BuiltinContext(EvaluationBudget budget, DateTimeOffset now, int seed)
        : this(budget, new WorldLog(new GivenNondeterminism(() => now, seed)))
    {
    }

    /// <summary>What was asked of the world, in order.</summary>
    public NondeterminismRecord Recorded => _world is null ? NondeterminismRecord.Empty : _world.Record();

    /// <summary>Forgets the evaluation before, for another one.</summary>
    /// <param name="options">How to evaluate.</param>
    /// <param name="world">What nondeterministic functions ask; null for the one of the options, made when it is first asked.</param>
    /// <param name="listener">Who hears what the evaluation says; null when nobody does.</param>
    public void Restart(RegoOptions options, WorldLog? world, EvaluationListener? listener)
    {
        _options = options;
        _world = world;
        _current = null;
        FirstError = null;
        LatestError = null;
        Place = null;
        Print = listener?.Print;
        TestCase = listener?.TestCase;
    }

    /// <summary>What the evaluation may still use.</summary>
    public EvaluationBudget Budget { get; }

    /// <summary>The first error of a built-in function in this evaluation: it becomes the outcome in strict mode.</summary>
    public RegoError? FirstError { get; private set; }

    /// <summary>The latest error of a built-in function in this evaluation.</summary>
    public RegoError? LatestError { get; private set; }

    /// <summary>Where the call that runs stands in the policy; null when unknown.</summary>
    public PolicyPlace? Place { get; set; }

    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z, the same throughout the evaluation.</summary>
    public long NowNanoseconds => (Log.Now - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>The time, chance and addresses, for nondeterministic functions only: what they say is recorded.</summary>
    public INondeterminism World => Log.World;

    /// <summary>Where lines of <c>print</c> go; null when nobody listens.</summary>
    public Action<PolicyPlace?, string>? Print { get; set; }

    /// <summary>Who is told of each case of a test; null when nobody is.</summary>
    public Action<RegoValue>? TestCase { get; set; }

    private WorldLog Log => _world ??= new WorldLog(_options!.NewWorld());

    /// <summary>The function failed: its call is undefined, or the outcome in strict mode.</summary>
    /// <param name="message">What is wrong, without the function's name.</param>
    public RegoValue Fail(string message) => Record(RegoErrorCodes.Builtin, message);

    /// <summary>The world gave no answer: once that is recorded, it ends the evaluation.</summary>
    public RegoValue FailInWorld(string message) => Record(RegoErrorCodes.World, message);

    /// <summary>An operand cannot be used: <c>operand N</c> and then the given words.</summary>
    public RegoValue FailOperand(int position, string message) =>
        Record(RegoErrorCodes.OperandType, $"operand {position} {message}");

    /// <summary>What a nondeterministic function says: the same throughout the evaluation for the same operands.</summary>
    internal RegoValue AskWorld(Builtin function, ReadOnlySpan<RegoValue> operands) => Log.Ask(function, this, operands);

    /// <summary>The function fails as it did when it was asked first.</summary>
    /// <exception cref="RegoFailureException">The world gave no answer: that ends the evaluation.</exception>
    internal RegoValue FailAgain(RegoError failure)
    {
        LatestError = failure with { Place = Place };
        if (failure.Code == RegoErrorCodes.World) throw new RegoFailureException(LatestError);
        FirstError ??= LatestError;
        return default;
    }

    /// <summary>A string result, checked against the size limit.</summary>
    public RegoValue Sized(string text)
    {
        Budget.CheckSize(text.Length);
        return RegoValue.Of(text);
    }

    /// <summary>
    /// Takes the steps that writing a value as text will need, and checks its size, before it is written: a value can share its
    /// parts and be far larger as text than in memory.
    /// </summary>
    public void Measure(RegoValue value)
    {
        var size = 0L;
        Measure(value, ref size);
        Budget.CheckSize(size);
    }

    /// <summary>Ends the evaluation when a call asks for more than its function ever gives.</summary>
    /// <param name="what">What is too large: <c>the pattern</c>.</param>
    /// <param name="size">How large it is.</param>
    /// <param name="limit">How large it may be.</param>
    public void CheckLimit(string what, BigInteger size, long limit)
    {
        if (size <= limit) return;
        throw new RegoLimitException(
            RegoErrorCodes.LimitSize, $"{_current?.Name}: {what} has a size of {size}; {limit} is the limit");
    }

    internal void Enter(Builtin builtin) => _current = builtin;

    private void Measure(RegoValue value, ref long size)
    {
        StackRoom.Ensure();
        Budget.Step();
        size += value.AsString?.Text.Length ?? 1;
        if (!value.IsCollection) return;
        if (size > Budget.Limits.ResultSize) Budget.CheckSize(size);
        foreach (ref readonly var item in value.AsObject is { } entries ? entries.Values : AggregateBuiltins.Items(value))
            Measure(item, ref size);
        if (value.AsObject is null) return;
        foreach (ref readonly var key in value.AsObject.Keys) Measure(key, ref size);
    }

    private RegoValue Record(string code, string message)
    {
        LatestError = new RegoError(code, $"{_current?.Name}: {message}", Place);
        FirstError ??= LatestError;
        return default;
    }
}
