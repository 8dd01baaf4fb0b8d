using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace GitOpsGate.Audit;

/// <summary>What a leaf says of itself, read from its bytes: the members that the log's order rests on and that lists are made from.</summary>
public sealed record LeafFields
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public required long Index { get; init; }

    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Type { get; init; }

    public required string Tenant { get; init; }

    public required string Outcome { get; init; }

    public string? Correlation { get; init; }

    /// <summary>The opaque reference of who acted.</summary>
    public string? Actor { get; init; }

    public ImmutableSortedDictionary<string, long> Numbers { get; init; } = PlacedEntry.NoNumbers;

    /// <summary>Reads a leaf.</summary>
    /// <exception cref="FormatException">It is not JSON of the form that <see cref="PlacedEntry"/> writes.</exception>
    public static LeafFields Read(ReadOnlyMemory<byte> leaf) => LeafScan.Read(leaf.Span) ?? Parse(leaf);

    private static LeafFields Parse(ReadOnlyMemory<byte> leaf)
    {
        try
        {
            using var document = JsonDocument.Parse(leaf, Strict);
            var root = document.RootElement;
            return new LeafFields
            {
                Index = Member(root, "seq").GetInt64(),
                Id = Text(root, "id"),
                At = DateTimeOffset.ParseExact(
                    Text(root, "time"), PlacedEntry.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
                Type = Text(root, "type"),
                Tenant = Text(root, "tenant"),
                Outcome = Text(root, "outcome"),
                Correlation = root.TryGetProperty("corr", out var correlation) ? correlation.GetString() : null,
                Actor = root.TryGetProperty("actor", out var actor) ? Text(actor, "ref") : null,
                Numbers = root.TryGetProperty("pop", out var numbers)
                    ? numbers.EnumerateObject().ToImmutableSortedDictionary(one => one.Name, one => one.Value.GetInt64(), StringComparer.Ordinal)
                    : PlacedEntry.NoNumbers,
            };
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException)
        {
            throw new FormatException($"not a leaf: {trouble.Message}", trouble);
        }
    }

    private static string Text(JsonElement parent, string name) =>
        Member(parent, name).GetString() ?? throw new FormatException($"not a leaf: `{name}` should be a text");

    private static JsonElement Member(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var member) ? member : throw new FormatException($"not a leaf: `{name}` is missing");
}
