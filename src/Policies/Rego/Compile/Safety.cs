using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>
/// Puts literals into an order in which every variable has a value when it is needed, keeping the written order where it can, and
/// reports variables for which there is no such order.
/// </summary>
internal sealed class Safety(Func<Term.Call, int?> arityOf, LocalNames names, List<RegoError> errors, bool announcesTests = false)
{
    /// <summary>How many literals one body may become: ordering them takes the square of it.</summary>
    private const int LiteralLimit = 5_000;

    private readonly List<(PolicyPlace Place, string Name)> _unsafe = [];
    private readonly HashSet<string> _scratch = new(StringComparer.Ordinal);
    private PolicyPlace? _current;

    /// <summary>Whether the variables of the rules' heads occur in their bodies at all.</summary>
    public static void CheckHeads(Compilation compilation)
    {
        var (needs, known) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        compilation.ForEachRule(rule =>
        {
            for (var one = rule; one is not null; one = one.Else) CheckHead(compilation, one, needs, known);
        });
    }

    private static void CheckHead(Compilation compilation, RuleWork rule, HashSet<string> needs, HashSet<string> known)
    {
        needs.Clear();
        foreach (var term in rule.HeadTerms) TermVars.AddDirect(term, needs);
        if (needs.Count == 0) return;
        known.Clear();
        foreach (var parameter in rule.Parameters ?? []) TermVars.AddDirect(parameter, known);
        foreach (var literal in rule.Body) TermVars.AddDirect(literal, known);
        foreach (var name in needs)
        {
            if (!known.Contains(name) && WrittenOf(compilation.Names, name) is { } written) compilation.Errors.Add(Unsafe(written, rule.Place));
        }
    }

    /// <summary>Orders the body of a rule and checks that its head has values.</summary>
    public void Rule(RuleWork rule)
    {
        var safe = new HashSet<string>(StringComparer.Ordinal);
        foreach (var parameter in rule.Parameters ?? []) TermVars.AddDirect(parameter, safe);
        var count = errors.Count;
        rule.Body = OrderAll(rule.Body, safe);
        if (rule.Keys.Length > 0 && announcesTests && RegoTestRunner.IsTest(rule.GroundPath[^1])) Announce(rule);
        if (errors.Count == count)
        {
            foreach (var term in rule.HeadTerms) CheckHead(term, safe);
            rule.Keys = InTerms(rule.Keys, safe);
            if (rule.Member is { } member) rule.Member = InTerm(member, safe);
            if (rule.Value is { } value) rule.Value = InTerm(value, safe);
        }

        if (rule.Else is { } next) Rule(next);
    }

    /// <summary>Orders a whole body and reports what is unsafe in it; the variables that it binds are added to the safe
    /// ones.</summary>
    public List<Literal> OrderAll(IReadOnlyList<Literal> literals, HashSet<string> safe)
    {
        _unsafe.Clear();
        var ordered = Order(literals, safe);
        Report();
        return ordered;
    }

    private List<Literal> Order(IReadOnlyList<Literal> literals, HashSet<string> safe)
    {
        StackRoom.Ensure();
        if (literals.Count > LiteralLimit)
        {
            errors.Add(new RegoError(
                RegoErrorCodes.LimitSize, $"a body has more than {LiteralLimit} literals", literals[0].Place));
            return [];
        }

        var ordered = new List<Literal>(literals.Count);
        var visible = new HashSet<string>(safe, StringComparer.Ordinal);
        foreach (var literal in literals) TermVars.AddDirect(literal, visible);
        var gives = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new List<(Literal Literal, string[] Needs)>(literals.Count);
        for (var i = 0; i < literals.Count; i++) waiting.Add((literals[i], NeedsOf(literals[i], visible)));
        while (waiting.Count > 0)
        {
            var before = waiting.Count;
            for (var i = 0; i < waiting.Count; i++)
            {
                var (literal, needs) = waiting[i];
                EvaluationBudget.Current?.Charge(1 + needs.Length);
                Outputs.Of(literal, safe, arityOf, gives);
                if (!AreIn(needs, safe, gives)) continue;
                ordered.Add(WithInner(literal, safe, gives));
                safe.UnionWith(gives);
                waiting.RemoveAt(i--);
            }

            if (waiting.Count < before) continue;
            foreach (var (literal, needs) in waiting)
            {
                Outputs.Of(literal, safe, arityOf, gives);
                _unsafe.AddRange(needs.Where(n => !safe.Contains(n) && !gives.Contains(n)).Select(n => (literal.Place, n)));
            }

            break;
        }

        return ordered;
    }

    private static bool AreIn(string[] needs, HashSet<string> safe, HashSet<string> gives)
    {
        foreach (var name in needs)
        {
            if (!safe.Contains(name) && !gives.Contains(name)) return false;
        }

        return true;
    }

    private Literal WithInner(Literal literal, HashSet<string> safe, HashSet<string> gives)
    {
        if (!TermVars.HasEnclosed(literal)) return literal;
        var inner = new HashSet<string>(safe, StringComparer.Ordinal);
        if (!literal.IsNegated) inner.UnionWith(gives);
        _current = literal.Place;
        return InLiteral(literal, inner);
    }

    /// <summary>As soon as the keys of a test have values, the case has begun, whether it will pass or not.</summary>
    private void Announce(RuleWork rule)
    {
        var keys = new Term.Array(rule.Place, rule.Keys);
        var needs = TermVars.Direct(keys);
        var safe = new HashSet<string>(StringComparer.Ordinal);
        var at = 0;
        while (at < rule.Body.Count && !needs.IsSubsetOf(safe)) safe.UnionWith(Outputs.Of(rule.Body[at++], safe, arityOf));
        if (needs.IsSubsetOf(safe))
        {
            rule.Body.Insert(at, Literal.Of(rule.Place, Calls.Make("internal.test_case", rule.Place, keys)));
        }
    }

    private string[] NeedsOf(Literal literal, HashSet<string> visible)
    {
        var needs = _scratch;
        needs.Clear();
        TermVars.AddDirect(literal, needs);
        if (TermVars.HasEnclosed(literal))
        {
            foreach (var name in TermVars.Enclosed(literal))
            {
                if (visible.Contains(name)) needs.Add(name);
            }
        }

        if (literal.Shape is LiteralShape.Every every)
        {
            needs.Remove(every.Value.Name);
            if (every.Key is not null) needs.Remove(every.Key.Name);
        }

        return [.. needs];
    }

    /// <summary>Each variable is reported once, where it is first unsafe; where only unnamed ones are, the literals are
    /// reported.</summary>
    private void Report()
    {
        if (_unsafe.Count == 0) return;
        var firsts = _unsafe.OrderBy(u => u.Place.Row).ThenBy(u => u.Place.Column).DistinctBy(u => u.Name).ToList();
        var count = errors.Count;
        foreach (var (place, name) in firsts)
        {
            if (WrittenOf(names, name) is { } written) errors.Add(Unsafe(written, place, isInBody: true));
        }

        if (errors.Count > count) return;
        errors.AddRange(firsts.Select(u => u.Place).Distinct().Select(
            p => new RegoError(RegoErrorCodes.UnsafeVar, "expression is unsafe", p)));
    }

    private void CheckHead(Term term, HashSet<string> safe)
    {
        foreach (var name in Missing(term, safe)) errors.Add(Unsafe(WrittenOf(names, name) ?? names.Written(name) ?? name, term.Place));
    }

    private void CheckInner(Term term, HashSet<string> safe)
    {
        foreach (var name in Missing(term, safe)) _unsafe.Add((_current ?? term.Place, name));
    }

    /// <summary>The variables of a term that have no value; good until the next question.</summary>
    private HashSet<string> Missing(Term term, HashSet<string> safe)
    {
        _scratch.Clear();
        TermVars.AddDirect(term, _scratch);
        if (_scratch.Count > 0) _scratch.ExceptWith(safe);
        return _scratch;
    }

    /// <summary>What a message calls a variable; null for those that OPA takes for its own.</summary>
    private static string? WrittenOf(LocalNames names, string name) =>
        name[0] == '$' ? "_"
        : names.Written(name) is { } written && !written.StartsWith("__local", StringComparison.Ordinal) ? written : null;

    private static RegoError Unsafe(string name, PolicyPlace place, bool isInBody = false)
    {
        var hint = isInBody && (Tokens.Future.ContainsKey(name) || Tokens.Experimental.ContainsKey(name))
            ? $" (hint: `import future.keywords.{name}` to import a future keyword)" : "";
        return new RegoError(RegoErrorCodes.UnsafeVar, $"var {name} is unsafe{hint}", place);
    }

    private Literal InLiteral(Literal literal, HashSet<string> safe)
    {
        var withs = literal.Withs.Length == 0
            ? literal.Withs
            : [.. literal.Withs.Select(w => w with { Value = InTerm(w.Value, safe) })];
        LiteralShape shape = literal.Shape switch
        {
            LiteralShape.Plain plain => new LiteralShape.Plain(InTerm(plain.Term, safe)),
            LiteralShape.Each each => new LiteralShape.Each(
                each.Key is null ? null : InTerm(each.Key, safe), InTerm(each.Value, safe), InTerm(each.Domain, safe)),
            LiteralShape.Every every => EveryIn(every, safe),
            LiteralShape.Not not => new LiteralShape.Not(InBody(not.Body, safe)),
            LiteralShape.Logical logical => new LiteralShape.Logical(
                logical.IsAnd, InBody(logical.Left, safe), InBody(logical.Right, safe)),
            _ => literal.Shape,
        };
        return new Literal(literal.Place, shape, literal.IsNegated, withs);
    }

    private LiteralShape.Every EveryIn(LiteralShape.Every every, HashSet<string> safe)
    {
        var inner = new HashSet<string>(safe, StringComparer.Ordinal) { every.Value.Name };
        if (every.Key is not null) inner.Add(every.Key.Name);
        return new LiteralShape.Every(
            every.Key, every.Value, InTerm(every.Domain, safe), new Body(Order(every.Body.Literals, inner)));
    }

    private Body InBody(Body body, HashSet<string> safe) =>
        new(Order(body.Literals, new HashSet<string>(safe, StringComparer.Ordinal)));

    private Term InTerm(Term term, HashSet<string> safe)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Comprehension comprehension:
                var inner = new HashSet<string>(safe, StringComparer.Ordinal);
                var body = new Body(Order(comprehension.Body.Literals, inner));
                var key = comprehension.Key is null ? null : InTerm(comprehension.Key, inner);
                var made = new Term.Comprehension(
                    comprehension.Place, comprehension.Kind, key, InTerm(comprehension.Value, inner), body);
                if (comprehension.Key is not null) CheckInner(comprehension.Key, inner);
                CheckInner(comprehension.Value, inner);
                return made;
            case Term.Ref path:
                return path.WithParts(InTerms(path.Parts, safe));
            case Term.Call call:
                return call.WithOperands(InTerms(call.Operands, safe));
            case Term.Array or Term.Set or Term.Object:
                return term.MappedParts((Safety: this, safe), static (part, with) => with.Safety.InTerm(part, with.safe));
            default:
                return term;
        }
    }

    /// <summary>The terms with their comprehensions in order.</summary>
    private Term[] InTerms(Term[] terms, HashSet<string> safe) =>
        terms.Mapped((Safety: this, safe), static (term, with) => with.Safety.InTerm(term, with.safe));
}
