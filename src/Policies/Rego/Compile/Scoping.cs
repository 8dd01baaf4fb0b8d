using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>Names that one compilation makes up; what a policy wrote for them is remembered for messages.</summary>
internal sealed class LocalNames
{
    // No policy can write such a name, so made-up names never meet written ones.
    private const char Mark = '?';

    private readonly Dictionary<string, string> _written = new(StringComparer.Ordinal);
    private int _count;

    public string Fresh(string? written = null)
    {
        var name = $"{Mark}{_count++}";
        if (written is not null) _written[name] = written;
        return name;
    }

    /// <summary>What the policy wrote; null for names that stand for something unnamed.</summary>
    public string? Written(string name) =>
        _written.TryGetValue(name, out var written) ? written : IsMade(name) ? null : name;

    public static bool IsMade(string name) => name[0] == Mark;
}

/// <summary>
/// The first stage on bodies: names of rules, imports and root documents become paths, and every declared variable gets a name of
/// its own, so that later stages need not think about scopes.
/// </summary>
internal sealed partial class Scoping
{
    private readonly IReadOnlyDictionary<string, Term.Ref> _globals;
    private readonly LocalNames _names;
    private readonly List<RegoError> _errors;
    private readonly List<Frame> _frames = [];
    private readonly bool _isStrict;

    public Scoping(
        IReadOnlyDictionary<string, Term.Ref> globals, LocalNames names, List<RegoError> errors, bool isStrict = false)
    {
        _isStrict = isStrict;
        _globals = globals;
        _names = names;
        _errors = errors;
    }

    private enum Occurrence
    {
        Seen,
        Parameter,
        Declared,
        Assigned,
        Iterated,
    }

    private Frame Top => _frames[^1];

    /// <summary>The names that imports of a module were used under, for the check of unused imports.</summary>
    public HashSet<string> UsedGlobals { get; } = new(StringComparer.Ordinal);

    public void Rule(RuleWork rule)
    {
        var count = _errors.Count;
        var unused = OneRule(rule);
        for (var next = rule.Else; next is not null; next = next.Else) unused.IntersectWith(OneRule(next));
        if (!_isStrict || _errors.Count > count) return;
        foreach (var name in unused.Order(StringComparer.Ordinal))
        {
            Wrong(rule.Source.Head.Place, $"unused argument {name}. (hint: use _ (wildcard variable) instead)");
        }
    }

    /// <summary>Resolves one rule of a chain; gives the parameters that it does not use.</summary>
    private HashSet<string> OneRule(RuleWork rule)
    {
        _frames.Add(new Frame(null));
        if (rule.Parameters is { } parameters)
        {
            foreach (var variable in parameters.SelectMany(PatternVars)) Declare(variable, Occurrence.Parameter);
            rule.Parameters = Resolve(parameters);
            foreach (var parameter in Top.Known.Values) parameter.IsUsed = false;
        }

        RuleBody(rule);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, known) in Top.Known)
        {
            if (known is { Kind: Occurrence.Parameter, IsUsed: false }) names.Add(name);
        }

        _frames.RemoveAt(_frames.Count - 1);
        return names;
    }

    /// <summary>A query: the same, but what it declares stays visible to the caller through the written names.</summary>
    public List<Literal> Query(Body query)
    {
        _frames.Add(new Frame(null));
        _frames.Add(new Frame(DeclaredIn(query)));
        var literals = Literals(query);
        Leave();
        _frames.Clear();
        return literals;
    }

    private void RuleBody(RuleWork rule)
    {
        var body = new Body(rule.Body);
        _frames.Add(new Frame(DeclaredIn(body)));
        rule.Body = Literals(body);
        rule.Keys = Resolve(rule.Keys);
        if (rule.Member is { } member) rule.Member = Resolve(member);
        if (rule.Value is { } value) rule.Value = Resolve(value);
        Leave();
    }

    private Body Closed(Body body)
    {
        _frames.Add(new Frame(DeclaredIn(body)));
        var literals = Literals(body);
        Leave();
        return new Body(literals);
    }

    private List<Literal> Literals(Body body)
    {
        StackRoom.Ensure();
        var literals = new List<Literal>();
        foreach (var literal in body.Literals)
        {
            if (OneLiteral(literal) is { } made) literals.Add(made);
        }

        return literals;
    }

    private Literal? OneLiteral(Literal literal)
    {
        var withs = literal.Withs.Length == 0
            ? literal.Withs
            : [.. literal.Withs.Select(w => new With(w.Place, WithTarget(w.Target), Resolve(w.Value)))];
        LiteralShape shape;
        switch (literal.Shape)
        {
            case LiteralShape.Plain { Term: Term.Call { Name: "assign", Operands: [var left, var right] } }:
                if (literal.IsNegated) Wrong(literal.Place, "cannot assign vars inside negated expression");
                shape = Assign(literal.Place, left, right);
                break;
            case LiteralShape.Plain plain:
                shape = plain.With(Resolve(plain.Term));
                break;
            case LiteralShape.Declare declare:
                foreach (var name in declare.Names) Declare(name, Occurrence.Declared);
                return null;
            case LiteralShape.Each each:
                shape = Each(each);
                break;
            case LiteralShape.Every every:
                shape = Every(every);
                break;
            case LiteralShape.Not not:
                shape = new LiteralShape.Not(Closed(not.Body));
                break;
            case LiteralShape.Logical logical:
                shape = new LiteralShape.Logical(logical.IsAnd, Closed(logical.Left), Closed(logical.Right));
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }

        return ReferenceEquals(shape, literal.Shape) && ReferenceEquals(withs, literal.Withs)
            ? literal : new Literal(literal.Place, shape, literal.IsNegated, withs);
    }

    private LiteralShape.Plain Assign(PolicyPlace place, Term left, Term right)
    {
        var value = Resolve(right);
        if (left is not (Term.Var or Term.Array or Term.Object))
        {
            Wrong(left.Place, $"cannot assign to {TermKinds.NameOf(left)}");
            return new LiteralShape.Plain(Calls.Make("assign", place, left, value));
        }

        foreach (var variable in PatternVars(left)) Declare(variable, Occurrence.Assigned);
        var pattern = Resolve(left);

        // To be given a value is not to be used.
        foreach (var variable in PatternVars(left))
        {
            if (Top.Known.TryGetValue(variable.Name, out var known)) known.IsUsed = known.WasUsedBefore;
        }

        return new LiteralShape.Plain(Calls.Make("assign", place, pattern, value));
    }

    private LiteralShape.Each Each(LiteralShape.Each each)
    {
        var domain = Resolve(each.Domain);
        foreach (var variable in PatternVars(each.Value)) Declare(variable, Occurrence.Iterated);
        foreach (var variable in each.Key is null ? [] : PatternVars(each.Key)) Declare(variable, Occurrence.Iterated);
        return new LiteralShape.Each(each.Key is null ? null : Resolve(each.Key), Resolve(each.Value), domain);
    }

    private LiteralShape.Every Every(LiteralShape.Every every)
    {
        var domain = Resolve(every.Domain);
        _frames.Add(new Frame(null));
        if (every.Key is { IsWildcard: false } key) Declare(key, Occurrence.Declared);
        if (!every.Value.IsWildcard) Declare(every.Value, Occurrence.Declared);
        var body = Closed(every.Body);
        var made = new LiteralShape.Every(
            every.Key is null ? null : Renamed(every.Key), Renamed(every.Value), domain, body);
        Leave();
        return made;
    }

    private Term.Var Renamed(Term.Var variable) =>
        Top.Known.TryGetValue(variable.Name, out var known) ? new Term.Var(variable.Place, known.Name) : variable;

    private Term WithTarget(Term target) => target is Term.Var name && !_globals.ContainsKey(name.Name) ? target
        : Resolve(target);

    private void Declare(Term.Var variable, Occurrence kind)
    {
        if (variable.IsWildcard) return;
        if (Top.Known.TryGetValue(variable.Name, out var known))
        {
            if (known.Kind == Occurrence.Declared && kind is Occurrence.Assigned or Occurrence.Iterated)
            {
                known.Kind = Occurrence.Assigned;
                known.WasUsedBefore = known.IsUsed;
                return;
            }

            if (known.Kind == Occurrence.Parameter && kind == Occurrence.Parameter) return;
            Wrong(variable.Place, known.Kind switch
            {
                Occurrence.Parameter => $"arg {variable.Name} redeclared",
                Occurrence.Seen => $"var {variable.Name} referenced above",
                Occurrence.Declared => $"var {variable.Name} declared above",
                Occurrence.Assigned => $"var {variable.Name} assigned above",
                Occurrence.Iterated => $"var {variable.Name} {(kind == Occurrence.Assigned ? "assigned" : "declared")} above",
            });
            return;
        }

        if (kind != Occurrence.Parameter && _frames.Count == 2
            && _frames[0].Known.TryGetValue(variable.Name, out var outer) && outer.Kind == Occurrence.Parameter)
        {
            Wrong(variable.Place, $"arg {variable.Name} redeclared");
            return;
        }

        Top.Known[variable.Name] = new Local(
            kind == Occurrence.Seen ? variable.Name : _names.Fresh(variable.Name), kind, variable.Place);
    }

    private void Leave()
    {
        foreach (var (name, local) in Top.Known)
        {
            if (local is { Kind: Occurrence.Declared, IsUsed: false }) Wrong(local.Place, $"declared var {name} unused");
            else if (_isStrict && local is { Kind: Occurrence.Assigned, IsUsed: false })
            {
                Wrong(local.Place, $"assigned var {name} unused");
            }
        }

        _frames.RemoveAt(_frames.Count - 1);
    }

    private void Wrong(PolicyPlace place, string message) => _errors.Add(new RegoError(RegoErrorCodes.Compile, message, place));

    private sealed class Frame(HashSet<string>? pending)
    {
        public Dictionary<string, Local> Known { get; } = new(StringComparer.Ordinal);

        /// <summary>Names that this body declares somewhere: they do not mean rules or imports, even before the
        /// declaration. Null for none.</summary>
        public HashSet<string>? Pending { get; } = pending;
    }

    private sealed class Local(string name, Occurrence kind, PolicyPlace place)
    {
        public string Name { get; } = name;

        public Occurrence Kind { get; set; } = kind;

        public PolicyPlace Place { get; } = place;

        public bool IsUsed { get; set; }

        /// <summary>Whether it was used before it was assigned, as a declared variable may be.</summary>
        public bool WasUsedBefore { get; set; }
    }
}
