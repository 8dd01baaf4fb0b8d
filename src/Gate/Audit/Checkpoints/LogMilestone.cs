using System.Text.Json;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Checkpoints;

/// <summary>An entry of the log about the log itself.</summary>
/// <param name="Index">Where it stands.</param>
/// <param name="Type"><c>log.opened</c>, <c>key.created</c> or <c>key.revoked</c>.</param>
/// <param name="Origin">The log's name from here on; null where the entry gives it none.</param>
/// <param name="Key">The text form of the key that it is about; null where it is about none, or only about the wish.</param>
/// <param name="At">The first or the last size of that key, where it is not the next one.</param>
/// <param name="Reason">Why, in a person's words.</param>
public sealed record LogMilestone(long Index, string Type, string? Origin, string? Key, long? At, string? Reason)
{
    /// <summary>Reads an entry's bytes.</summary>
    /// <exception cref="InvalidDataException">They are no entry's.</exception>
    public static LogMilestone Read(AuditLeaf leaf)
    {
        try
        {
            using var document = JsonDocument.Parse(leaf.Bytes);
            var root = document.RootElement;
            var attributes = root.TryGetProperty("attrs", out var found) ? found : default;
            long? at = attributes.ValueKind == JsonValueKind.Object && attributes.TryGetProperty("size", out var size) ? size.GetInt64() : null;
            return new LogMilestone(
                leaf.Index, root.GetProperty("type").GetString()!, Text(attributes, "origin"), Text(attributes, "vkey"), at, Text(attributes, "reason"));
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"entry {leaf.Index} of the audit log cannot be read: run `gate audit verify`", trouble);
        }
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member.GetString() : null;
}
