using System.Runtime.CompilerServices;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// One evaluation of a compiled policy: the documents it sees, what it computed already, its frames and its budget. The policy
/// itself
/// is shared and never changed; a machine belongs to one thread.
/// </summary>
internal sealed class Machine
{
    private readonly Stack<RegoValue[]>?[] _frames;
    private int _depth;

    public Machine(Policy policy, RegoValue input, RegoValue data, EvaluationBudget budget, BuiltinContext builtins)
    {
        Policy = policy;
        Budget = budget;
        Builtins = builtins;
        Scope = new Scope(input, data, policy.Groups.Count);
        _frames = new Stack<RegoValue[]>?[policy.PlanCount];
    }

    public Policy Policy { get; }

    public EvaluationBudget Budget { get; }

    public BuiltinContext Builtins { get; }

    /// <summary>The documents and replacements that hold right now.</summary>
    public Scope Scope { get; set; }

    /// <summary>Operands of the call that is being prepared; nothing calls back between filling and using it.</summary>
    public RegoValue[] Operands { get; } = new RegoValue[16];

    public void EnterCall()
    {
        Budget.Step();
        if (++_depth > Budget.Limits.CallDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new RegoLimitException(RegoErrorCodes.LimitDepth, $"rules call one another more than {_depth - 1} deep");
        }
    }

    public void LeaveCall() => _depth--;

    public RegoValue[] Rent(RulePlan plan)
    {
        var free = plan.Id < _frames.Length ? _frames[plan.Id] : null;
        if (free is null || !free.TryPop(out var frame)) return new RegoValue[plan.FrameSize];
        frame[0] = default;
        return frame;
    }

    public void Return(RulePlan plan, RegoValue[] frame)
    {
        if (plan.Id < _frames.Length) (_frames[plan.Id] ??= new Stack<RegoValue[]>()).Push(frame);
    }
}

/// <summary>The documents that a part of an evaluation sees, and what was computed of them.</summary>
internal sealed class Scope
{
    private readonly Memo[] _memos;

    public Scope(RegoValue input, RegoValue data, int groups)
    {
        Input = input;
        Data = data;
        _memos = new Memo[groups];
    }

    public RegoValue Input { get; }

    public RegoValue Data { get; }

    /// <summary>Rules whose documents are replaced; null when there are none.</summary>
    public HashSet<RuleNode>? Hidden { get; init; }

    /// <summary>Functions that are replaced, by name; null when there are none.</summary>
    public Dictionary<string, Mock>? Mocks { get; init; }

    public ref Memo MemoOf(int group) => ref _memos[group];

    public bool Hides(RuleNode node) => Hidden is not null && Hidden.Contains(node);

    /// <summary>This scope with nothing replaced by functions, for a function that replaces another: it may call the
    /// original.</summary>
    public Scope WithoutMocks() => new(Input, Data, _memos.Length) { Hidden = Hidden };
}

/// <summary>What stands in for a function: another rule's function, a built-in one, or a value.</summary>
internal sealed record Mock(RuleGroup? Group, Builtin? Builtin, RegoValue Value);

/// <summary>What is known of one rule group within a scope.</summary>
internal struct Memo
{
    /// <summary>Whether the whole document was computed.</summary>
    public bool IsComplete;

    /// <summary>The document; undefined is an answer too.</summary>
    public RegoValue Value;

    /// <summary>Answers by key or by operands.</summary>
    public Dictionary<RegoValue, RegoValue>? ByKey;
}
