using GitOpsGate.Policies.Rego.Builtins.GraphQl;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// GraphQL (specification of October 2021): queries and schemas become objects, and are checked. Where a function takes a query
/// or a schema, it takes the text as well as the object.
/// </summary>
internal static class GraphQlBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        var document = RegoType.OneOf(RegoType.String, RegoType.Object);
        table.Add("graphql.parse", [document, document], RegoType.Tuple(RegoType.Object, RegoType.Object), Parse);
        table.Add(
            "graphql.parse_and_verify", [document, document],
            RegoType.Tuple(RegoType.Boolean, RegoType.Object, RegoType.Object), ParseAndVerify);
        table.Add("graphql.parse_query", [RegoType.String], RegoType.Object, static (c, v) => Attempt(c, v[0], Parser.ReadQuery));
        table.Add("graphql.parse_schema", [RegoType.String], RegoType.Object, static (c, v) =>
            Attempt(c, v[0], Parser.ReadSchema));
        table.Add("graphql.is_valid", [document, document], RegoType.Boolean, static (c, v) =>
            RegoValue.Of(Checked(c, v[0], v[1], out _) is not null));
        table.Add("graphql.schema_is_valid", [document], RegoType.Boolean, SchemaIsValid);
    }

    private static RegoValue Attempt(BuiltinContext context, RegoValue operand, Func<string, RegoValue> read)
    {
        try
        {
            return Read(context, operand, read);
        }
        catch (GraphQlException trouble)
        {
            return context.Fail(trouble.Message);
        }
    }

    private static RegoValue Query(BuiltinContext context, RegoValue operand) => Read(context, operand, Parser.ReadQuery);

    private static RegoValue Schema(BuiltinContext context, RegoValue operand) => Read(context, operand, Parser.ReadSchema);

    private static RegoValue Read(BuiltinContext context, RegoValue operand, Func<string, RegoValue> read)
    {
        if (operand.AsString is null) return operand;
        context.Budget.CheckSize(operand.Text.Length);
        context.Budget.Charge(operand.Text.Length);
        return read(operand.Text);
    }

    /// <summary>The query and the schema; null, and then the problem, when they do not hold.</summary>
    private static (RegoValue Query, RegoValue Schema)? Checked(
        BuiltinContext context, RegoValue query, RegoValue schema, out string problem)
    {
        try
        {
            var (queryDocument, schemaDocument) = (Query(context, query), Schema(context, schema));
            var types = SchemaCheck.Load(new Ast(schemaDocument));
            QueryCheck.Run(types, new Ast(queryDocument), context.Budget);
            problem = "";
            return (queryDocument, schemaDocument);
        }
        catch (GraphQlException trouble)
        {
            problem = trouble.Message;
            return null;
        }
    }

    private static RegoValue Parse(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        Checked(context, operands[0], operands[1], out var problem) is { } both
            ? RegoValue.ArrayOf(both.Query, both.Schema)
            : context.Fail(problem);

    private static RegoValue ParseAndVerify(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var empty = RegoValue.Of(RegoObject.Empty);
        return Checked(context, operands[0], operands[1], out _) is { } both
            ? RegoValue.ArrayOf(RegoValue.True, both.Query, both.Schema)
            : RegoValue.ArrayOf(RegoValue.False, empty, empty);
    }

    private static RegoValue SchemaIsValid(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        try
        {
            SchemaCheck.Load(new Ast(Schema(context, operands[0])));
            return RegoValue.True;
        }
        catch (GraphQlException)
        {
            return RegoValue.False;
        }
    }
}
