using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GitOpsGate.Facts.Documents;

/// <summary>Writes the documents of one file as JSON and notes where their parts stand; its bounds hold for the file as a whole.</summary>
internal sealed class DocumentWriter
{
    /// <summary>Beyond this, the line of the enclosing part is told.</summary>
    private const int MaxPointers = 10_000;

    private const int MaxPointerLength = 512;

    private int _values;
    private long _bytes;

    public Document Write(string path, int index, DocumentNode root)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var lines = ImmutableDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = DocumentReader.MaxDepth };
        using (var json = new Utf8JsonWriter(buffer, options)) Write(json, root, "", lines);
        _bytes += buffer.WrittenCount;
        return new Document(path, index, root.Line, buffer.WrittenMemory, lines.ToImmutable());
    }

    private void Write(Utf8JsonWriter json, DocumentNode node, string pointer, ImmutableDictionary<string, int>.Builder lines)
    {
        if (++_values > DocumentReader.MaxValues)
            throw new UnreadableException(node.Line, $"the file holds more than {DocumentReader.MaxValues} values once its aliases are followed");
        if (_bytes + json.BytesCommitted + json.BytesPending > DocumentReader.MaxJsonBytes)
            throw new UnreadableException(node.Line, $"the file grows beyond {DocumentReader.MaxJsonBytes} bytes once its aliases are followed");
        if (node is DocumentNode.List or DocumentNode.Map && json.CurrentDepth >= DocumentReader.MaxDepth) throw TooDeep(node.Line);
        switch (node)
        {
            case DocumentNode.Nothing:
                json.WriteNullValue();
                break;
            case DocumentNode.Truth truth:
                json.WriteBooleanValue(truth.Value);
                break;
            case DocumentNode.Number number:
                json.WriteRawValue(number.Json);
                break;
            case DocumentNode.Text text:
                json.WriteStringValue(text.Value);
                break;
            case DocumentNode.List list:
                json.WriteStartArray();
                for (var i = 0; i < list.Items.Count; i++)
                    Write(json, list.Items[i], Note(lines, pointer, i.ToString(), list.Items[i].Line), lines);
                json.WriteEndArray();
                break;
            case DocumentNode.Map map:
                json.WriteStartObject();
                foreach (var entry in map.Entries)
                {
                    json.WritePropertyName(entry.Key);
                    Write(json, entry.Value, Note(lines, pointer, entry.Key, entry.Line), lines);
                }

                json.WriteEndObject();
                break;
        }
    }

    /// <summary>A name as it stands in a JSON pointer (RFC 6901, section 3).</summary>
    internal static string Escape(string key) =>
        key.AsSpan().ContainsAny('~', '/') ? key.Replace("~", "~0").Replace("/", "~1") : key;

    internal static UnreadableException TooDeep(int line) =>
        new(line, $"lists and mappings are nested more than {DocumentReader.MaxDepth} deep");

    // What is too long to keep, and all below it, is told by the line of the enclosing part.
    private static string Note(ImmutableDictionary<string, int>.Builder lines, string parent, string key, int line)
    {
        if (parent.Length + key.Length > MaxPointerLength) return parent;
        var pointer = $"{parent}/{Escape(key)}";
        if (lines.Count < MaxPointers) lines.TryAdd(pointer, line);
        return pointer;
    }
}
