using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <content>The second pass: paths and comprehensions that are operands are evaluated before the literal that uses
/// them.</content>
internal sealed partial class Expansion
{
    private List<Literal> Dynamic(IReadOnlyList<Literal> literals)
    {
        StackRoom.Ensure();
        var into = new List<Literal>();
        foreach (var literal in literals)
        {
            var shape = DynamicShape(literal, into);
            into.Add(ReferenceEquals(shape, literal.Shape) ? literal : literal.WithShape(shape));
        }

        return into;
    }

    private LiteralShape DynamicShape(Literal literal, List<Literal> into)
    {
        switch (literal.Shape)
        {
            case LiteralShape.Plain { Term: Term.Call { Operands: [var left, var right] } call } when Unifies(call):
                var (one, other) = (Whole(left, into, literal.Withs), Whole(right, into, literal.Withs));
                return ReferenceEquals(one, left) && ReferenceEquals(other, right)
                    ? literal.Shape : new LiteralShape.Plain(Calls.Make(call.Name, call.Place, one, other));
            case LiteralShape.Plain { Term: Term.Call call } plain:
                return plain.With(call.WithOperands(Parts(call.Operands, into, literal.Withs)));
            case LiteralShape.Plain plain:
                return plain.With(Whole(plain.Term, into, literal.Withs));
            case LiteralShape.Each each:
                return new LiteralShape.Each(
                    each.Key is null ? null : Part(each.Key, into, literal.Withs), Part(each.Value, into, literal.Withs),
                    Whole(each.Domain, into, literal.Withs));
            case LiteralShape.Every every:
                return new LiteralShape.Every(
                    every.Key, every.Value, Part(every.Domain, into, literal.Withs), new Body(Dynamic(every.Body.Literals)));
            case LiteralShape.Not not:
                return new LiteralShape.Not(new Body(Dynamic(not.Body.Literals)));
            case LiteralShape.Logical logical:
                return new LiteralShape.Logical(
                    logical.IsAnd, new Body(Dynamic(logical.Left.Literals)), new Body(Dynamic(logical.Right.Literals)));
            default:
                return literal.Shape;
        }
    }

    // Outside of queries == unifies too; it keeps its name until literals are ordered, because it gives no variable a value.
    private bool Unifies(Term.Call call) => call.Name == "eq" || (equalsUnify && call.Name == "equal");

    /// <summary>A side of a unification, or a statement: it is evaluated with the literal; only what is inside it goes
    /// before.</summary>
    private Term Whole(Term term, List<Literal> into, With[] withs) => term switch
    {
        Term.Ref path => path.WithParts(path.Parts.Mapped(
            (Expansion: this, path.Head, into, withs),
            static (part, to) => ReferenceEquals(part, to.Head) ? part : to.Expansion.Part(part, to.into, to.withs))),
        Term.Comprehension comprehension => Inner(comprehension),
        _ => Part(term, into, withs),
    };

    private Term[] Parts(Term[] terms, List<Literal> into, With[] withs) =>
        terms.Mapped((Expansion: this, into, withs), static (term, to) => to.Expansion.Part(term, to.into, to.withs));

    private Term Part(Term term, List<Literal> into, With[] withs)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Ref or Term.Comprehension:
                var local = Fresh(term.Place);
                var whole = Whole(term, into, withs);
                into.Add(new Literal(
                    term.Place, new LiteralShape.Plain(Calls.Make("eq", term.Place, local, whole)), false, withs));
                return local;
            case Term.Array or Term.Set or Term.Object:
                return term.MappedParts((Expansion: this, into, withs), static (part, to) => to.Expansion.Part(part, to.into, to.withs));
            default:
                return term;
        }
    }

    private Term.Comprehension Inner(Term.Comprehension comprehension) => new(
        comprehension.Place, comprehension.Kind, comprehension.Key, comprehension.Value,
        new Body(Dynamic(comprehension.Body.Literals)));
}
