using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <content>Limits, choices and combinations.</content>
internal sealed partial class SchemaReader
{
    private static void ReadNumberLimits(SchemaNode node, RegoObject schema)
    {
        if (schema["multipleOf"] is { IsDefined: true } factor)
        {
            if (factor.Kind != RegoKind.Number) throw SchemaException.WrongType("Number", "multipleOf");
            if (factor <= RegoValue.Of(0L)) throw new SchemaException("multipleOf must be strictly greater than 0");
            node.MultipleOf = factor;
        }

        node.Minimum = NumberOf(schema, "minimum");
        if (TakesBound(node, schema, "exclusiveMinimum", "minimum", node.Minimum, out var least))
            (node.ExclusiveMinimum, node.Minimum) = least.IsDefined ? (least, node.Minimum) : (node.Minimum, default);
        node.Maximum = NumberOf(schema, "maximum");
        if (TakesBound(node, schema, "exclusiveMaximum", "maximum", node.Maximum, out var most))
            (node.ExclusiveMaximum, node.Maximum) = most.IsDefined ? (most, node.Maximum) : (node.Maximum, default);
    }

    private static RegoValue NumberOf(RegoObject schema, string key)
    {
        var value = schema[key];
        return !value.IsDefined || value.Kind == RegoKind.Number ? value : throw new SchemaException($"{key} must be of a Number");
    }

    /// <summary>Reads an exclusive bound: a boolean beside the bound in draft 4, a number of its own since draft 6.</summary>
    /// <returns>Whether there is one; its number is undefined when the plain bound is meant to be exclusive.</returns>
    private static bool TakesBound(
        SchemaNode node, RegoObject schema, string key, string plain, RegoValue bound, out RegoValue number)
    {
        number = default;
        var value = schema[key];
        if (!value.IsDefined) return false;
        if (value.Kind == RegoKind.Boolean && (node.Draft is SchemaDraft.Draft4 or SchemaDraft.Hybrid))
        {
            if (!bound.IsDefined) throw new SchemaException($"{key} cannot be used without {plain}");
            return value.IsTrue;
        }

        if (value.Kind == RegoKind.Number && node.Draft != SchemaDraft.Draft4)
        {
            number = value;
            return true;
        }

        throw SchemaException.WrongType(
            node.Draft switch { SchemaDraft.Draft4 => "boolean", SchemaDraft.Hybrid => "boolean/number", _ => "number" }, key);
    }

    private void ReadSizes(SchemaNode node, RegoObject schema)
    {
        (node.MinLength, node.MaxLength) = (SizeOf(schema, "minLength"), SizeOf(schema, "maxLength"));
        if (node.MinLength > node.MaxLength) throw new SchemaException("minLength cannot be greater than maxLength");

        // As in OPA, a pattern is not looked at: many are written for another dialect.
        TextOf(schema, "pattern");
        node.Format = TextOf(schema, "format") ?? "";
        (node.MinProperties, node.MaxProperties) = (SizeOf(schema, "minProperties"), SizeOf(schema, "maxProperties"));
        if (node.MinProperties > node.MaxProperties) throw new SchemaException("minProperties cannot be greater than maxProperties");
        foreach (ref readonly var name in ListOf(schema, "required"))
        {
            if (name.AsString is null) throw SchemaException.WrongType("string", "required");
            if (node.Required.Contains(name.Text)) throw new SchemaException("required items must be unique");
            node.Required.Add(name.Text);
        }

        (node.MinItems, node.MaxItems) = (SizeOf(schema, "minItems"), SizeOf(schema, "maxItems"));
        if (schema["uniqueItems"] is { IsDefined: true } unique)
        {
            if (unique.Kind != RegoKind.Boolean) throw new SchemaException("uniqueItems must be of a boolean");
            node.HasUniqueItems = unique.IsTrue;
        }

        if (schema["contains"] is { IsDefined: true } contained && node.Draft >= SchemaDraft.Draft6)
            node.Contains = Child(node, contained);
    }

    private static long? SizeOf(RegoObject schema, string key)
    {
        var value = schema[key];
        if (!value.IsDefined) return null;

        // Whole numbers that are not written as such (`1.0`) are none here, as in Go.
        if (!value.TryInteger(out var size)) throw new SchemaException($"{key} must be of an integer");
        return size >= 0 ? size : throw new SchemaException($"{key} must be greater than or equal to 0");
    }

    private static ReadOnlySpan<RegoValue> ListOf(RegoObject schema, string key)
    {
        var value = schema[key];
        if (!value.IsDefined) return [];
        return value.AsArray is { } list ? list.Items : throw new SchemaException($"{key} must be of an array");
    }

    private static void ReadChoices(SchemaNode node, RegoObject schema)
    {
        if (schema["const"] is { IsDefined: true } constant && node.Draft >= SchemaDraft.Draft6)
            node.Constant = SchemaText.Canonical(constant);
        foreach (ref readonly var choice in ListOf(schema, "enum"))
        {
            var text = SchemaText.Canonical(choice);
            if (node.Enumeration.Contains(text)) throw new SchemaException("enum items must be unique");
            node.Enumeration.Add(text);
        }
    }

    private void ReadCombinations(SchemaNode node, RegoObject schema)
    {
        foreach (ref readonly var one in ListOf(schema, "oneOf")) node.OneOf.Add(Child(node, one));
        foreach (ref readonly var one in ListOf(schema, "anyOf")) node.AnyOf.Add(Child(node, one));
        foreach (ref readonly var one in ListOf(schema, "allOf")) node.AllOf.Add(Child(node, one));
        node.Not = Single(node, schema, "not");
        if (node.Draft < SchemaDraft.Draft7) return;
        (node.If, node.Then, node.Else) =
            (Single(node, schema, "if"), Single(node, schema, "then"), Single(node, schema, "else"));
    }

    private SchemaNode? Single(SchemaNode node, RegoObject schema, string key)
    {
        var value = schema[key];
        if (!value.IsDefined) return null;
        return IsSchema(value) ? Child(node, value) : throw new SchemaException($"{key} must be of an object");
    }
}
