using System.Runtime.CompilerServices;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// One evaluation of a compiled policy: the documents it sees, what it computed already, its frames and its budget. The policy
/// itself is shared and never changed; a machine belongs to one thread. When its evaluation is over it may begin another one, so
/// that the usual evaluation allocates nothing but its answer.
/// </summary>
internal sealed class Machine
{
    private const int CallsBetweenGuards = 4;

    private readonly RegoValue[]?[] _frames;
    private readonly List<int> _used = [];
    private readonly bool[] _isUsed;
    private readonly Scope _outermost;
    private (RulePlan Plan, RegoValue[] Frame)? _query;
    private int _depth;

    public Machine(Policy policy)
    {
        Policy = policy;
        Budget = new EvaluationBudget(RegoLimits.Default, CancellationToken.None);
        Builtins = new BuiltinContext(Budget, default, 0);
        _outermost = new Scope(default, default, policy.Groups.Count) { IsOutermost = true };
        Scope = _outermost;
        _frames = new RegoValue[]?[policy.PlanCount];
        _isUsed = new bool[policy.PlanCount];
    }

    public Policy Policy { get; }

    public EvaluationBudget Budget { get; }

    public BuiltinContext Builtins { get; }

    /// <summary>Gathers the answers of a query.</summary>
    public AnswerCollector Answers { get; } = new();

    /// <summary>The documents and replacements that hold right now.</summary>
    public Scope Scope { get; set; }

    /// <summary>Operands of the call that is being prepared; nothing calls back between filling and using it.</summary>
    public RegoValue[] Operands { get; } = new RegoValue[16];

    /// <summary>Begins an evaluation; the budget and the built-in functions' context are restarted by the caller.</summary>
    public void Begin(RegoValue input, RegoValue data)
    {
        _depth = 0;
        Scope = _outermost;
        _outermost.Begin(input, data);
    }

    /// <summary>Forgets the evaluation, so that nothing of it is kept alive.</summary>
    public void End()
    {
        _outermost.End();
        foreach (var id in _used)
        {
            _isUsed[id] = false;
            _frames[id].AsSpan().Clear();
        }

        _used.Clear();
        if (_query is { } query) query.Frame.AsSpan().Clear();
        Operands.AsSpan().Clear();
        Answers.Clear();
    }

    public void EnterCall()
    {
        Budget.Step();
        if (++_depth > Budget.Limits.CallDepth
            || (_depth % CallsBetweenGuards == 0 && !RuntimeHelpers.TryEnsureSufficientExecutionStack()))
        {
            throw new RegoLimitException(RegoErrorCodes.LimitDepth, $"rules call one another more than {_depth - 1} deep");
        }
    }

    public void LeaveCall() => _depth--;

    /// <summary>A frame for a plan. What the slots hold is left from before.</summary>
    public RegoValue[] Rent(RulePlan plan)
    {
        var id = plan.Id;
        if ((uint)id >= (uint)_frames.Length)
        {
            return _query is { } query && query.Plan == plan ? query.Frame : new RegoValue[plan.FrameSize];
        }

        var frame = _frames[id];
        if (frame is null) return new RegoValue[plan.FrameSize];
        _frames[id] = null;
        return frame;
    }

    public void Return(RulePlan plan, RegoValue[] frame)
    {
        var id = plan.Id;
        if ((uint)id >= (uint)_frames.Length)
        {
            if (_query?.Plan != plan) _query = (plan, frame);
            return;
        }

        _frames[id] = frame;
        if (_isUsed[id]) return;
        _isUsed[id] = true;
        _used.Add(id);
    }
}

/// <summary>What stands in for a function: another rule's function, a built-in one, or a value.</summary>
internal sealed record Mock(RuleGroup? Group, Builtin? Builtin, RegoValue Value);

/// <summary>
/// Machines that wait for their next evaluation. Each thread mostly finds its own again, so that threads do not wait for one
/// another.
/// </summary>
internal sealed class MachinePool(Policy policy)
{
    private const int Places = 16;

    // References that stand on different lines of the processor's cache.
    private const int Apart = 16;

    private readonly Machine?[] _free = new Machine?[(Places + 1) * Apart];

    public Machine Rent() => Interlocked.Exchange(ref Mine(), null) ?? new Machine(policy);

    /// <summary>Takes a machine back whose evaluation came to its end.</summary>
    public void Return(Machine machine)
    {
        machine.End();
        Volatile.Write(ref Mine(), machine);
    }

    private ref Machine? Mine() => ref _free[((Environment.CurrentManagedThreadId % Places) + 1) * Apart];
}
