using GitOpsGate.Policies.Rego.Builtins.Re2;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <summary>
/// Reads a schema of draft 4, 6 or 7 (json-schema.org), and refuses what is none with the words of gojsonschema, which OPA uses.
/// </summary>
internal sealed partial class SchemaReader
{
    private static readonly string[] TypeNames = ["array", "boolean", "integer", "number", "null", "object", "string"];

    private readonly BuiltinContext _context;
    private readonly SchemaReferences _references;
    private readonly Dictionary<string, SchemaNode> _referred = new(StringComparer.Ordinal);

    private SchemaReader(BuiltinContext context, SchemaReferences references)
    {
        _context = context;
        _references = references;
    }

    /// <summary>Reads a whole schema.</summary>
    /// <exception cref="SchemaException">It is none.</exception>
    public static SchemaNode Read(BuiltinContext context, RegoValue schema)
    {
        var references = SchemaReferences.Of(schema);
        var root = new SchemaNode(null, SchemaReferences.DraftOf(schema) ?? SchemaDraft.Hybrid);
        new SchemaReader(context, references).Fill(root, references.Root);
        return root;
    }

    private SchemaNode Child(SchemaNode parent, RegoValue document)
    {
        var child = new SchemaNode(parent);
        Fill(child, document);
        return child;
    }

    private void Fill(SchemaNode node, RegoValue document)
    {
        StackRoom.Ensure();
        _context.Budget.Charge(16);
        if (node.Draft >= SchemaDraft.Draft6 && document.Kind == RegoKind.Boolean)
        {
            node.Passes = document.IsTrue;
            return;
        }

        if (document.AsObject is not { } schema) throw new SchemaException("Expected: Valid Schema, given: Invalid JSON");
        TextOf(schema, IdKeyOf(node.Draft, schema));
        ReadDefinitions(node, schema);
        TextOf(schema, "title");
        TextOf(schema, "description");
        if (TextOf(schema, "$ref") is { } reference && !TryKnown(node, reference))
        {
            Refer(node, reference);
            return;
        }

        ReadTypes(node, schema);
        ReadObjectSchemas(node, schema);
        ReadItems(node, schema);
        ReadNumberLimits(node, schema);
        ReadSizes(node, schema);
        ReadChoices(node, schema);
        ReadCombinations(node, schema);
    }

    private static string IdKeyOf(SchemaDraft draft, RegoObject schema) => draft switch
    {
        SchemaDraft.Draft4 => "id",
        SchemaDraft.Hybrid when schema["id"].IsDefined => "id",
        _ => "$id",
    };

    private void ReadDefinitions(SchemaNode node, RegoObject schema)
    {
        var definitions = schema["definitions"];
        if (!definitions.IsDefined) return;
        if (definitions.AsObject is not { } all) throw SchemaException.WrongType("Array Of Schemas", "definitions");
        foreach (ref readonly var one in all.Values)
        {
            if (!IsSchema(one)) throw SchemaException.WrongType("Array Of Schemas", "definitions");
            Child(node, one);
        }
    }

    private bool TryKnown(SchemaNode node, string reference)
    {
        if (!_referred.TryGetValue(SchemaReferences.Normal(reference), out var known)) return false;
        node.Reference = known;
        return true;
    }

    private void Refer(SchemaNode node, string reference)
    {
        reference = SchemaReferences.Normal(reference);
        var (document, draft) = _references.Find(reference);
        if (!IsSchema(document)) throw new SchemaException("Valid Schema must be of type object");
        var target = new SchemaNode(node, draft);
        _referred[reference] = target;
        node.Reference = target;
        Fill(target, document);
    }

    private static void ReadTypes(SchemaNode node, RegoObject schema)
    {
        var types = schema["type"];
        if (!types.IsDefined) return;
        if (types.AsString is not null)
        {
            AddType(node, types.Text);
            return;
        }

        if (types.AsArray is not { } list) throw SchemaException.WrongType("type", "string/Array Of Strings");
        foreach (ref readonly var item in list.Items)
        {
            if (item.AsString is null) throw SchemaException.WrongType("type", "string/Array Of Strings");
            AddType(node, item.Text);
        }
    }

    private static void AddType(SchemaNode node, string type)
    {
        if (!TypeNames.Contains(type))
        {
            throw new SchemaException(
                $"has a primitive type that is NOT VALID -- given: /{type}/ Expected valid values are:[{string.Join(' ', TypeNames)}]");
        }

        if (node.Types.Contains(type)) throw new SchemaException($"{type} type is duplicated");
        node.Types.Add(type);
    }

    private void ReadObjectSchemas(SchemaNode node, RegoObject schema)
    {
        if (schema["properties"] is { IsDefined: true } properties)
        {
            if (properties.AsObject is not { } all) throw new SchemaException("Properties must be of type object");
            for (var i = 0; i < all.Count; i++) node.Properties.Add((all.Keys[i].Text, Child(node, all.Values[i])));
        }

        var further = schema["additionalProperties"];
        if (further.Kind == RegoKind.Boolean) node.AllowsFurtherProperties = further.IsTrue;
        else if (further.AsObject is not null) node.FurtherProperties = Child(node, further);
        else if (further.IsDefined) throw SchemaException.WrongType("boolean/Valid Schema", "additionalProperties");
        if (schema["patternProperties"] is { IsDefined: true } patterns)
        {
            if (patterns.AsObject is not { } all) throw SchemaException.WrongType("Valid Schema", "patternProperties");
            for (var i = 0; i < all.Count; i++)
                node.PatternProperties.Add((PatternOf(all.Keys[i].Text), Child(node, all.Values[i])));
        }

        if (schema["propertyNames"] is { IsDefined: true } names && node.Draft >= SchemaDraft.Draft6)
        {
            if (!IsSchema(names)) throw SchemaException.WrongType("Valid Schema", "patternProperties");
            node.PropertyNames = Child(node, names);
        }

        ReadDependencies(node, schema["dependencies"]);
    }

    private static RegexProgram PatternOf(string pattern)
    {
        try
        {
            return RegexProgram.For(pattern);
        }
        catch (PatternException)
        {
            throw new SchemaException($"Invalid regex pattern '{pattern}'");
        }
    }

    private void ReadDependencies(SchemaNode node, RegoValue dependencies)
    {
        const string unfit = "Dependency must be of type Schema Or Array Of Strings";
        if (!dependencies.IsDefined) return;
        if (dependencies.AsObject is not { } all) throw new SchemaException("dependencies must be of type object");
        for (var i = 0; i < all.Count; i++)
        {
            var (name, value) = (all.Keys[i].Text, all.Values[i]);
            if (value.AsArray is { } list)
            {
                var names = list.Items.ToArray().Select(item => item.AsString?.Text ?? throw new SchemaException(unfit));
                node.Dependencies.Add((name, [.. names], null));
            }
            else
            {
                node.Dependencies.Add((name, null, IsSchema(value) ? Child(node, value) : throw new SchemaException(unfit)));
            }
        }
    }

    private void ReadItems(SchemaNode node, RegoObject schema)
    {
        var items = schema["items"];
        if (items.AsArray is { } list)
        {
            foreach (ref readonly var item in list.Items)
                node.Items.Add(IsSchema(item) ? Child(node, item) : throw SchemaException.WrongType("Valid Schema/Array Of Schemas", "items"));
        }
        else if (items.IsDefined)
        {
            if (!IsSchema(items)) throw SchemaException.WrongType("Valid Schema/Array Of Schemas", "items");
            node.Items.Add(Child(node, items));
            node.IsOneForAllItems = true;
        }

        var further = schema["additionalItems"];
        if (further.Kind == RegoKind.Boolean) node.AllowsFurtherItems = further.IsTrue;
        else if (further.AsObject is not null) node.FurtherItems = Child(node, further);
        else if (further.IsDefined) throw SchemaException.WrongType("boolean/Valid Schema", "additionalItems");
    }

    private static bool IsSchema(RegoValue value) => value.Kind is RegoKind.Boolean or RegoKind.Object;

    private static string? TextOf(RegoObject schema, string key)
    {
        var value = schema[key];
        return value.IsDefined ? value.AsString?.Text ?? throw SchemaException.WrongType("string", key) : null;
    }
}
