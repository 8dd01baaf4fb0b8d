using System.Collections.Frozen;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>What all plans of one policy share: numbers of plans and groups, and the lookup of functions.</summary>
internal sealed class PlanContext(RuleNode root, BuiltinTable builtins, int firstPlan = 0, bool keepsPrints = false)
{
    private int _plans = firstPlan;

    public RuleNode Root { get; } = root;

    public BuiltinTable Builtins { get; } = builtins;

    /// <summary>Puts steps of its own into the plans; null for none.</summary>
    public PlanWatch? Watch { get; init; }

    /// <summary>Whether calls of <c>print</c> are kept: then every rule is evaluated, so that what it prints is seen.</summary>
    public bool KeepsPrints { get; } = keepsPrints;

    public int PlanCount => _plans;

    public int NextPlan() => _plans++;

    /// <summary>The node of a path, when every name of it is there.</summary>
    public RuleNode? Find(Term.Ref path)
    {
        if (path.HeadName != "data") return null;
        var node = Root;
        foreach (var part in path.Parts.Skip(1))
        {
            if (part is not Term.Constant { Value.AsString: { } name } || node.Find(name.Text) is not { } child) return null;
            node = child;
        }

        return node;
    }

    /// <summary>The function of rules that a call names, or null.</summary>
    public RuleNode? Function(Term.Ref path) => Find(path) is { IsFunction: true } node ? node : null;

    /// <summary>How many operands a function takes; null when there is no such function.</summary>
    public int? Arity(Term.Call call) =>
        Function(call.Function) is { } node
            ? node.Rules[0].Parameters!.Length
            : Builtins.Find(call.Name) is { } builtin && !builtin.Is(BuiltinTraits.Variadic) ? builtin.Arity : null;
}

/// <summary>
/// Turns an ordered body into linked nodes. At every point it is known which variables have values and in which slot, so nothing
/// is
/// looked up by name, nothing is undone, and a variable that is only another name costs nothing.
/// </summary>
internal sealed partial class Planner
{
    private const int StepsBetweenGuards = 48;

    /// <summary>Functions that take hardly longer than remembering what they said.</summary>
    private static readonly FrozenSet<string> Quick = FrozenSet.ToFrozenSet(
    [
        "abs", "and", "array.concat", "ceil", "contains", "count", "div", "endswith", "eq", "equal", "floor", "gt", "gte",
        "internal.member_2", "internal.member_3", "is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set",
        "is_string", "lt", "lte", "max", "min", "minus", "mul", "neq", "object.get", "object.keys", "or", "plus", "rem", "round",
        "startswith", "strings.count", "sum", "to_number", "type_name",
    ], StringComparer.Ordinal);

    private readonly PlanContext _context;
    private readonly List<Node> _nodes = [];
    private readonly List<(int Position, Term Pattern)> _compareLast = [];
    private Dictionary<string, Source> _known = new(StringComparer.Ordinal);
    private int _slots;
    private bool _isCostly;

    public Planner(PlanContext context, int given)
    {
        _context = context;
        _slots = given + 1;
    }

    /// <summary>The variables that have values, with where they are.</summary>
    public IReadOnlyDictionary<string, Source> Known => _known;

    /// <summary>Plans a pattern for the value that a plan is given at a position, from 1.</summary>
    /// <param name="position">Which value.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isParameter">Whether only the value gives the pattern's variables theirs; otherwise the body does too.</param>
    public void Given(int position, Term pattern, bool isParameter = false)
    {
        if (!HidesUnknown(pattern))
        {
            Match(pattern, Source.At(position));
        }
        else if (isParameter)
        {
            // Nothing tells which member of a set a variable in it stands for.
            Emit(new FailNode());
            GiveNothing(pattern, pattern);
        }
        else
        {
            _compareLast.Add((position, pattern));
        }
    }

    public void Literals(IEnumerable<Literal> literals)
    {
        foreach (var literal in literals) OneLiteral(literal);
    }

    /// <summary>A term whose value a head yields.</summary>
    public Source Value(Term term) => Evaluate(term);

    public RulePlan Finish(Node last, PolicyPlace place)
    {
        foreach (var (position, pattern) in _compareLast) Emit(new EqualNode(Evaluate(pattern), Source.At(position)));
        if (_context.Watch?.Enters(place) is { } enters) _nodes.Insert(0, enters);
        if (_context.Watch?.Yields(place) is { } yields) Emit(yields);
        return new RulePlan
        {
            Id = _context.NextPlan(),
            Entry = Link(_nodes, last),
            FrameSize = _slots,
            Place = place,
            IsCostly = _isCostly,
        };
    }

    private static Node Link(List<Node> nodes, Node last)
    {
        nodes = Fusion.Of(nodes);
        for (var i = nodes.Count - 1; i >= 0; i--)
        {
            nodes[i].Next = last;
            last = nodes[i];
            if (i % StepsBetweenGuards == StepsBetweenGuards - 1) last = new GuardNode { Next = last };
        }

        return last;
    }

    private int NewSlot() => _slots++;

    private void Emit(Node node) => _nodes.Add(node);

    private void OneLiteral(Literal literal)
    {
        StackRoom.Ensure();
        var pair = -1;
        if (literal.Withs.Length > 0)
        {
            var replacements = literal.Withs.Select(Replace).ToArray();
            pair = NewSlot();
            Emit(new EnterScopeNode(replacements, pair));
            _isCostly = true;
        }

        if (_context.Watch?.Begins(literal, _known) is { } begins) Emit(begins);
        if (literal.IsNegated) Emit(new NotNode(Closed(() => Shape(literal))));
        else Shape(literal);
        if (_context.Watch?.Holds(literal) is { } holds) Emit(holds);
        if (pair >= 0) Emit(new LeaveScopeNode(pair));
    }

    private void Shape(Literal literal)
    {
        switch (literal.Shape)
        {
            case LiteralShape.Plain { Term: Term.Call { Name: "eq" or "equal", Operands: [var left, var right] } }:
                Unify(left, right);
                break;
            case LiteralShape.Plain { Term: Term.Call call }:
                Statement(call);
                break;
            case LiteralShape.Plain { Term: Term.Constant { Value.IsFalse: false } }:
                break;
            case LiteralShape.Plain plain:
                Emit(new TestNode(Evaluate(plain.Term)));
                break;
            case LiteralShape.Each each:
                Each(each);
                break;
            case LiteralShape.Every every:
                Every(every);
                break;
            case LiteralShape.Not not:
                Emit(new NotNode(Closed(() => Literals(not.Body.Literals))));
                break;
            case LiteralShape.Logical logical:
                Logical(logical);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private void Logical(LiteralShape.Logical logical)
    {
        var left = Closed(() => Literals(logical.Left.Literals));
        var right = Closed(() => Literals(logical.Right.Literals));
        if (logical.IsAnd)
        {
            Emit(new OnceNode([left]));
            Emit(new OnceNode([right]));
        }
        else
        {
            Emit(new OnceNode([left, right]));
        }
    }

    /// <summary>Plans something whose variables stay inside; it ends in a stop.</summary>
    private Node Closed(Action plan, Func<Node>? last = null)
    {
        var start = _nodes.Count;
        var known = _known;
        _known = new Dictionary<string, Source>(known, StringComparer.Ordinal);
        plan();
        var end = last?.Invoke() ?? new StopNode();
        var inner = _nodes.GetRange(start, _nodes.Count - start);
        _nodes.RemoveRange(start, _nodes.Count - start);
        _known = known;
        return Link(inner, end);
    }

    private void Each(LiteralShape.Each each)
    {
        var domain = Domain(each.Domain);
        var (key, item) = (NewSlot(), NewSlot());
        Emit(new IterateNode(domain, key, item));
        _isCostly = true;
        if (each.Key is not null) Match(each.Key, Source.At(key));
        Match(each.Value, Source.At(item));
    }

    private void Every(LiteralShape.Every every)
    {
        var domain = Evaluate(every.Domain);
        var (key, item) = (NewSlot(), NewSlot());
        var body = Closed(() =>
        {
            if (every.Key is not null) _known[every.Key.Name] = Source.At(key);
            _known[every.Value.Name] = Source.At(item);
            Literals(every.Body.Literals);
        });
        Emit(new EveryNode(domain, key, item, body));
        _isCostly = true;
    }

    private void Statement(Term.Call call)
    {
        var arity = _context.Arity(call);
        var hasOutput = arity is not null && call.Operands.Length == arity + 1;
        var given = hasOutput ? call.Operands[..^1] : call.Operands;
        if (call.Name == "walk")
        {
            Walk(call);
            return;
        }

        if (!hasOutput && given.Length == 2 && call.Name is "lt" or "lte" or "gt" or "gte" or "neq")
        {
            Emit(new CompareNode(call.Name, Evaluate(given[0]), Evaluate(given[1])));
            return;
        }

        var sources = given.Select(Evaluate).ToArray();
        var into = NewSlot();
        if (_context.Function(call.Function) is { Group: { } group })
        {
            Emit(new CallRuleNode(group, call.Name, sources, into, call.Place));
            _isCostly = true;
        }
        else
        {
            var builtin = _context.Builtins.Find(call.Name)!;
            Emit(new CallBuiltinNode(builtin, sources, into, Kept(builtin), call.Place));
            if (builtin.Is(BuiltinTraits.Void)) return;
        }

        if (hasOutput) Match(call.Operands[^1], Source.At(into));
        else Emit(new TestNode(Source.At(into)));
    }

    /// <summary>The slots in which a call keeps its last operands and answer; -1 when calling again costs less than looking, or is
    /// more than an answer.</summary>
    private int Kept(Builtin builtin)
    {
        if (Quick.Contains(builtin.Name)) return -1;
        _isCostly = true;
        if (builtin.Arity == 0 || (builtin.Traits & ~BuiltinTraits.Deprecated) != BuiltinTraits.None) return -1;
        var first = _slots;
        _slots += builtin.Arity + 1;
        return first;
    }

    private void Walk(Term.Call call)
    {
        var from = Evaluate(call.Operands[0]);
        _isCostly = true;
        if (call.Operands is [_, Term.Array { Items: [var path, var item] }])
        {
            var (pathSlot, itemSlot) = (IsWildcard(path) ? -1 : NewSlot(), IsWildcard(item) ? -1 : NewSlot());
            Emit(new WalkNode(from, pathSlot, itemSlot));
            if (pathSlot >= 0) Match(path, Source.At(pathSlot));
            if (itemSlot >= 0) Match(item, Source.At(itemSlot));
            return;
        }

        var (at, value, both) = (NewSlot(), NewSlot(), NewSlot());
        Emit(new WalkNode(from, at, value));
        Emit(new MakeNode(RegoKind.Array, [Source.At(at), Source.At(value)], [], both));
        if (call.Operands.Length > 1) Match(call.Operands[1], Source.At(both));
    }

    private static bool IsWildcard(Term term) => term is Term.Var { IsWildcard: true };

    private Replacement Replace(With with)
    {
        var target = with.Target as Term.Ref ?? new Term.Ref(with.Place, [with.Target]);
        if (target.HeadName == "input")
        {
            return new Replacement(ReplacementKind.Input, Keys(target), Evaluate(with.Value), [], "", null);
        }
        if (target.HeadName == "data" && _context.Function(target) is null)
        {
            var node = _context.Find(target);
            return new Replacement(
                ReplacementKind.Data, Keys(target), Evaluate(with.Value), node is null ? [] : [.. AllBelow(node)], "", null);
        }

        var name = RefNames.Of(target);
        if (StandIn(with.StandIn) is { } stand) return new Replacement(ReplacementKind.Function, [], default, [], name, stand);
        return new Replacement(ReplacementKind.Function, [], Evaluate(with.Value), [], name, null);
    }

    private Mock? StandIn(Term.Ref? path)
    {
        if (path is null) return null;
        if (_context.Function(path) is { Group: { } group }) return new Mock(group, null, default);
        return _context.Builtins.Find(RefNames.Of(path)) is { } builtin ? new Mock(null, builtin, default) : null;
    }

    private static IEnumerable<RuleNode> AllBelow(RuleNode node) => node.Children.Values.SelectMany(AllBelow).Prepend(node);

    private static RegoValue[] Keys(Term.Ref target) =>
        [.. target.Parts.Skip(1).Select(p => p is Term.Constant key ? key.Value : RegoValue.Of(p.ToString()))];
}
