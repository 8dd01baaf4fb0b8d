using System.Buffers;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego;

/// <summary>
/// What the embedded engine can do, in the form of OPA's <c>capabilities.json</c> (OPA reference, "Capabilities"): each built-in
/// function with its declaration, the features of the language, the keywords that a module imports. Tools such as <c>opa check
/// --capabilities</c> and linters read it.
/// </summary>
public static class RegoCapabilities
{
    private static readonly string[] Features = ["keywords_in_refs", "rego_v1", "template_strings"];
    private static readonly string[] FutureKeywords = ["not"];

    private static readonly Dictionary<string, string> Operators = new(StringComparer.Ordinal)
    {
        ["and"] = "&",
        ["assign"] = ":=",
        ["div"] = "/",
        ["eq"] = "=",
        ["equal"] = "==",
        ["gt"] = ">",
        ["gte"] = ">=",
        ["internal.member_2"] = "in",
        ["internal.member_3"] = "in",
        ["lt"] = "<",
        ["lte"] = "<=",
        ["minus"] = "-",
        ["mul"] = "*",
        ["neq"] = "!=",
        ["or"] = "|",
        ["plus"] = "+",
        ["rem"] = "%",
    };

    /// <summary>Writes the document as JSON in UTF-8: functions by name, two spaces of indent, a line end after it.</summary>
    /// <param name="output">Where the text goes.</param>
    public static void Write(IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("builtins");
            foreach (var builtin in BuiltinTable.Standard.All.Values.OrderBy(b => b.Name, StringComparer.Ordinal))
                WriteBuiltin(json, builtin);
            json.WriteEndArray();
            WriteNames(json, "features", Features);
            WriteNames(json, "future_keywords", FutureKeywords);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteNames(Utf8JsonWriter json, string property, string[] names)
    {
        json.WriteStartArray(property);
        foreach (var name in names) json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static void WriteBuiltin(Utf8JsonWriter json, Builtin builtin)
    {
        json.WriteStartObject();
        json.WriteString("name", builtin.Name);
        json.WritePropertyName("decl");
        WriteType(json, builtin.Type);
        if (builtin.Is(BuiltinTraits.Deprecated)) json.WriteBoolean("deprecated", true);
        if (Operators.TryGetValue(builtin.Name, out var infix)) json.WriteString("infix", infix);
        if (builtin.IsNondeterministic) json.WriteBoolean("nondeterministic", true);
        if (builtin.Is(BuiltinTraits.Relation)) json.WriteBoolean("relation", true);
        json.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter json, RegoType type)
    {
        json.WriteStartObject();
        switch (type)
        {
            case RegoType.ArrayType array:
                if (array.Fixed.Count > 0) WriteTypes(json, "static", array.Fixed);
                if (array.Rest is not null) WriteNested(json, "dynamic", array.Rest);
                break;
            case RegoType.SetType { Item: not null } set:
                WriteNested(json, "of", set.Item);
                break;
            case RegoType.ObjectType entries:
                WriteEntries(json, entries);
                break;
            case RegoType.Union union:
                WriteTypes(json, "of", union.Cases.OrderBy(OrderOf));
                break;
            case RegoType.Function function:
                if (function.Operands.Count > 0) WriteTypes(json, "args", function.Operands);
                if (function.Result is not null) WriteNested(json, "result", function.Result);
                if (function.IsVariadic) WriteNested(json, "variadic", RegoType.Any);
                break;
        }

        json.WriteString("type", NameOf(type));
        json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, RegoType.ObjectType entries)
    {
        if (entries.Fixed.Count > 0)
        {
            json.WriteStartArray("static");
            foreach (var (key, value) in entries.Fixed)
            {
                json.WriteStartObject();
                json.WriteString("key", key.Text);
                WriteNested(json, "value", value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (entries.Key is null) return;
        json.WriteStartObject("dynamic");
        WriteNested(json, "key", entries.Key);
        WriteNested(json, "value", entries.Value!);
        json.WriteEndObject();
    }

    private static void WriteNested(Utf8JsonWriter json, string property, RegoType type)
    {
        json.WritePropertyName(property);
        WriteType(json, type);
    }

    private static void WriteTypes(Utf8JsonWriter json, string property, IEnumerable<RegoType> types)
    {
        json.WriteStartArray(property);
        foreach (var type in types) WriteType(json, type);
        json.WriteEndArray();
    }

    private static int OrderOf(RegoType type) => type switch
    {
        RegoType.Scalar scalar => (int)scalar.Kind,
        RegoType.ArrayType => (int)RegoKind.Array,
        RegoType.ObjectType => (int)RegoKind.Object,
        RegoType.SetType => (int)RegoKind.Set,
        _ => int.MaxValue,
    };

    private static string NameOf(RegoType type) => type switch
    {
        RegoType.Scalar scalar => RegoKindNames.NameOf(scalar.Kind),
        RegoType.ArrayType => "array",
        RegoType.ObjectType => "object",
        RegoType.SetType => "set",
        RegoType.Function => "function",
        _ => "any",
    };
}
