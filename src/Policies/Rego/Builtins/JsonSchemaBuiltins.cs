using GitOpsGate.Policies.Rego.Builtins.JsonSchema;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Whether a document fits a JSON Schema, and whether a document is one (OPA reference, "Object", json.match_schema).</summary>
internal static class JsonSchemaBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        var document = RegoType.OneOf(RegoType.String, RegoType.Object);
        var text = RegoType.String;
        var error = RegoType.ObjectWith([("desc", text), ("error", text), ("field", text), ("type", text)], null, null);
        table.Add("json.match_schema", [document, document], RegoType.Tuple(RegoType.Boolean, RegoType.ArrayOf(error)), Match,
            guarded: [RegoType.Any, RegoType.Any]);
        table.Add("json.verify_schema", [document], RegoType.Tuple(RegoType.Boolean, RegoType.OneOf(RegoType.Null, text)), Verify,
            guarded: [RegoType.Any]);
    }

    private static RegoValue Verify(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!TryRead(context, operands[0], out var schema, out var problem)) return Refused(problem);
        try
        {
            SchemaReader.Read(context, schema);
            return RegoValue.ArrayOf(RegoValue.True, RegoValue.Null);
        }
        catch (SchemaException wrong)
        {
            return Refused(wrong.Message);
        }
    }

    private static RegoValue Refused(string problem) =>
        RegoValue.ArrayOf(RegoValue.False, RegoValue.Of($"jsonschema: {problem}"));

    private static RegoValue Match(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!TryRead(context, operands[0], out var document, out var problem)
            || !TryRead(context, operands[1], out var schema, out problem)) return context.Fail(problem);
        try
        {
            var errors = new SchemaCheck(context).Run(SchemaReader.Read(context, schema), document);
            context.Budget.CheckSize(errors.Count);
            return RegoValue.ArrayOf(RegoValue.Of(errors.Count == 0), RegoValue.ArrayOf([.. errors.Select(Shown)]));
        }
        catch (SchemaException wrong)
        {
            return context.Fail(wrong.Message);
        }
    }

    private static RegoValue Shown(SchemaError error)
    {
        var fields = new RegoObjectBuilder();
        fields.Set("error", RegoValue.Of($"{error.Field}: {error.Description}"));
        fields.Set("type", RegoValue.Of(error.Type));
        fields.Set("field", RegoValue.Of(error.Field));
        fields.Set("desc", RegoValue.Of(error.Description));
        return RegoValue.Of(fields.Build());
    }

    /// <summary>An operand as a JSON document: JSON text, or an object as it would be written.</summary>
    private static bool TryRead(BuiltinContext context, RegoValue operand, out RegoValue document, out string problem)
    {
        problem = "invalid JSON string";
        if (operand.AsString is { } text)
        {
            context.Budget.CheckSize(text.Text.Length);
            return RegoJson.TryParse(text.ToBytes(), out document, out _);
        }

        document = default;
        if (operand.AsObject is null)
        {
            problem = "wrong type, expected string or object";
            return false;
        }

        context.Measure(operand);
        var json = RegoJson.ToText(operand);
        return RegoJson.TryParse(System.Text.Encoding.UTF8.GetBytes(json), out document, out _);
    }
}
