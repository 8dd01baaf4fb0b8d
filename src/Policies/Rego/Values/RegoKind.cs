namespace GitOpsGate.Policies.Rego.Values;

/// <summary>The kinds of Rego values, in the order in which the language compares values of different kinds.</summary>
public enum RegoKind
{
    /// <summary>No value at all: the answer of a lookup that found nothing. Never an element of a collection.</summary>
    Undefined,

    /// <summary>JSON null.</summary>
    Null,

    /// <summary>true or false; false comes first.</summary>
    Boolean,

    /// <summary>An exact decimal number that remembers how it was written.</summary>
    Number,

    /// <summary>Text, ordered by its UTF-8 bytes.</summary>
    String,

    /// <summary>An ordered list.</summary>
    Array,

    /// <summary>Keys, which may be any value, with their values; iterated in the order of the keys.</summary>
    Object,

    /// <summary>Distinct values; iterated in their order.</summary>
    Set,
}

/// <summary>How kinds are called in messages and by <c>type_name</c>.</summary>
public static class RegoKindNames
{
    /// <summary>The language's own word for a kind: <c>null</c>, <c>boolean</c>, <c>number</c>, <c>string</c>, <c>array</c>,
    /// <c>object</c>, <c>set</c>, or <c>undefined</c>.</summary>
    public static string NameOf(RegoKind kind) => kind switch
    {
        RegoKind.Undefined => "undefined",
        RegoKind.Null => "null",
        RegoKind.Boolean => "boolean",
        RegoKind.Number => "number",
        RegoKind.String => "string",
        RegoKind.Array => "array",
        RegoKind.Object => "object",
        RegoKind.Set => "set",
    };
}
