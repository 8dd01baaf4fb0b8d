using System.Globalization;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <content>Arrays, objects, numbers, texts.</content>
internal sealed partial class SchemaCheck
{
    private void CheckArray(SchemaNode schema, RegoArray list, SchemaResult result, SchemaPath path)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var one = schema.IsOneForAllItems ? schema.Items[0] : i < schema.Items.Count ? schema.Items[i]
                : schema.Items.Count > 0 ? schema.FurtherItems : null;
            if (one is not null) result.Merge(Try(one, list[i], path.Step(i.ToString(CultureInfo.InvariantCulture))));
        }

        if (!schema.IsOneForAllItems && schema.Items.Count > 0 && schema.Items.Count < list.Count && !schema.AllowsFurtherItems)
            result.Add("array_no_additional_items", path, "No additional items allowed on array");
        if (list.Count < schema.MinItems)
            result.Add("array_min_items", path, $"Array must have at least {schema.MinItems} items");
        if (list.Count > schema.MaxItems)
            result.Add("array_max_items", path, $"Array must have at most {schema.MaxItems} items");
        if (schema.HasUniqueItems) CheckUnique(list, result, path);
        if (schema.Contains is not null) CheckContains(schema.Contains, list, result, path);
        result.Score++;
    }

    private static void CheckUnique(RegoArray list, SchemaResult result, SchemaPath path)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            var text = SchemaText.Canonical(list[i]);
            if (seen.TryGetValue(text, out var first)) result.Add("unique", path, $"array items[{first},{i}] must be unique");
            seen[text] = i;
        }
    }

    private void CheckContains(SchemaNode contained, RegoArray list, SchemaResult result, SchemaPath path)
    {
        SchemaResult? best = null;
        for (var i = 0; i < list.Count; i++)
        {
            var tried = Try(contained, list[i], path.Step(i.ToString(CultureInfo.InvariantCulture)));
            if (tried.IsValid) return;
            if (best is null || tried.Score > best.Score) best = tried;
        }

        result.Add("contains", path, "At least one of the items must match");
        if (best is not null) result.Merge(best);
    }

    private void CheckObject(SchemaNode schema, RegoObject entries, SchemaResult result, SchemaPath path)
    {
        if (entries.Count < schema.MinProperties)
            result.Add("array_min_properties", path, $"Must have at least {schema.MinProperties} properties");
        if (entries.Count > schema.MaxProperties)
            result.Add("array_max_properties", path, $"Must have at most {schema.MaxProperties} properties");
        foreach (var name in schema.Required)
        {
            if (entries[name].IsDefined) result.Score++;
            else result.Add("required", path, $"{name} is required");
        }

        for (var i = 0; i < entries.Count; i++)
        {
            var name = entries.Keys[i].Text;
            context.Budget.Charge(schema.Properties.Count);
            var isKnown = schema.Properties.Exists(property => property.Name == name);
            isKnown |= CheckPatterns(schema, name, entries.Values[i], result, path);
            if (isKnown) continue;
            if (schema.FurtherProperties is not null)
                result.Merge(Try(schema.FurtherProperties, entries.Values[i], path.Step(name)));
            else if (!schema.AllowsFurtherProperties)
                result.Add("additional_property_not_allowed", path, $"Additional property {name} is not allowed");
        }

        for (var i = 0; schema.PropertyNames is not null && i < entries.Count; i++)
        {
            var tried = Try(schema.PropertyNames, entries.Keys[i], path);
            if (tried.IsValid) continue;
            result.Add("invalid_property_name", path, $"Property name of \"{entries.Keys[i].Text}\" does not match");
            result.Merge(tried);
        }

        result.Score++;
    }

    private bool CheckPatterns(SchemaNode schema, string name, RegoValue value, SchemaResult result, SchemaPath path)
    {
        var matches = false;
        foreach (var (pattern, one) in schema.PatternProperties)
        {
            context.Budget.Charge(1 + ((long)name.Length * pattern.Steps.Length / 64));
            if (!pattern.IsMatch(name)) continue;
            matches = true;
            result.Merge(Try(one, value, path.Step(name)));
        }

        if (matches) result.Score++;
        return matches;
    }

    private static void CheckChoices(SchemaNode schema, RegoValue value, SchemaResult result, SchemaPath path)
    {
        if (schema.Constant is not null && SchemaText.Canonical(value) != schema.Constant)
            result.Add("const", path, $"{path.Field} does not match: {schema.Constant}");
        if (schema.Enumeration.Count > 0 && !schema.Enumeration.Contains(SchemaText.Canonical(value)))
            result.Add("enum", path, $"{path.Field} must be one of the following: {string.Join(", ", schema.Enumeration)}");
        if (schema.Format.Length > 0 && value.AsString is not null && !SchemaFormats.Fits(schema.Format, value.Text))
            result.Add("format", path, $"Does not match format '{schema.Format}'");
        result.Score++;
    }

    private static void CheckText(SchemaNode schema, RegoValue value, SchemaResult result, SchemaPath path)
    {
        var length = value.AsString!.CountCodePoints();
        if (length < schema.MinLength)
            result.Add("string_gte", path, $"String length must be greater than or equal to {schema.MinLength}");
        if (length > schema.MaxLength)
            result.Add("string_lte", path, $"String length must be less than or equal to {schema.MaxLength}");
        result.Score++;
    }

    private static void CheckNumber(SchemaNode schema, RegoValue number, SchemaResult result, SchemaPath path)
    {
        if (schema.MultipleOf.IsDefined && !SchemaText.IsMultiple(number, schema.MultipleOf))
            result.Add("multiple_of", path, $"Must be a multiple of {SchemaText.Limit(schema.MultipleOf)}");
        if (schema.Maximum.IsDefined && number > schema.Maximum)
            result.Add("number_lte", path, $"Must be less than or equal to {SchemaText.Limit(schema.Maximum)}");
        if (schema.ExclusiveMaximum.IsDefined && number >= schema.ExclusiveMaximum)
            result.Add("number_lt", path, $"Must be less than {SchemaText.Limit(schema.ExclusiveMaximum)}");
        if (schema.Minimum.IsDefined && number < schema.Minimum)
            result.Add("number_gte", path, $"Must be greater than or equal to {SchemaText.Limit(schema.Minimum)}");
        if (schema.ExclusiveMinimum.IsDefined && number <= schema.ExclusiveMinimum)
            result.Add("number_gt", path, $"Must be greater than {SchemaText.Limit(schema.ExclusiveMinimum)}");
        result.Score++;
    }
}
