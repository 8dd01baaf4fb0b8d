using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>Makes the index of the rules at one place, from the comparisons with constants that their bodies begin or go on
/// with.</summary>
internal sealed class RuleIndexing
{
    private const int FewestRules = 3;
    private const int MostLooks = 4;
    private const int RoomPerRule = 64;

    private readonly PlanContext _context;
    private readonly List<Dictionary<Subject, RegoValue[]>> _wants;
    private long _room;

    private RuleIndexing(PlanContext context, List<RuleWork> rules)
    {
        _context = context;
        _wants = [.. rules.Select(WantsOf)];
        _room = RoomPerRule * (rules.Count + RoomPerRule);
    }

    /// <summary>The index of some rules; null where it would tell nothing.</summary>
    public static RuleIndex? Of(PlanContext context, List<RuleWork> rules) =>
        rules.Count < FewestRules || context.KeepsPrints
            ? null
            : new RuleIndexing(context, rules).Choose([.. Enumerable.Range(0, rules.Count)], []).Next;

    private RuleChoice Choose(int[] rules, Subject[] looked)
    {
        if (rules.Length < FewestRules || looked.Length == MostLooks) return new RuleChoice(rules, null);
        var best = rules.SelectMany(r => _wants[r].Keys).Where(s => !looked.Contains(s)).CountBy(s => s)
            .OrderByDescending(s => s.Value).FirstOrDefault();
        if (best.Value < 2) return new RuleChoice(rules, null);
        var subject = best.Key;
        Subject[] now = [.. looked, subject];
        var free = rules.Where(r => !_wants[r].ContainsKey(subject)).ToArray();
        var wanting = new Dictionary<RegoValue, List<int>>();
        foreach (var rule in rules)
        {
            foreach (var value in _wants[rule].GetValueOrDefault(subject, []).Distinct())
            {
                if (!wanting.TryGetValue(value, out var those)) wanting[value] = those = [];
                those.Add(rule);
            }
        }

        // Rules without the condition stand in every choice: where they are many, an index would be larger than the policy.
        _room -= rules.Length + ((long)wanting.Count * free.Length);
        if (_room < 0) return new RuleChoice(rules, null);
        var known = new Dictionary<RegoValue, RuleChoice>();
        foreach (var (value, those) in wanting) known[value] = Choose([.. those.Concat(free).Order()], now);
        return new RuleChoice(
            rules, new RuleIndex(subject.Root, subject.Operand, [.. subject.Path], known, Choose(free, now)));
    }

    /// <summary>For each value that decides: the constants of which it must be one.</summary>
    private Dictionary<Subject, RegoValue[]> WantsOf(RuleWork rule)
    {
        var wants = new Dictionary<Subject, RegoValue[]>();
        if (rule.Else is not null) return wants;
        var names = new Dictionary<string, Subject>(StringComparer.Ordinal);
        var parameters = rule.Parameters ?? [];
        for (var i = 0; i < parameters.Length; i++)
        {
            var operand = new Subject(LookupRoot.Value, i, new KeyPath([]));
            if (parameters[i] is Term.Constant constant) Want(operand, [constant.Value]);
            else if (parameters[i] is Term.Var variable) names[variable.Name] = operand;
        }

        foreach (var literal in rule.Body.Where(l => !l.IsNegated && l.Withs.Length == 0))
        {
            switch (literal.Call)
            {
                case { Name: "eq" or "equal", Operands: [var left, var right] }:
                    Compare(left, right);
                    Compare(right, left);
                    break;
                case { Name: "internal.member_2", Operands: [var member, var collection] }:
                    if (ConstantsOf(collection) is { } constants && SubjectOf(member, names) is { } looked) Want(looked, constants);
                    break;
            }
        }

        return wants;

        void Compare(Term one, Term other)
        {
            if (SubjectOf(one, names) is not { } subject) return;
            if (ConstantOf(other) is { IsDefined: true } constant) Want(subject, [constant]);
            else if (other is Term.Var { IsWildcard: false } alias) names.TryAdd(alias.Name, subject);
        }

        void Want(Subject subject, RegoValue[] values) =>
            wants[subject] = wants.TryGetValue(subject, out var before) ? [.. before.Intersect(values)] : values;
    }

    private Subject? SubjectOf(Term term, Dictionary<string, Subject> names)
    {
        if (term is Term.Var variable) return names.GetValueOrDefault(variable.Name);
        if (term is not Term.Ref { Head: Term.Var head } path) return null;
        var keys = path.Parts.Skip(1).OfType<Term.Constant>().Select(c => c.Value).ToArray();
        if (keys.Length != path.Parts.Length - 1 || keys.Length == 0) return null;
        if (names.TryGetValue(head.Name, out var start)) return start with { Path = new KeyPath([.. start.Path, .. keys]) };
        return head.Name switch
        {
            "input" => new Subject(LookupRoot.Input, -1, new KeyPath(keys)),
            "data" when keys.All(k => k.Kind == RegoKind.String) && IsBase(keys) => new Subject(LookupRoot.Base, -1, new KeyPath(keys)),
            _ => null,
        };
    }

    private bool IsBase(RegoValue[] keys)
    {
        var node = _context.Root;
        foreach (var key in keys)
        {
            if (node.Find(key.Text) is not { } child) return node.Rules.Count == 0;
            node = child;
            if (node.Rules.Count > 0) return false;
        }

        return false;
    }

    private static RegoValue[]? ConstantsOf(Term collection) => ConstantOf(collection).Node switch
    {
        RegoSet set => set.Sorted,
        RegoArray array => array.Raw,
        _ => null,
    };

    /// <summary>The value of a term that is constant, or undefined.</summary>
    private static RegoValue ConstantOf(Term term)
    {
        switch (term)
        {
            case Term.Constant constant:
                return constant.Value;
            case Term.Array array:
                var items = array.Items.Select(ConstantOf).ToArray();
                return items.All(i => i.IsDefined) ? RegoValue.ArrayOf(items) : default;
            case Term.Set set:
                var members = set.Items.Select(ConstantOf).ToArray();
                return members.All(m => m.IsDefined) ? RegoValue.Of(RegoSet.Of(members)) : default;
            default:
                return default;
        }
    }

    /// <summary>A value that may decide.</summary>
    private sealed record Subject(LookupRoot Root, int Operand, KeyPath Path);

    /// <summary>Keys that compare one by one.</summary>
    private sealed class KeyPath(RegoValue[] keys) : IEquatable<KeyPath>, IEnumerable<RegoValue>
    {
        public bool Equals(KeyPath? other) => other is not null && keys.AsSpan().SequenceEqual(other.ToArray());

        public override bool Equals(object? obj) => Equals(obj as KeyPath);

        public override int GetHashCode() => RegoValue.ArrayOf(keys).GetHashCode();

        public IEnumerator<RegoValue> GetEnumerator() => ((IEnumerable<RegoValue>)keys).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
