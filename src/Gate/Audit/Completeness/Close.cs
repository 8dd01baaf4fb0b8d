using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Completeness;

/// <summary>What an entry that closed a day says.</summary>
/// <param name="Index">Where it stands.</param>
/// <param name="Day">The day (UTC), <c>2026-03-01</c>.</param>
/// <param name="Through">Its numbers are those of all entries before this index.</param>
public sealed record Close(long Index, string Day, long Through)
{
    private const string LastPrefix = "last:";

    /// <summary>The end of the close before; 0 for the first one.</summary>
    public long From { get; init; }

    /// <summary>The entry that closed a day before, or null for the first close of the log.</summary>
    public long? Previous { get; init; }

    /// <summary>How many comparisons with forges were recorded in between.</summary>
    public long Reconciliations { get; init; }

    /// <summary><c>sha256:</c> over the leaf hashes of their entries, one after the other.</summary>
    public string Reconciled { get; init; } = "";

    /// <summary>The last number of each population.</summary>
    public ImmutableSortedDictionary<string, long> Last { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">It is no such entry.</exception>
    public static Close Read(AuditLeaf leaf) => Read(leaf.Index, leaf.Bytes);

    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">It is no such entry.</exception>
    public static Close Read(long index, ReadOnlyMemory<byte> leaf)
    {
        try
        {
            using var document = JsonDocument.Parse(leaf);
            var said = document.RootElement.GetProperty("attrs");
            return new Close(index, said.GetProperty("day").GetString() ?? "", said.GetProperty("through").GetInt64())
            {
                From = said.TryGetProperty("from", out var from) ? from.GetInt64() : 0,
                Previous = said.TryGetProperty("previous", out var previous) ? previous.GetInt64() : null,
                Reconciliations = said.TryGetProperty("reconciliations", out var count) ? count.GetInt64() : 0,
                Reconciled = said.TryGetProperty("reconciled", out var digest) ? digest.GetString() ?? "" : "",
                Last = said.EnumerateObject().Where(one => one.Name.StartsWith(LastPrefix, StringComparison.Ordinal))
                    .ToImmutableSortedDictionary(one => one.Name[LastPrefix.Length..], one => one.Value.GetInt64(), StringComparer.Ordinal),
            };
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new FormatException($"entry {index} does not close a day: {trouble.Message}", trouble);
        }
    }
}
