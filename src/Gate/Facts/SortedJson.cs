using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GitOpsGate.Facts;

/// <summary>JSON text with one form per value: members in ordinal order, no space, no needless escapes; numbers as they were written.</summary>
internal static class SortedJson
{
    // Deeper than any document that the readers let through.
    private const int MaxDepth = 1000;

    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
        SkipValidation = true,
    };

    /// <summary>How it is read again.</summary>
    public static readonly JsonDocumentOptions Deep = new() { MaxDepth = MaxDepth };

    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Deep);
        var buffer = new ArrayBufferWriter<byte>(json.Length);
        using (var writer = new Utf8JsonWriter(buffer, Options)) Write(writer, document.RootElement);
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(writer, item);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(value.GetString());
                break;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null or JsonValueKind.Undefined:
                value.WriteTo(writer);
                break;
        }
    }
}
