using System.Collections.Immutable;
using System.Text.Json;

namespace GitOpsGate.Audit;

/// <summary>The sealed sections that a leaf commits to, read from its bytes.</summary>
/// <param name="Entry">The entry's id.</param>
/// <param name="Sections">In the order of the leaf; most leaves have none.</param>
public sealed record LeafSections(string Entry, ImmutableArray<SealedSection> Sections)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private static ReadOnlySpan<byte> Member => "\"sealed\":["u8;

    /// <exception cref="FormatException">It is not a leaf, or a section lacks a member.</exception>
    public static LeafSections Read(ReadOnlyMemory<byte> leaf)
    {
        // Most leaves have none, and are not parsed for it.
        if (leaf.Span.IndexOf(Member) < 0) return new LeafSections("", []);
        try
        {
            using var document = JsonDocument.Parse(leaf, Strict);
            var root = document.RootElement;
            var id = root.GetProperty("id").GetString()!;
            return root.TryGetProperty("sealed", out var list) ? new LeafSections(id, [.. list.EnumerateArray().Select(Section)]) : new LeafSections(id, []);
        }
        catch (Exception trouble) when (trouble is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"a leaf's sealed sections cannot be read: {trouble.Message}", trouble);
        }
    }

    private static SealedSection Section(JsonElement one) => new(
        one.GetProperty("n").GetString()!, one.GetProperty("c").GetString()!, one.GetProperty("k").GetString()!, one.GetProperty("len").GetInt64(),
        one.TryGetProperty("mt", out var mediaType) ? mediaType.GetString() : null);
}
