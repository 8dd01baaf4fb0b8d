using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using GitOpsGate.Audit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>Reads a leaf's JSON back into the entry that should write the very same bytes.</summary>
internal static class GoldenLog
{
    public static PlacedEntry Read(string leaf)
    {
        using var document = JsonDocument.Parse(leaf);
        var root = document.RootElement;
        return new PlacedEntry(
            root.GetProperty("seq").GetInt64(),
            root.GetProperty("id").GetString()!,
            DateTimeOffset.Parse(root.GetProperty("time").GetString()!, CultureInfo.InvariantCulture),
            root.GetProperty("tenant").GetString()!,
            Draft(root),
            Members(root, "pop").ToImmutableSortedDictionary(one => one.Name, one => one.Value.GetInt64(), StringComparer.Ordinal));
    }

    private static AuditDraft Draft(JsonElement root) => new()
    {
        Type = root.GetProperty("type").GetString()!,
        Outcome = Enum.Parse<AuditOutcome>(root.GetProperty("outcome").GetString()!, ignoreCase: true),
        Actor = root.TryGetProperty("actor", out var actor) ? new AuditActor(Text(actor, "kind")!, Text(actor, "ref")!) : null,
        Correlation = Text(root, "corr"),
        Attributes = Members(root, "attrs").ToImmutableSortedDictionary(one => one.Name, one => Value(one.Value), StringComparer.Ordinal),
        Sealed = root.TryGetProperty("sealed", out var sections)
            ? [.. sections.EnumerateArray().Select(one => new SealedSection(
                Text(one, "n")!, Text(one, "c")!, Text(one, "k")!, one.GetProperty("len").GetInt64(), Text(one, "mt")))]
            : [],
    };

    private static AuditValue Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => new AuditValue.Texts([.. value.EnumerateArray().Select(one => one.GetString()!)]),
        JsonValueKind.Number => value.GetInt64(),
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        _ => value.GetString()!,
    };

    private static IEnumerable<JsonProperty> Members(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var child) ? child.EnumerateObject() : Enumerable.Empty<JsonProperty>();

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var child) ? child.GetString() : null;
}
