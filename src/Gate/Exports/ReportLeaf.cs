using System.Text.Json;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>An entry as the reports read it: its members by path, as text.</summary>
internal sealed class ReportLeaf : IDisposable
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };
    private readonly JsonDocument _document;
    private readonly ReadOnlyMemory<byte> _bytes;
    private string? _hash;

    private ReportLeaf(JsonDocument document, ReadOnlyMemory<byte> bytes)
    {
        (_document, _bytes) = (document, bytes);
        (Type, Time) = (Text("type"), Text("time"));
    }

    /// <summary>The leaf hash (RFC 6962) in lower-case hex.</summary>
    public string Hash => _hash ??= Convert.ToHexStringLower(MerkleTree.LeafHash(_bytes.Span));

    public string Type { get; }

    public string Time { get; }

    /// <summary>When it happened at its source; when it was recorded, where that is not known.</summary>
    public string When => Text("occurred") is { Length: > 0 } occurred ? occurred : Time;

    public string Correlation => Text("corr");

    /// <summary>What it is about.</summary>
    public string Subject => Text("subject", "ref");

    /// <exception cref="JsonException">The bytes are not an entry.</exception>
    public static ReportLeaf Read(ReadOnlyMemory<byte> leaf) => new(JsonDocument.Parse(leaf, Strict), leaf);

    /// <summary>A member as a cell: a list's texts stand with semicolons between them, and what is not there is empty.</summary>
    public string Text(params ReadOnlySpan<string> path) => Find(path) is { } value
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Array => string.Join(';', TextsOf(value)),
            _ => "",
        }
        : "";

    public string Attribute(string name) => Text("attrs", name);

    /// <summary>An attribute's texts; none when it is not there.</summary>
    public string[] Texts(string attribute) => List("attrs", attribute);

    /// <summary>What it commits to under the name of a sealed section, or null.</summary>
    public string? Section(string name)
    {
        if (Find(["sealed"]) is not { ValueKind: JsonValueKind.Array } list) return null;
        foreach (var one in list.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("n", out var called) || called.ValueKind != JsonValueKind.String) continue;
            if (called.GetString() == name && one.TryGetProperty("c", out var commitment) && commitment.ValueKind == JsonValueKind.String)
                return commitment.GetString();
        }

        return null;
    }

    /// <summary>The populations in which it has a number, in ordinal order.</summary>
    public IEnumerable<string> Populations() => Find(["pop"]) is { ValueKind: JsonValueKind.Object } numbers
        ? numbers.EnumerateObject().Select(one => one.Name).Order(StringComparer.Ordinal)
        : [];

    /// <summary>A member as it stands in the leaf; empty when it is not there.</summary>
    public string Raw(params ReadOnlySpan<string> path) => Find(path) is { } value ? value.GetRawText() : "";

    /// <summary>The texts of a list; none when it is not there.</summary>
    public string[] List(params ReadOnlySpan<string> path) => Find(path) is { ValueKind: JsonValueKind.Array } list ? [.. TextsOf(list)] : [];

    /// <summary>The names of what is sealed, in the order of the leaf.</summary>
    public IEnumerable<string> Sealed() => Find(["sealed"]) is { ValueKind: JsonValueKind.Array } sections
        ? sections.EnumerateArray().Select(section => section.GetProperty("n").GetString()!)
        : [];

    public void Dispose() => _document.Dispose();

    private static IEnumerable<string> TextsOf(JsonElement list) =>
        list.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!);

    private JsonElement? Find(ReadOnlySpan<string> path)
    {
        var value = _document.RootElement;
        foreach (var name in path)
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value)) return null;
        }

        return value;
    }
}
