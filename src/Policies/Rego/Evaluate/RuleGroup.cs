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
    public void Take(RulePlan[] rules, RulePlan? otherwise, bool stopsAtFirst)
    {
        _rules = rules;
        _otherwise = otherwise;
        _stopsAtFirst = stopsAtFirst;
        for (var one = 0; one < rules.Length; one++)
        {
            for (var plan = rules[one]; plan is not null; plan = plan.Else) _remembers |= plan.IsCostly;
        }
    }

    /// <summary>Takes the plans of a set: to make all of it, and to ask for one member.</summary>
    public void TakeSet(RulePlan[] rules, RulePlan[] asked)
    {
        _rules = rules;
        _asked = asked;
        KeyDepth = 1;
    }

    /// <summary>Takes the plans of an object.</summary>
    public void TakeOpen(OpenRule[] rules)
    {
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
            var plain = Single(machine, operands);
            machine.LeaveCall();
            return plain;
        }

        var key = operands.Length == 1 ? operands[0] : RegoValue.Of(new RegoArray(operands.ToArray()));
        var scope = machine.Scope;
        var known = scope.MemoOf(Id).ByKey ??= [];
        if (known.TryGetValue(key, out var before)) return before;
        machine.EnterCall();
        var made = Single(machine, operands);
        machine.LeaveCall();
        known[key] = made;
        return made;
    }

    /// <summary>What the document holds under some keys, without making the rest of it.</summary>
    public RegoValue Entry(Machine machine, ReadOnlySpan<RegoValue> keys)
    {
        ref var memo = ref machine.Scope.MemoOf(Id);
        if (memo.IsComplete) return Below(memo.Value, keys);
        var key = keys.Length == 1 ? keys[0] : RegoValue.Of(new RegoArray(keys.ToArray()));
        var known = memo.ByKey ??= [];
        if (known.TryGetValue(key, out var before)) return before;
        machine.EnterCall();
        var made = Kind == RuleGroupKind.Set ? Member(machine, keys[0]) : At(machine, keys);
        machine.LeaveCall();
        known[key] = made;
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

    private RegoValue Single(Machine machine, ReadOnlySpan<RegoValue> given)
    {
        // The operands may stand in the machine's own buffer, which the first rule's calls overwrite.
        var kept = given.Length == 0 || (_rules.Length == 1 && _rules[0].Else is null && _otherwise is null) ? given
            : given.ToArray();
        var result = RegoValue.Undefined;
        foreach (var rule in _rules)
        {
            for (var plan = rule; plan is not null; plan = plan.Else)
            {
                var value = plan.Run(machine, kept);
                if (!value.IsDefined) continue;
                if (!result.IsDefined) result = value;
                else if (!result.Equals(value)) throw Differs(IsFunction, plan.Place);
                break;
            }

            if (_stopsAtFirst && result.IsDefined) return result;
        }

        return result.IsDefined || _otherwise is null ? result : _otherwise.Run(machine, kept);
    }

    private RegoValue WholeSet(Machine machine)
    {
        var members = new SetCollector();
        foreach (var rule in _rules) rule.Run(machine, [], RegoValue.Of(members));
        return members.Build();
    }

    private RegoValue Member(Machine machine, RegoValue member)
    {
        foreach (var rule in _asked)
        {
            var found = rule.Run(machine, [member]);
            if (found.IsDefined) return found;
        }

        return default;
    }

    private RegoValue WholeDocument(Machine machine)
    {
        var document = new DocumentCollector();
        document.BeObject();
        foreach (var rule in _open) rule.Plans[0].Run(machine, [], RegoValue.Of(document));
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
        foreach (var rule in _open)
        {
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
