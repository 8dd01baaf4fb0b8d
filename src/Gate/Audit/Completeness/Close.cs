using System.Text.Json;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Completeness;

/// <summary>What an entry that closed a day says.</summary>
/// <param name="Index">Where it stands.</param>
/// <param name="Day">The day (UTC), <c>2026-03-01</c>.</param>
/// <param name="Through">Its numbers are those of all entries before this index.</param>
public sealed record Close(long Index, string Day, long Through)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">It is no such entry.</exception>
    public static Close Read(AuditLeaf leaf)
    {
        try
        {
            using var document = JsonDocument.Parse(leaf.Bytes);
            var said = document.RootElement.GetProperty("attrs");
            return new Close(leaf.Index, said.GetProperty("day").GetString() ?? "", said.GetProperty("through").GetInt64());
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"entry {leaf.Index} does not close a day: {trouble.Message}", trouble);
        }
    }
}
