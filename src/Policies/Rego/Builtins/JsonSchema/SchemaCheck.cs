using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <summary>
/// Holds a document against a schema, with the errors, the order and the scores of gojsonschema: of several schemas that do not fit,
/// the errors of the one that fits best are told.
/// </summary>
internal sealed partial class SchemaCheck(BuiltinContext context)
{
    private const int DeepestReference = 1000;

    private int _depth;

    /// <summary>The errors of a document; none when it fits.</summary>
    public IReadOnlyList<SchemaError> Run(SchemaNode schema, RegoValue document)
    {
        var result = new SchemaResult();
        Check(schema, document, result, SchemaPath.Root);
        return result.Errors;
    }

    private SchemaResult Try(SchemaNode schema, RegoValue value, SchemaPath path)
    {
        var result = new SchemaResult();
        Check(schema, value, result, path);
        return result;
    }

    private void Check(SchemaNode schema, RegoValue value, SchemaResult result, SchemaPath path)
    {
        StackRoom.Ensure();
        context.Budget.Charge(16);
        if (++_depth > DeepestReference)
            throw new RegoLimitException(RegoErrorCodes.LimitDepth, "schemas refer to one another too deeply");
        CheckOne(schema, value, result, path);
        _depth--;
    }

    private void CheckOne(SchemaNode schema, RegoValue value, SchemaResult result, SchemaPath path)
    {
        if (schema.Passes is { } passes)
        {
            if (!passes) result.Add("false", path, "False always fails validation");
            return;
        }

        if (schema.Reference is not null)
        {
            Check(schema.Reference, value, result, path);
            return;
        }

        var given = TypeOf(value);
        var fits = schema.Types.Count == 0 || schema.Types.Contains(given) || (given == "integer" && schema.Types.Contains("number"));
        if (!fits)
        {
            var expected = schema.Types.Count > 1 ? $"[{string.Join(',', schema.Types)}]" : schema.Types[0];
            result.Add("invalid_type", path, $"Invalid type. Expected: {expected}, given: {given}");
            return;
        }

        CheckCombinations(schema, value, result, path);
        if (value.Kind == RegoKind.Array) CheckArray(schema, value.AsArray!, result, path);
        if (value.Kind == RegoKind.Object) CheckObject(schema, value.AsObject!, result, path);
        if (value.Kind == RegoKind.Number) CheckNumber(schema, value, result, path);
        CheckChoices(schema, value, result, path);
        if (value.Kind == RegoKind.String) CheckText(schema, value, result, path);
        if (value.AsObject is { } entries)
        {
            foreach (var (name, property) in schema.Properties)
            {
                var next = entries[name];
                if (next.IsDefined) Check(property, next, result, path.Step(name));
            }
        }

        result.Score++;
    }

    private static string TypeOf(RegoValue value) => value.Kind != RegoKind.Number
        ? RegoKindNames.NameOf(value.Kind)
        : value.TryInteger(out _) || (value.Node is RegoNumber { IsWhole: true }) ? "integer" : "number";

    private void CheckCombinations(SchemaNode schema, RegoValue value, SchemaResult result, SchemaPath path)
    {
        if (schema.AnyOf.Count > 0) CheckAnyOf(schema.AnyOf, value, result, path);
        if (schema.OneOf.Count > 0) CheckOneOf(schema.OneOf, value, result, path);
        if (schema.AllOf.Count > 0)
        {
            var valid = 0;
            foreach (var one in schema.AllOf)
            {
                var tried = Try(one, value, path);
                if (tried.IsValid) valid++;
                result.Merge(tried);
            }

            if (valid != schema.AllOf.Count) result.Add("number_all_of", path, "Must validate all the schemas (allOf)");
        }

        if (schema.Not is not null && Try(schema.Not, value, path).IsValid)
            result.Add("number_not", path, "Must not validate the schema (not)");
        if (value.AsObject is { } entries) CheckDependencies(schema, entries, result, path);
        if (schema.If is not null) CheckCondition(schema, value, result, path);
        result.Score++;
    }

    private void CheckAnyOf(List<SchemaNode> schemas, RegoValue value, SchemaResult result, SchemaPath path)
    {
        SchemaResult? best = null;
        foreach (var one in schemas)
        {
            var tried = Try(one, value, path);
            if (tried.IsValid) return;
            if (best is null || tried.Score > best.Score) best = tried;
        }

        result.Add("number_any_of", path, "Must validate at least one schema (anyOf)");
        result.Merge(best!);
    }

    private void CheckOneOf(List<SchemaNode> schemas, RegoValue value, SchemaResult result, SchemaPath path)
    {
        SchemaResult? best = null;
        var valid = 0;
        foreach (var one in schemas)
        {
            var tried = Try(one, value, path);
            if (tried.IsValid) valid++;
            else if (valid == 0 && (best is null || tried.Score > best.Score)) best = tried;
        }

        if (valid == 1) return;
        result.Add("number_one_of", path, "Must validate one and only one schema (oneOf)");
        if (valid == 0) result.Merge(best!);
    }

    private void CheckDependencies(SchemaNode schema, RegoObject entries, SchemaResult result, SchemaPath path)
    {
        foreach (var (name, names, dependent) in schema.Dependencies)
        {
            if (!entries[name].IsDefined) continue;
            foreach (var other in names ?? [])
            {
                if (!entries[other].IsDefined) result.Add("missing_dependency", path, $"Has a dependency on {other}");
            }

            if (dependent is not null) Check(dependent, RegoValue.Of(entries), result, path);
        }
    }

    private void CheckCondition(SchemaNode schema, RegoValue value, SchemaResult result, SchemaPath path)
    {
        var holds = Try(schema.If!, value, path).IsValid;
        var branch = holds ? schema.Then : schema.Else;
        if (branch is null) return;
        var tried = Try(branch, value, path);
        if (tried.IsValid) return;
        result.Add(
            holds ? "condition_then" : "condition_else", path,
            holds ? "Must validate \"then\" as \"if\" was valid" : "Must validate \"else\" as \"if\" was not valid");
        result.Merge(tried);
    }
}
