using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>The lines of a module that can be reached: where a head or a literal begins, however deep it stands.</summary>
internal static class CoverageRows
{
    public static IEnumerable<int> Of(Module module) => module.Rules.SelectMany(Of);

    private static IEnumerable<int> Of(Rule rule)
    {
        for (var one = rule; one is not null; one = one.Else)
        {
            yield return one.Head.Place.Row;
            foreach (var row in Of(one.Body)) yield return row;
            Term?[] parts = [one.Head.Path, one.Head.Member, one.Head.Value, .. one.Head.Parameters ?? []];
            foreach (var row in parts.SelectMany(Of)) yield return row;
        }
    }

    private static IEnumerable<int> Of(Body body) => body.Literals.SelectMany(Of);

    // A `some` counts where it is reached, and is not missed where it is not: so does OPA.
    private static IEnumerable<int> Of(Literal literal)
    {
        var inside = Inside(literal.Shape).Concat(literal.Withs.SelectMany(with => Of(with.Value)));
        return literal.Shape is LiteralShape.Declare or LiteralShape.Each ? inside : inside.Prepend(literal.Place.Row);
    }

    private static IEnumerable<int> Inside(LiteralShape shape) => shape switch
    {
        LiteralShape.Plain plain => Of(plain.Term),
        LiteralShape.Each each => Of(each.Domain),
        LiteralShape.Every every => Of(every.Domain).Concat(Of(every.Body)),
        LiteralShape.Not not => Of(not.Body),
        LiteralShape.Group group => Of(group.Body),
        LiteralShape.Logical logical => Of(logical.Left).Concat(Of(logical.Right)),
        _ => [],
    };

    private static IEnumerable<int> Of(Term? term) => term switch
    {
        Term.Comprehension made => Of(made.Body).Concat(Of(made.Key)).Concat(Of(made.Value)),
        Term.Ref path => path.Parts.SelectMany(Of),
        Term.Call call => call.Operands.SelectMany(Of),
        Term.Array array => array.Items.SelectMany(Of),
        Term.Set set => set.Items.SelectMany(Of),
        Term.Object entries => entries.Entries.SelectMany(entry => Of(entry.Key).Concat(Of(entry.Value))),
        Term.Template template => template.Parts.Where(part => part.Literal is not null).SelectMany(part => Of(part.Literal!)),
        _ => [],
    };
}
