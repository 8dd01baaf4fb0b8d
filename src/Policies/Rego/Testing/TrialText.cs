using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>Writes compiled literals as people would: operators between operands, made-up names as what they stand for.</summary>
/// <param name="names">What the policy wrote for its own variables.</param>
/// <param name="calls">The calls that other made-up names stand for.</param>
internal sealed class TrialText(LocalNames names, IReadOnlyDictionary<string, string> calls)
{
    public string Of(Literal literal) => (literal.IsNegated ? "not " : "") + Of(literal.Shape)
        + string.Concat(literal.Withs.Select(with => $" with {Of(with.Target)} as {Of(with.StandIn ?? with.Value)}"));

    public string Of(Term term) => term switch
    {
        Term.Var variable => NameOf(variable),
        Term.Call call => OfCall(call, call.Operands),
        Term.Ref path => OfPath(path),
        Term.Array array => $"[{All(array.Items)}]",
        Term.Set { Items.Length: > 0 } set => $"{{{All(set.Items)}}}",
        Term.Object entries => $"{{{string.Join(", ", entries.Entries.Select(e => $"{Of(e.Key)}: {Of(e.Value)}"))}}}",
        Term.Comprehension made => OfComprehension(made),
        _ => TermText.Of(term),
    };

    /// <summary>A call of these operands: without the last one where that is only its result.</summary>
    public string OfCall(Term.Call call, Term[] operands) =>
        operands.Length == 2 && OperatorOf(call.Name) is { } between
            ? $"{Of(operands[0])} {between} {Of(operands[1])}"
            : operands.Length == 3 && OperatorOf(call.Name) is { } operation
                ? $"{Of(operands[2])} = {Of(operands[0])} {operation} {Of(operands[1])}"
                : $"{call.Name}({All(operands)})";

    private string Of(LiteralShape shape) => shape switch
    {
        LiteralShape.Plain { Term: Term.Call { Operands: [.., Term.Var output] } call } when IsUnnamed(output) && !calls.ContainsKey(output.Name)
            => OfCall(call, call.Operands[..^1]),
        LiteralShape.Plain plain => Of(plain.Term),
        LiteralShape.Each each => $"some {(each.Key is null ? "" : Of(each.Key) + ", ")}{Of(each.Value)} in {Of(each.Domain)}",
        LiteralShape.Every every =>
            $"every {(every.Key is null ? "" : NameOf(every.Key) + ", ")}{NameOf(every.Value)} in {Of(every.Domain)} {{ … }}",
        LiteralShape.Not not => $"not {{ {string.Join("; ", not.Body.Literals.Select(Of))} }}",
        LiteralShape.Logical logical => logical.IsAnd ? "… and …" : "… or …",
        _ => "…",
    };

    private string OfPath(Term.Ref path)
    {
        var text = Of(path.Head);
        foreach (var part in path.Parts.Skip(1))
        {
            text += part is Term.Constant { Value.AsString: { } name } && TermText.IsPlainName(name.Text) ? $".{name.Text}" : $"[{Of(part)}]";
        }

        return text;
    }

    private string OfComprehension(Term.Comprehension made)
    {
        var inside = $"{(made.Key is null ? "" : Of(made.Key) + ": ")}{Of(made.Value)} | …";
        return made.Kind == RegoKind.Array ? $"[{inside}]" : $"{{{inside}}}";
    }

    private bool IsUnnamed(Term.Var variable) => LocalNames.IsMade(variable.Name) && names.Written(variable.Name) is null;

    private string NameOf(Term.Var variable) =>
        variable.IsWildcard ? "_" : names.Written(variable.Name) ?? calls.GetValueOrDefault(variable.Name, "…");

    private static string? OperatorOf(string name) => name switch
    {
        "eq" => "=",
        "equal" => "==",
        "neq" => "!=",
        "lt" => "<",
        "lte" => "<=",
        "gt" => ">",
        "gte" => ">=",
        "plus" => "+",
        "minus" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        "and" => "&",
        "or" => "|",
        "internal.member_2" => "in",
        _ => null,
    };

    private string All(Term[] terms) => string.Join(", ", terms.Select(Of));
}
