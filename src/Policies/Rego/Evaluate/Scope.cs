using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>The documents that a part of an evaluation sees, and what was computed of them.</summary>
internal sealed class Scope
{
    private readonly Memo[] _memos;
    private readonly List<int> _used = [];

    public Scope(RegoValue input, RegoValue data, int groups)
    {
        Input = input;
        Data = data;
        _memos = new Memo[groups];
    }

    /// <summary>Whether nothing is replaced: the documents are those that the evaluation was begun with.</summary>
    public bool IsOutermost { get; init; }

    public RegoValue Input { get; private set; }

    public RegoValue Data { get; private set; }

    /// <summary>What is replaced in the base documents; null when nothing is.</summary>
    public DataPatch? Patch { get; init; }

    /// <summary>Rules whose documents are replaced; null when there are none.</summary>
    public HashSet<RuleNode>? Hidden { get; init; }

    /// <summary>Functions that are replaced, by name; null when there are none.</summary>
    public Dictionary<string, Mock>? Mocks { get; init; }

    /// <summary>Sees other documents, for another evaluation.</summary>
    public void Begin(RegoValue input, RegoValue data)
    {
        Input = input;
        Data = data;
    }

    /// <summary>Forgets what was computed.</summary>
    public void End()
    {
        foreach (var group in _used)
        {
            ref var memo = ref _memos[group];
            memo.Value = default;
            memo.IsComplete = false;
            memo.IsUsed = false;
            if (memo.ByKey is { } known && !known.TryClear()) memo.ByKey = null;
        }

        _used.Clear();
        Input = default;
        Data = default;
    }

    public ref Memo MemoOf(int group)
    {
        ref var memo = ref _memos[group];
        if (!memo.IsUsed)
        {
            memo.IsUsed = true;
            _used.Add(group);
        }

        return ref memo;
    }

    public bool Hides(RuleNode node) => Hidden is not null && Hidden.Contains(node);

    /// <summary>The base document at a path, read as a whole; undefined when there is none.</summary>
    public RegoValue Whole(BuiltinContext context, RegoValue[] path) =>
        Patch?.Joined(context, path) is { IsDefined: true } joined ? joined : Overlay.Find(Data, path);

    /// <summary>This scope with nothing replaced by functions, for a function that replaces another: it may call the
    /// original.</summary>
    public Scope WithoutMocks() => new(Input, Data, _memos.Length) { Hidden = Hidden, Patch = Patch };
}

/// <summary>What is known of one rule group within a scope.</summary>
internal struct Memo
{
    /// <summary>Whether anything is known.</summary>
    public bool IsUsed;

    /// <summary>Whether the whole document was computed.</summary>
    public bool IsComplete;

    /// <summary>The document; undefined is an answer too.</summary>
    public RegoValue Value;

    /// <summary>Answers by keys or by operands.</summary>
    public MemoTable? ByKey;
}
