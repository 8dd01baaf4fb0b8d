using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <summary>
/// Infers the types of a body's variables, literal by literal in the order of evaluation, and reports what can never hold. A body
/// in which something is wrong says nothing about the types of its results, so that one mistake is reported once.
/// </summary>
internal sealed partial class TypeChecker(TypeTree documents, BuiltinTable builtins, LocalNames names)
{
    // A comprehension is looked at from several places; its outer variables have their types before it is first looked at.
    private readonly TypeSizes _sizes = new();
    private readonly Dictionary<Term.Comprehension, Closed> _closed = new(ReferenceEqualityComparer.Instance);

    /// <summary>The types of a body's variables, and what is wrong in it.</summary>
    public (TypeScope Scope, List<RegoError> Errors) Body(TypeScope outer, IReadOnlyList<Literal> literals)
    {
        StackRoom.Ensure();
        var scope = new TypeScope(outer);
        var errors = new List<RegoError>();
        foreach (var literal in literals) One(scope, literal, errors);
        return (scope, errors);
    }

    /// <summary>The type of a term; unknown when a part of it is.</summary>
    public RegoType Of(TypeScope scope, Term term) => _sizes.Bounded(Exactly(scope, term));

    private RegoType Exactly(TypeScope scope, Term term)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Constant constant:
                return TypeAlgebra.Of(constant.Value);
            case Term.Var variable:
                return OfVariable(scope, variable.Name);
            case Term.Ref path:
                return OfPath(scope, path);
            case Term.Array { Items.Length: 0 }:
                return RegoType.Array;
            case Term.Array array:
                return new RegoType.ArrayType([.. array.Items.Select(i => Of(scope, i))], null);
            case Term.Set set:
                var item = set.Items.Select(i => Of(scope, i)).Aggregate(RegoType.Unknown, TypeAlgebra.Or);
                return new RegoType.SetType(item is RegoType.UnknownType ? RegoType.Any : item);
            case Term.Object entries:
                return OfObject(scope, entries);
            case Term.Comprehension comprehension:
                return Inside(scope, comprehension).Type;
            default:
                return RegoType.Unknown;
        }
    }

    /// <summary>A variable that is called as a built-in function is still that function to the type checker.</summary>
    private RegoType OfVariable(TypeScope scope, string name) =>
        scope.Of(name) is var type and not RegoType.UnknownType ? type : builtins.Find(name)?.Type ?? RegoType.Unknown;

    private RegoType OfPath(TypeScope scope, Term.Ref path)
    {
        var rest = path.Parts.AsSpan(1);
        return path.Head switch
        {
            Term.Var { Name: "data" } => documents.Select(rest),
            Term.Var { Name: "input" } => RegoType.Any,
            Term.Var variable => TypeTree.Parts(OfVariable(scope, variable.Name), rest),
            _ => TypeTree.Parts(Of(scope, path.Head), rest),
        };
    }

    private RegoType.ObjectType OfObject(TypeScope scope, Term.Object entries)
    {
        if (entries.Entries.Length == 0) return (RegoType.ObjectType)RegoType.Object;
        var known = new SortedDictionary<RegoValue, RegoType>();
        RegoType? otherKey = null, otherValue = null;
        foreach (var (key, value) in entries.Entries)
        {
            if (key is Term.Constant constant) known[constant.Value] = Of(scope, value);
            else (otherKey, otherValue) = (Of(scope, key), Of(scope, value));
        }

        return new RegoType.ObjectType([.. known], otherKey, otherValue);
    }

    private void One(TypeScope scope, Literal literal, List<RegoError> errors)
    {
        var before = errors.Count;
        Closures(scope, literal, errors);
        Paths(scope, literal, errors);
        Domain(scope, literal);
        var hasInner = errors.Count > before;
        var problem = Replacements(scope, literal) ?? literal.Shape switch
        {
            LiteralShape.Plain { Term: Term.Call { Name: "eq" or "equal", Operands: [var left, var right] } } =>
                Equation(scope, literal.Place, left, right),
            LiteralShape.Plain { Term: Term.Call call } => Application(scope, literal.Place, call),
            LiteralShape.Each each => Equation(scope, literal.Place, each.Value, PathInto(each)),
            _ => null,
        };

        // What follows from a mistake that is already reported is not another one.
        if (problem is { } found && !(hasInner && found.IsConsequence)) errors.Add(found.Error);
    }

    /// <summary>A collection that is gone through has a name of its own in OPA, and with it all that stands in it has a type.</summary>
    private void Domain(TypeScope scope, Literal literal)
    {
        var domain = literal.Shape switch
        {
            LiteralShape.Each each => each.Domain,
            LiteralShape.Every every => every.Domain,
            _ => null,
        };
        if (domain is Term.Array or Term.Object && TypeAlgebra.HasUnknown(Of(scope, domain))) Fits(scope, domain, RegoType.Any, widens: false);
    }

    private void Closures(TypeScope scope, Literal literal, List<RegoError> errors)
    {
        foreach (var term in TermVars.TermsOf(literal)) Closures(scope, term, errors);
        if (literal.Shape is not LiteralShape.Every every) return;
        foreach (var inner in every.Body.Literals) Closures(scope, inner, errors);
    }

    private void Closures(TypeScope scope, Term term, List<RegoError> errors)
    {
        if (term is Term.Comprehension comprehension)
        {
            errors.AddRange(Inside(scope, comprehension).Errors);
            return;
        }

        foreach (var child in TermVars.Children(term)) Closures(scope, child, errors);
    }

    private Closed Inside(TypeScope scope, Term.Comprehension comprehension)
    {
        if (_closed.TryGetValue(comprehension, out var known)) return known;
        var (inner, errors) = Body(scope, comprehension.Body.Literals);
        var type = errors.Count > 0 ? RegoType.Unknown : comprehension switch
        {
            { Key: { } key } => new RegoType.ObjectType([], Of(inner, key), Of(inner, comprehension.Value)),
            { Kind: RegoKind.Array } => new RegoType.ArrayType([], Known(Of(inner, comprehension.Value))),
            _ => new RegoType.SetType(Of(inner, comprehension.Value)),
        };
        return _closed[comprehension] = new Closed(type, errors);
    }

    /// <summary>An array of what nobody knows is still an array; for sets and objects OPA says that nothing is known.</summary>
    private static RegoType? Known(RegoType type) => type is RegoType.UnknownType ? null : type;

    private Problem? Equation(TypeScope scope, PolicyPlace place, Term left, Term right)
    {
        var (a, b) = (Of(scope, left), Of(scope, right));
        if (Unify(scope, left, a, right, b)) return null;
        return new Problem(
            new RegoError(RegoErrorCodes.Type, "match error", place) { Details = [$"left  : {a}", $"right : {b}"] },
            TypeAlgebra.HasUnknown(a) || TypeAlgebra.HasUnknown(b));
    }

    private Problem? Application(TypeScope scope, PolicyPlace place, Term.Call call)
    {
        var type = call.Function.HeadName == "data" ? OfPath(scope, call.Function)
            : builtins.Find(call.Name)?.Type ?? RegoType.Unknown;
        if (type is not RegoType.Function function || function.IsVariadic) return null;
        RegoType[] wanted = function.Result is null ? [.. function.Operands] : [.. function.Operands, function.Result];
        var wrong = call.Operands.Length > wanted.Length ? "too many arguments"
            : call.Operands.Length < function.Operands.Count ? "too few arguments"
            : call.Operands.Zip(wanted).All(p => Fits(scope, p.First, p.Second, widens: false)) ? null
            : "invalid argument(s)";
        if (wrong is null) return null;
        var have = call.Operands.Select(o => Of(scope, o)).ToArray();
        return new Problem(
            new RegoError(RegoErrorCodes.Type, $"{call.Name}: {wrong}", place)
            {
                Details = [$"have: ({string.Join(", ", have.AsEnumerable())})", $"want: ({string.Join(", ", wanted.AsEnumerable())})"],
            },
            have.Any(TypeAlgebra.HasUnknown));
    }

    /// <summary>A function that stands in for another takes as many and fitting operands.</summary>
    private Problem? Replacements(TypeScope scope, Literal literal)
    {
        foreach (var with in literal.Withs)
        {
            if (with.StandIn is not { } standIn || with.Target is not (Term.Ref or Term.Var)) continue;
            var target = with.Target as Term.Ref ?? new Term.Ref(with.Place, [with.Target]);
            if (OfFunction(scope, target) is not RegoType.Function old || OfFunction(scope, standIn) is not RegoType.Function put
                || TypeAlgebra.Meet(old, put))
            {
                continue;
            }

            return new Problem(
                new RegoError(RegoErrorCodes.Type, $"{RefNames.Of(target)}: arity mismatch", with.Place)
                {
                    Details = [$"have: ({string.Join(", ", put.Operands)})", $"want: ({string.Join(", ", old.Operands)})"],
                },
                false);
        }

        return null;
    }

    private RegoType OfFunction(TypeScope scope, Term.Ref path) =>
        path.HeadName == "data" ? OfPath(scope, path) : builtins.Find(RefNames.Of(path))?.Type ?? RegoType.Unknown;

    private sealed record Closed(RegoType Type, List<RegoError> Errors);

    /// <summary>What is wrong with a literal, and whether it may only follow from something else.</summary>
    private sealed record Problem(RegoError Error, bool IsConsequence);
}
