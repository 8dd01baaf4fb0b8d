using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GitOpsGate.Exports;

/// <summary>JSON files of a bundle: indented for people, the same on every system.</summary>
internal static class BundleJson
{
    // They are files for people, and stand in no page.
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Utf8JsonWriter Writer(Stream file) => new(file, Readable);

    public static void Texts(Utf8JsonWriter json, string name, ImmutableArray<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
