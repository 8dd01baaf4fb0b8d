using GitOpsGate.Policies.Rego.Builtins.Re2;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <summary>The editions of JSON Schema; <see cref="Hybrid"/>, for schemas that name none, takes what any of them allows.</summary>
internal enum SchemaDraft
{
    Draft4 = 4,
    Draft6 = 6,
    Draft7 = 7,
    Hybrid = int.MaxValue,
}

/// <summary>One schema, read: what it asks of a value. Missing members ask nothing.</summary>
internal sealed class SchemaNode
{
    /// <summary>A schema inside another one.</summary>
    /// <param name="parent">The schema around it; null for the root.</param>
    /// <param name="draft">The edition; null for that of the parent.</param>
    public SchemaNode(SchemaNode? parent, SchemaDraft? draft = null)
    {
        Draft = draft ?? parent!.Draft;
    }

    public SchemaDraft Draft { get; }

    /// <summary>Whether a schema that is just <c>true</c> or <c>false</c> is true; null for all others.</summary>
    public bool? Passes { get; set; }

    /// <summary>The schema that <c>$ref</c> names; nothing else counts then.</summary>
    public SchemaNode? Reference { get; set; }

    public List<string> Types { get; } = [];

    public List<(string Name, SchemaNode Schema)> Properties { get; } = [];

    public SchemaNode? FurtherProperties { get; set; }

    public bool AllowsFurtherProperties { get; set; } = true;

    public List<(RegexProgram Pattern, SchemaNode Schema)> PatternProperties { get; } = [];

    public SchemaNode? PropertyNames { get; set; }

    public List<(string Name, string[]? Names, SchemaNode? Schema)> Dependencies { get; } = [];

    public List<SchemaNode> Items { get; } = [];

    public bool IsOneForAllItems { get; set; }

    public SchemaNode? FurtherItems { get; set; }

    public bool AllowsFurtherItems { get; set; } = true;

    public SchemaNode? Contains { get; set; }

    public RegoValue MultipleOf { get; set; }

    public RegoValue Minimum { get; set; }

    public RegoValue ExclusiveMinimum { get; set; }

    public RegoValue Maximum { get; set; }

    public RegoValue ExclusiveMaximum { get; set; }

    public long? MinLength { get; set; }

    public long? MaxLength { get; set; }

    public long? MinProperties { get; set; }

    public long? MaxProperties { get; set; }

    public long? MinItems { get; set; }

    public long? MaxItems { get; set; }

    public bool HasUniqueItems { get; set; }

    public List<string> Required { get; } = [];

    public string Format { get; set; } = "";

    public string? Constant { get; set; }

    public List<string> Enumeration { get; } = [];

    public List<SchemaNode> OneOf { get; } = [];

    public List<SchemaNode> AnyOf { get; } = [];

    public List<SchemaNode> AllOf { get; } = [];

    public SchemaNode? Not { get; set; }

    public SchemaNode? If { get; set; }

    public SchemaNode? Then { get; set; }

    public SchemaNode? Else { get; set; }
}

/// <summary>A document is no schema.</summary>
internal sealed class SchemaException(string message) : Exception(message)
{
    public static SchemaException WrongType(string expected, string given) =>
        new($"Invalid type. Expected: {expected}, given: {given}");
}
