using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Attestations;

/// <summary>A subject of a statement: what it is called, and its digests by their algorithms.</summary>
public sealed record StatementSubject(string Name, ImmutableSortedDictionary<string, string> Digests);

/// <summary>What an in-toto statement (v1) says of itself, whoever wrote it. Read it from bytes whose signature was found good.</summary>
public sealed record StatementCheck(string PredicateType, ImmutableArray<StatementSubject> Subjects)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>Reads a statement; null when it is none: another type, no subject, a subject without digest, no predicate.</summary>
    public static StatementCheck? Of(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload, Strict);
            var root = document.RootElement;
            if (Dsse.Text(root, "_type") != Dsse.StatementType || root.GetProperty("predicate").ValueKind != JsonValueKind.Object) return null;
            var subjects = root.GetProperty("subject").EnumerateArray().Select(Subject).ToImmutableArray();
            return subjects.IsEmpty || subjects.Any(one => one.Digests.IsEmpty) ? null : new StatementCheck(Dsse.Text(root, "predicateType"), subjects);
        }
        catch (Exception trouble) when (trouble is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static StatementSubject Subject(JsonElement one) => new(
        one.TryGetProperty("name", out var name) ? name.GetString() ?? "" : "",
        one.GetProperty("digest").EnumerateObject()
            .ToImmutableSortedDictionary(digest => digest.Name, digest => digest.Value.GetString() ?? "", StringComparer.Ordinal));
}
