using System.Globalization;
using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>
/// A query taken apart into its expressions, so that each one's value can be shown as <c>opa eval</c> does. The query that is
/// asked (<see cref="Text"/>) binds these values to names of its own.
/// </summary>
public sealed class RegoExpressions
{
    private const string Prefix = "__expression_";
    private const string OwnPrefix = "__own_";

    private RegoExpressions(string text, IReadOnlyList<RegoExpression> all)
    {
        Text = text;
        All = all;
    }

    /// <summary>The query to ask.</summary>
    public string Text { get; }

    /// <summary>The expressions in the order in which they were written.</summary>
    public IReadOnlyList<RegoExpression> All { get; }

    /// <summary>Takes a query apart; or the reasons why it is none.</summary>
    public static (RegoExpressions? Expressions, IReadOnlyList<RegoError> Errors) Of(string query)
    {
        var (body, errors) = Parser.ParseQuery("", query, new ParserOptions(RegoVersion.V1));
        if (body is null) return (null, errors);
        var starts = body.Literals.Select(literal => OffsetOf(query, literal.Place)).Append(query.Length).ToList();
        var all = new List<RegoExpression>();
        for (var i = 0; i < body.Literals.Count; i++)
        {
            var text = query[starts[i]..starts[i + 1]].Trim().TrimEnd(';').TrimEnd();
            var name = HasValue(body.Literals[i]) ? Prefix + i.ToString(CultureInfo.InvariantCulture) : null;
            all.Add(new RegoExpression(text, body.Literals[i].Place, name));
        }

        // A single question may be answered with false; where there are several answers or conditions, false is none.
        var filters = body.Literals.Count > 1 || body.Literals.Any(Iterates);
        // The engine keeps what a query declares to itself, so each of these variables is given another name beside its own.
        var own = body.Literals.SelectMany(Declared).Distinct().Select(name => $"{OwnPrefix}{name} = {name}");
        return (new RegoExpressions(string.Join('\n', all.Select(one => Asked(one, filters)).Concat(own)), all), []);
    }

    /// <summary>The query's own variables in an answer, in ordinal order.</summary>
    public static IEnumerable<KeyValuePair<string, RegoValue>> Bindings(IReadOnlyDictionary<string, RegoValue> answer) => answer
        .Where(binding => !binding.Key.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(binding => binding.Key.StartsWith(OwnPrefix, StringComparison.Ordinal)
            ? KeyValuePair.Create(binding.Key[OwnPrefix.Length..], binding.Value)
            : binding)
        .DistinctBy(binding => binding.Key)
        .OrderBy(binding => binding.Key, StringComparer.Ordinal);

    // A unification, a declaration and a negation hold or do not: they have no value to show but true.
    private static bool HasValue(Literal literal) =>
        !literal.IsNegated && literal.Term is { } term && term is not Term.Call { Name: "eq" or "assign" or "print" or "walk" };

    private static IEnumerable<string> Declared(Literal literal)
    {
        IEnumerable<Term?> patterns = literal switch
        {
            { Shape: LiteralShape.Each each } => [each.Key, each.Value],
            { IsNegated: false, Call: { Name: "assign", Operands: [var left, _] } } => [left],
            _ => [],
        };
        return patterns.OfType<Term>().SelectMany(TermVars.Direct).Where(name => name[0] != '$' && !TermVars.IsRoot(name));
    }

    private static string Asked(RegoExpression one, bool filters)
    {
        if (one.Name is null) return one.Text;
        return filters ? $"{one.Name} = {one.Text}\n{one.Name} != false" : $"{one.Name} = {one.Text}";
    }

    private static bool Iterates(Literal literal) =>
        literal.Term is { } term && TermVars.Direct(term).Any(name => !TermVars.IsRoot(name));

    private static int OffsetOf(string text, PolicyPlace place)
    {
        var at = 0;
        for (var row = 1; row < place.Row; row++) at = text.IndexOf('\n', at) + 1;
        for (var column = 1; column < place.Column && at < text.Length; column++) at += char.IsHighSurrogate(text[at]) ? 2 : 1;
        return at;
    }
}

/// <summary>One expression of a query.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Place">Where it begins in the query.</param>
/// <param name="Name">The variable that has its value; null when the expression has none but true.</param>
public sealed record RegoExpression(string Text, PolicyPlace Place, string? Name)
{
    /// <summary>Its value in an answer.</summary>
    public RegoValue ValueIn(IReadOnlyDictionary<string, RegoValue> answer) =>
        Name is not null && answer.TryGetValue(Name, out var value) ? value : RegoValue.True;
}
