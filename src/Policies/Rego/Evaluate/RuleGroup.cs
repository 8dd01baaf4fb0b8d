using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>What rules at one place make.</summary>
internal enum RuleGroupKind
{
    /// <summary>One document.</summary>
    Complete,

    /// <summary>A function.</summary>
    Function,

    /// <summary>A set.</summary>
    Set,

    /// <summary>An object, perhaps of objects.</summary>
    Open,
}

/// <summary>All rules at one place, ready to be evaluated.</summary>
internal sealed class RuleGroup
{
    private RulePlan[] _rules = [];
    private RulePlan[] _asked = [];
    private OpenRule[] _open = [];
    private RulePlan? _otherwise;
    private RuleIndex? _index;
    private int[] _all = [];
    private bool _stopsAtFirst;
    private bool _remembers;

    public RuleGroup(int id, RuleNode node, RuleGroupKind kind)
    {
        Id = id;
        Node = node;
        Kind = kind;
    }

    public int Id { get; }

    public RuleNode Node { get; }

    public RuleGroupKind Kind { get; }

    public bool IsFunction => Kind == RuleGroupKind.Function;

    /// <summary>How many keys in a row are worth asking for.</summary>
    public int KeyDepth { get; private set; }

    public static RegoFailureException Differs(bool isFunction, PolicyPlace place) => RegoFailureException.Conflict(
        isFunction ? "functions must not produce multiple outputs for same inputs"
            : "complete rules must not produce multiple outputs",
        place);

    /// <summary>Takes the plans of a document or function.</summary>
    /// <param name="rules">The rules in the order in which they were written.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="stopsAtFirst">Whether all rules give the same constant, so that one that holds is enough.</param>
    /// <param name="index">Tells which rules may hold; null when each is tried.</param>
    public void Take(RulePlan[] rules, RulePlan? otherwise, bool stopsAtFirst, RuleIndex? index)
    {
        _rules = rules;
        Index(index, rules.Length);
        _otherwise = otherwise;
        _stopsAtFirst = stopsAtFirst;
        for (var one = 0; one < rules.Length; one++)
        {
            for (var plan = rules[one]; plan is not null; plan = plan.Else) _remembers |= plan.IsCostly;
        }
    }

    /// <summary>Takes the plans of a set: to make all of it, and to ask for one member.</summary>
    public void TakeSet(RulePlan[] rules, RulePlan[] asked, RuleIndex? index)
    {
        Index(index, rules.Length);
        _rules = rules;
        _asked = asked;
        KeyDepth = 1;
    }

    /// <summary>Takes the plans of an object.</summary>
    public void TakeOpen(OpenRule[] rules, RuleIndex? index)
    {
        Index(index, rules.Length);
        _open = rules;
        KeyDepth = Math.Max(rules.Length == 0 ? 1 : rules.Max(r => r.Keys), DepthBelow(Node));
    }

    /// <summary>The whole document; undefined when no rule gives it.</summary>
    public RegoValue Document(Machine machine)
    {
        ref var memo = ref machine.Scope.MemoOf(Id);
        if (memo.IsComplete) return memo.Value;
        var scope = machine.Scope;
        machine.EnterCall();
        var made = Kind switch
        {
            RuleGroupKind.Complete => Single(machine, []),
            RuleGroupKind.Function => default,
            RuleGroupKind.Set => WholeSet(machine),
            RuleGroupKind.Open => WholeDocument(machine),
        };
        machine.LeaveCall();
        memo = ref scope.MemoOf(Id);
        memo.Value = made;
        memo.IsComplete = true;
        return made;
    }

    /// <summary>The value of a function for some operands.</summary>
    public RegoValue Call(Machine machine, ReadOnlySpan<RegoValue> operands)
    {
        if (!_remembers)
        {
            machine.EnterCall();
            var plain = _rules.Length == 1 && _rules[0].Else is null && _otherwise is null
                ? _rules[0].Run(machine, operands)
                : Single(machine, new Kept(operands).Values(operands.Length));
            machine.LeaveCall();
            return plain;
        }

        var known = machine.Scope.MemoOf(Id).ByKey ??= new MemoTable();
        if (known.TryFind(operands, out var hash, out var before)) return before;

        // The operands may stand in the machine's own buffer, which the function's calls overwrite.
        var kept = new Kept(operands);
        machine.EnterCall();
        var made = Single(machine, kept.Values(operands.Length));
        machine.LeaveCall();
        known.Add(kept.Values(operands.Length), hash, made);
        return made;
    }

    /// <summary>What the document holds under some keys, without making the rest of it.</summary>
    public RegoValue Entry(Machine machine, ReadOnlySpan<RegoValue> keys)
    {
        ref var memo = ref machine.Scope.MemoOf(Id);
        if (memo.IsComplete) return Below(memo.Value, keys);
        var known = memo.ByKey ??= new MemoTable();
        if (known.TryFind(keys, out var hash, out var before)) return before;
        machine.EnterCall();
        var made = Kind == RuleGroupKind.Set ? Member(machine, keys[0]) : At(machine, keys);
        machine.LeaveCall();
        known.Add(keys, hash, made);
        return made;
    }

    private static int DepthBelow(RuleNode node) =>
        node.Children.Count == 0 ? 0
            : 1 + node.Children.Values.Max(c => c.Group is { Kind: RuleGroupKind.Open } g ? g.KeyDepth : DepthBelow(c));

    private static RegoValue Below(RegoValue value, ReadOnlySpan<RegoValue> keys)
    {
        foreach (ref readonly var key in keys) value = Builtins.CompilerBuiltins.Lookup(value, key);
        return value;
    }

    private void Index(RuleIndex? index, int rules)
    {
        _index = index;
        _all = [.. Enumerable.Range(0, rules)];
    }

    private int[] Candidates(Machine machine, ReadOnlySpan<RegoValue> operands) =>
        _index is null ? _all : _index.Candidates(machine, operands);

    private RegoValue Single(Machine machine, ReadOnlySpan<RegoValue> given)
    {
        var result = RegoValue.Undefined;
        foreach (var position in Candidates(machine, given))
        {
            for (var plan = _rules[position]; plan is not null; plan = plan.Else)
            {
                var value = plan.Run(machine, given);
                if (!value.IsDefined) continue;
                if (!result.IsDefined) result = value;
                else if (!result.Equals(value)) throw Differs(IsFunction, plan.Place);
                break;
            }

            if (_stopsAtFirst && result.IsDefined) return result;
        }

        return result.IsDefined || _otherwise is null ? result : _otherwise.Run(machine, given);
    }

    private RegoValue WholeSet(Machine machine)
    {
        var members = new SetCollector();
        foreach (var position in Candidates(machine, [])) _rules[position].Run(machine, [], RegoValue.Of(members));
        return members.Build();
    }

    private RegoValue Member(Machine machine, RegoValue member)
    {
        foreach (var position in Candidates(machine, []))
        {
            var found = _asked[position].Run(machine, [member]);
            if (found.IsDefined) return found;
        }

        return default;
    }

    private RegoValue WholeDocument(Machine machine)
    {
        var document = new DocumentCollector();
        document.BeObject();
        foreach (var position in Candidates(machine, [])) _open[position].Plans[0].Run(machine, [], RegoValue.Of(document));
        AddChildren(machine, Node, document);
        return document.Build();
    }

    private static void AddChildren(Machine machine, RuleNode node, DocumentCollector document)
    {
        foreach (var child in node.Children.Values)
        {
            var inner = Collected(machine, child);
            if (!inner.IsEmpty) document.At(child.Key, PlaceOf(child)).Absorb(inner, PlaceOf(child));
        }
    }

    /// <summary>What a rule below contributes to the document of this one.</summary>
    private static DocumentCollector Collected(Machine machine, RuleNode node)
    {
        var document = new DocumentCollector();
        switch (node.Group)
        {
            case { Kind: RuleGroupKind.Open } open:
                foreach (var rule in open._open) rule.Plans[0].Run(machine, [], RegoValue.Of(document));
                break;
            case { Kind: RuleGroupKind.Set } set:
                foreach (ref readonly var member in set.Document(machine).AsSet!.Unordered)
                {
                    document.AddMember(member, PlaceOf(node));
                }
                break;
            case { Kind: RuleGroupKind.Complete } complete:
                var value = complete.Document(machine);
                if (value.IsDefined) document.Put(value, PlaceOf(node));
                break;
        }

        AddChildren(machine, node, document);
        return document;
    }

    private RegoValue At(Machine machine, ReadOnlySpan<RegoValue> keys)
    {
        var document = new DocumentCollector();
        var kept = keys.ToArray();
        foreach (var position in Candidates(machine, []))
        {
            var rule = _open[position];
            var bound = Math.Min(rule.Keys, kept.Length);
            if (bound == kept.Length)
            {
                rule.Plans[bound].Run(machine, kept.AsSpan(0, bound), RegoValue.Of(document));
                continue;
            }

            var inner = new DocumentCollector();
            rule.Plans[bound].Run(machine, kept.AsSpan(0, bound), RegoValue.Of(inner));
            var value = Below(inner.Build(), kept.AsSpan(bound));
            if (value.IsDefined) document.Put(value, rule.Place);
        }

        if (keys[0].AsString is { } name && Node.Find(name.Text) is { } child)
        {
            var found = Collected(machine, child).Find(kept.AsSpan(1));
            if (found is not null) document.Absorb(found, PlaceOf(child));
        }

        return document.Build();
    }

    private static PolicyPlace PlaceOf(RuleNode node) => node.WithRules().First().Rules[0].Place;
}

/// <summary>A rule with keys: plans for none, one, two… of its keys known before it runs.</summary>
internal sealed record OpenRule(int Keys, RulePlan[] Plans, PolicyPlace Place);

/// <summary>A copy of a few values, without an allocation where they are really few.</summary>
internal struct Kept
{
    private Few _few;
    private RegoValue[]? _many;

    public Kept(ReadOnlySpan<RegoValue> values)
    {
        if (values.Length <= Few.Size) values.CopyTo(_few);
        else _many = values.ToArray();
    }

    [UnscopedRef]
    public ReadOnlySpan<RegoValue> Values(int count) => _many ?? ((ReadOnlySpan<RegoValue>)_few)[..count];

    [InlineArray(Size)]
    private struct Few
    {
        public const int Size = 4;

        private RegoValue _first;
    }
}
