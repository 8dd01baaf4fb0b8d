using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <content>Paths: whether what they lead through can have the parts that they name.</content>
internal sealed partial class TypeChecker
{
    private void Paths(TypeScope scope, Literal literal, List<RegoError> errors)
    {
        switch (literal.Shape)
        {
            case LiteralShape.Plain { Term: Term.Call call }:
                foreach (var operand in call.Operands) Paths(scope, operand, errors);
                break;
            case LiteralShape.Plain plain:
                Paths(scope, plain.Term, errors);
                break;
            case LiteralShape.Each each:
                Paths(scope, PathInto(each), errors);
                break;
            case LiteralShape.Every every:
                Paths(scope, every.Domain, errors);
                foreach (var inner in every.Body.Literals) Paths(scope, inner, errors);
                break;
        }
    }

    private void Paths(TypeScope scope, Term term, List<RegoError> errors)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Comprehension:
                return;
            case Term.Ref path when PathProblem(scope, path) is { } problem:
                errors.Add(problem);
                return;
        }

        foreach (var child in TermVars.Children(term)) Paths(scope, child, errors);
    }

    /// <summary>What <c>some k, v in xs</c> says, as a path: <c>xs[k]</c>.</summary>
    private Term.Ref PathInto(LiteralShape.Each each)
    {
        // A key that nobody wrote is another one each time.
        var key = each.Key ?? new Term.Var(each.Domain.Place, $"${names.Fresh()}");
        return each.Domain is Term.Ref path
            ? new Term.Ref(path.Place, [.. path.Parts, key])
            : new Term.Ref(each.Domain.Place, [each.Domain, key]);
    }

    private RegoError? PathProblem(TypeScope scope, Term.Ref path)
    {
        if (OfPath(scope, path) is RegoType.Function function)
        {
            return Unsupported(path, path.Parts.Length - 1, function);
        }

        switch (path.Head)
        {
            case Term.Var { Name: "data" } when documents.Children.Any():
                return InDocuments(scope, documents, path, 1);
            case Term.Var { Name: "data" or "input" }:
                return InValue(scope, RegoType.Any, path, 1);
            case Term.Var variable:
                var type = scope.Of(variable.Name);
                if (type is RegoType.UnknownType) scope.Set(variable.Name, type = RegoType.Any);
                return InValue(scope, type, path, 1);
            default:
                return Of(scope, path.Head) is var head and not RegoType.UnknownType ? InValue(scope, head, path, 1) : null;
        }
    }

    private RegoError? InDocuments(TypeScope scope, TypeTree at, Term.Ref path, int index)
    {
        for (; index < path.Parts.Length; index++)
        {
            var part = path.Parts[index];
            if (index <= 2 && part is not (Term.Var or Term.Constant { Value.Kind: RegoKind.String }))
            {
                return Invalid(path, index, Of(scope, part), RegoType.String, [.. at.Names]);
            }

            if (part is Term.Var variable)
            {
                var keys = TypeAlgebra.Keys(at.Extent());
                var known = scope.Of(variable.Name);
                if (known is RegoType.UnknownType) scope.Set(variable.Name, keys);
                else if (!TypeAlgebra.Meet(keys, known)) return Invalid(path, index, known, keys, [.. at.Names]);
                return Anywhere(scope, path, index + 1);
            }

            if (part is not Term.Constant { Value: var name } || at.Child(name) is not { } child)
            {
                return Anywhere(scope, path, index + 1);
            }

            if (child.Type is { } type) return InValue(scope, type, path, index + 1);
            at = child;
        }

        return null;
    }

    /// <summary>Below what is not known anything may be.</summary>
    private static RegoError? Anywhere(TypeScope scope, Term.Ref path, int index)
    {
        foreach (var part in path.Parts.AsSpan(index))
        {
            if (part is Term.Var variable && scope.Of(variable.Name) is RegoType.UnknownType)
            {
                scope.Set(variable.Name, RegoType.Any);
            }
        }

        return null;
    }

    private RegoError? InValue(TypeScope scope, RegoType type, Term.Ref path, int index)
    {
        for (; index < path.Parts.Length; index++)
        {
            var keys = TypeAlgebra.Keys(type);
            if (keys is RegoType.UnknownType) return Unsupported(path, index - 1, type);
            var part = path.Parts[index];
            switch (part)
            {
                case Term.Var variable:
                    var known = scope.Of(variable.Name);
                    if (known is RegoType.UnknownType) scope.Set(variable.Name, keys);
                    else if (!TypeAlgebra.Meet(known, keys)) return Invalid(path, index, known, keys, NamesOf(type));
                    break;
                case Term.Constant constant:
                    type = TypeAlgebra.Select(type, constant.Value);
                    if (type is not RegoType.UnknownType) continue;
                    return Invalid(path, index, null, keys, NamesOf(BeforeLast(scope, path, index)));
                case Term.Ref inner:
                    var found = OfPath(scope, inner);
                    if (found is not RegoType.UnknownType && !TypeAlgebra.Meet(found, keys))
                    {
                        return Invalid(path, index, found, keys, NamesOf(type));
                    }

                    break;
                default:
                    if (!Fits(scope, part, keys, widens: false)) return Invalid(path, index, Of(scope, part), keys, []);
                    break;
            }

            type = TypeAlgebra.Values(type);
        }

        return null;
    }

    private RegoType BeforeLast(TypeScope scope, Term.Ref path, int index) =>
        OfPath(scope, new Term.Ref(path.Place, path.Parts[..index]));

    private static IReadOnlyList<RegoValue> NamesOf(RegoType type) =>
        [.. TypeAlgebra.Cases(type).OfType<RegoType.ObjectType>().SelectMany(o => o.Fixed).Select(p => p.Key).Distinct().Order()];

    private RegoError Unsupported(Term.Ref path, int index, RegoType have)
    {
        var written = Written(path);
        var upTo = TermText.Of(new Term.Ref(path.Place, written.Parts[..(index + 1)]));
        return Undefined(written, [written.ToString(), new string('^', upTo.Length), $"have: {have}"]);
    }

    private RegoError Invalid(Term.Ref path, int index, RegoType? have, RegoType want, IReadOnlyList<RegoValue> names)
    {
        var written = Written(path);
        var indent = new string(' ', TermText.Of(new Term.Ref(path.Place, written.Parts[..index])).Length + 1);
        return Undefined(
            written,
            [
                written.ToString(),
                $"{indent}^",
                have is null ? $"{indent}have: {written.Parts[index]}" : $"{indent}have (type): {have}",
                names.Count > 0
                    ? $"{indent}want (one of): [{string.Join(' ', names.Select(RegoTermText.Of))}]"
                    : $"{indent}want (type): {want}",
            ]);
    }

    private static RegoError Undefined(Term.Ref path, IReadOnlyList<string> details) =>
        new(RegoErrorCodes.Type, $"undefined ref: {path}", path.Head.Place) { Details = details };

    /// <summary>The path with the names that the policy wrote.</summary>
    private Term.Ref Written(Term.Ref path) => new(path.Place, [.. path.Parts.Select(p =>
        p is not Term.Var variable ? p
        : new Term.Var(p.Place, names.Written(variable.Name) ?? (LocalNames.IsMade(variable.Name) ? "$" : variable.Name)))]);
}
