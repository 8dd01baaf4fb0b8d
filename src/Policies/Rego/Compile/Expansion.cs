using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>
/// Makes bodies flat: nested calls become literals of their own with fresh variables, template strings and prints become calls of
/// internal functions, and <c>==</c> of two operands unifies. What is taken out of a negated literal stands before it, outside
/// the negation:
/// that is the language, not an accident.
/// </summary>
internal sealed partial class Expansion(LocalNames names, bool keepPrints, bool equalsUnify)
{
    private RuleWork? _rule;

    /// <summary>What comments say of rules; null where there are none, as in queries.</summary>
    public Annotations? Annotations { get; set; }

    public void Rule(RuleWork rule)
    {
        _rule = rule;
        var body = Flat(rule.Body);
        rule.Parameters = rule.Parameters?.Mapped((Expansion: this, body), static (term, to) => to.Expansion.InHead(term, to.body));
        rule.Keys = rule.Keys.Mapped((Expansion: this, body), static (term, to) => to.Expansion.InHead(term, to.body));
        if (rule.Member is { } member) rule.Member = InHead(member, body);
        if (rule.Value is { } value) rule.Value = InHead(value, body);
        rule.Body = Dynamic(body);
        if (rule.Else is { } next) Rule(next);
    }

    public List<Literal> Query(List<Literal> literals) => Dynamic(Flat(literals));

    /// <summary>What a question about the rule's own metadata is answered with; null for other calls.</summary>
    private Term.Constant? Metadata(Term.Call call) => (_rule, Annotations, call.Name) switch
    {
        ({ } rule, { } known, "rego.metadata.rule") => new Term.Constant(call.Place, known.Of(rule)),
        ({ } rule, { } known, "rego.metadata.chain") => new Term.Constant(call.Place, known.ChainOf(rule)),
        _ => null,
    };

    /// <summary>A term of a head: what must be evaluated stands at the end of the body.</summary>
    private Term InHead(Term term, List<Literal> body)
    {
        var flat = WithoutCalls(term, body, []);
        if (!NeedsEvaluation(flat)) return flat;
        var local = Fresh(term.Place);
        body.Add(Literal.Unify(term.Place, local, flat));
        return local;
    }

    internal static bool NeedsEvaluation(Term term) => term switch
    {
        Term.Ref or Term.Comprehension or Term.Call or Term.Template => true,
        Term.Array array => array.Items.Any(NeedsEvaluation),
        Term.Set set => set.Items.Any(NeedsEvaluation),
        Term.Object entries => entries.Entries.Any(e => NeedsEvaluation(e.Key) || NeedsEvaluation(e.Value)),
        _ => false,
    };

    private Term.Var Fresh(PolicyPlace place) => new(place, names.Fresh());

    private List<Literal> Flat(IReadOnlyList<Literal> literals)
    {
        StackRoom.Ensure();
        var flat = new List<Literal>();
        foreach (var literal in literals) FlatLiteral(literal, flat);
        return flat;
    }

    private void FlatLiteral(Literal literal, List<Literal> into)
    {
        var withs = literal.Withs.Length == 0 ? literal.Withs : [.. literal.Withs.Select(w => FlatWith(w, into))];
        switch (literal.Shape)
        {
            case LiteralShape.Plain { Term: Term.Call { Name: "print" } print }:
                if (keepPrints)
                {
                    into.Add(new Literal(literal.Place, new LiteralShape.Plain(Printed(print)), literal.IsNegated, withs));
                }
                else if (literal.IsNegated) into.Add(new Literal(literal.Place, True(literal.Place), true, withs));
                else if (into.Count == 0) into.Add(new Literal(literal.Place, True(literal.Place), false, []));
                break;
            case LiteralShape.Plain plain:
                var statement = plain.With(FlatStatement(plain.Term, into, withs));
                into.Add(ReferenceEquals(statement, plain) && ReferenceEquals(withs, literal.Withs)
                    ? literal : new Literal(literal.Place, statement, literal.IsNegated, withs));
                break;
            case LiteralShape.Each each:
                FlatEach(literal, each, into, withs);
                break;
            case LiteralShape.Every every:
                var domain = WithoutCalls(every.Domain, into, withs);
                into.Add(new Literal(
                    literal.Place, new LiteralShape.Every(every.Key, every.Value, domain, new Body(Flat(every.Body.Literals))),
                        false, withs));
                break;
            case LiteralShape.Not not:
                into.Add(new Literal(literal.Place, new LiteralShape.Not(new Body(Flat(not.Body.Literals))), false, withs));
                break;
            case LiteralShape.Logical logical:
                into.Add(new Literal(
                    literal.Place,
                    new LiteralShape.Logical(
                        logical.IsAnd, new Body(Flat(logical.Left.Literals)), new Body(Flat(logical.Right.Literals))),
                    false, withs));
                break;
        }
    }

    private static LiteralShape.Plain True(PolicyPlace place) => new(new Term.Constant(place, RegoValue.True));

    private With FlatWith(With with, List<Literal> into)
    {
        var name = with.Value as Term.Ref ?? (with.Value is Term.Var ? new Term.Ref(with.Value.Place, [with.Value]) : null);
        if (name is not null && IsFunctionName(name))
        {
            return with with { Value = new Term.Constant(with.Place, RegoValue.True), StandIn = name };
        }

        var value = WithoutCalls(with.Value, into, []);
        if (!NeedsEvaluation(value)) return with with { Value = value };
        var local = Fresh(with.Place);
        into.Add(Literal.Unify(with.Place, local, value));
        return with with { Value = local };
    }

    /// <summary>Set by the compilation: whether a path is the name of a function, which a <c>with</c> puts in another's
    /// place.</summary>
    public Func<Term.Ref, bool> IsFunctionName { get; set; } = static _ => false;

    private void FlatEach(Literal literal, LiteralShape.Each each, List<Literal> into, With[] withs)
    {
        var domain = WithoutCalls(each.Domain, into, withs);
        var key = each.Key is null ? null : WithoutCalls(each.Key, into, withs);
        var value = WithoutCalls(each.Value, into, withs);
        into.Add(new Literal(literal.Place, new LiteralShape.Each(key, value, domain), false, withs));
    }

    private Term FlatStatement(Term term, List<Literal> into, With[] withs)
    {
        if (term is not Term.Call call) return WithoutCalls(term, into, withs);
        var operands = WithoutCalls(call.Operands, into, withs);
        return call.Name switch
        {
            "assign" when operands.Length == 2 => Calls.Make("eq", call.Place, operands),
            _ => call.WithOperands(operands),
        };
    }

    private Term[] WithoutCalls(Term[] terms, List<Literal> into, With[] withs) =>
        terms.Mapped((Expansion: this, into, withs), static (term, to) => to.Expansion.WithoutCalls(term, to.into, to.withs));

    /// <summary>A term without calls: each call became a literal that binds a fresh variable.</summary>
    private Term WithoutCalls(Term term, List<Literal> into, With[] withs)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Call question when Metadata(question) is { } answer:
                return answer;
            case Term.Call call:
                CheckCall(call);
                var operands = WithoutCalls(call.Operands, into, withs);
                var result = Fresh(call.Place);
                into.Add(new Literal(call.Place, new LiteralShape.Plain(call.Of([.. operands, result])), false, withs));
                return result;
            case Term.Ref path:
                return RefWithoutCalls(path, into, withs);
            case Term.Array or Term.Set or Term.Object:
                return term.MappedParts(
                    (Expansion: this, into, withs), static (part, to) => to.Expansion.WithoutCalls(part, to.into, to.withs));
            case Term.Comprehension comprehension:
                return FlatComprehension(comprehension);
            case Term.Template template:
                return WithoutCalls(Templated(template), into, withs);
            default:
                return term;
        }
    }

    /// <summary>Reported for a call inside a term that has one operand too few: what is added for its result.</summary>
    public Action<Term.Call> CheckCall { get; set; } = static _ => { };

    private Term.Ref RefWithoutCalls(Term.Ref path, List<Literal> into, With[] withs)
    {
        var parts = WithoutCalls(path.Parts, into, withs);
        if (parts[0] is Term.Var or Term.Ref) return path.WithParts(parts);

        // A collection or comprehension at the head is bound first, so that every path begins with a variable.
        var head = Fresh(path.Place);
        into.Add(new Literal(
            path.Place, new LiteralShape.Plain(Calls.Make("eq", path.Place, head, parts[0])), false, withs));
        return new Term.Ref(path.Place, [head, .. parts.AsSpan(1)]);
    }

    private Term.Comprehension FlatComprehension(Term.Comprehension comprehension)
    {
        var body = Flat(comprehension.Body.Literals);
        var key = comprehension.Key is null ? null : InHead(comprehension.Key, body);
        var value = InHead(comprehension.Value, body);
        return new Term.Comprehension(comprehension.Place, comprehension.Kind, key, value, new Body(body));
    }

    private Term.Call Templated(Term.Template template)
    {
        var parts = template.Parts.Select(Term (part) => part.Constant ?? (Term)AsSet(part.Literal!)).ToArray();
        return Calls.Make("internal.template_string", template.Place, new Term.Array(template.Place, parts));
    }

    private Term.Call Printed(Term.Call print)
    {
        var operands = print.Operands.Select(Term (o) => AsSet(Literal.Of(o.Place, o))).ToArray();
        return Calls.Make("internal.print", print.Place, new Term.Array(print.Place, operands));
    }

    /// <summary>The set of all values of a literal: empty when it is undefined.</summary>
    private Term.Comprehension AsSet(Literal literal)
    {
        var local = Fresh(literal.Place);
        var bound = new Literal(
            literal.Place, new LiteralShape.Plain(Calls.Make("eq", literal.Place, local, literal.Term!)), false, literal.Withs);
        return FlatComprehension(new Term.Comprehension(literal.Place, RegoKind.Set, null, local, new Body([bound])));
    }
}
