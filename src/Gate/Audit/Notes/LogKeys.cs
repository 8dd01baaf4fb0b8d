using System.Collections.Immutable;
using System.Text.Json;

namespace GitOpsGate.Audit.Notes;

/// <summary>A key of a log, and which of the log's checkpoints it may sign.</summary>
/// <param name="From">The smallest size.</param>
/// <param name="To">The largest size; null while the key is in use.</param>
public sealed record LogKey(NoteKey Key, long From = 0, long? To = null)
{
    /// <summary>Why it ended, for people; null while it is in use.</summary>
    public string? Ended { get; init; }

    public bool Covers(long size) => size >= From && size <= (To ?? long.MaxValue);
}

/// <summary>
/// The keys that a log is known by, each with the sizes that it is valid for: a key that was replaced or revoked keeps what it signed before, and
/// signs nothing afterwards.
/// </summary>
public sealed record LogKeys(string Origin, ImmutableArray<LogKey> Keys)
{
    // A list is read by strangers; nobody rotates so often.
    private const int Most = 1000;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>The one key of a log, valid for all of it.</summary>
    public static LogKeys Of(NoteKey key) => new(key.Name, [new LogKey(key)]);

    /// <summary>The first of the keys that sign now; null when all have ended.</summary>
    public NoteKey? Current => Keys.FirstOrDefault(one => one.To is null)?.Key;

    /// <summary>Reads a key's text form (<c>name+hash+key</c>), or the JSON of <c>/audit/v1/keys.json</c>.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static LogKeys Parse(string text) => text.TrimStart().StartsWith('{') ? OfJson(text) : Of(NoteKey.Parse(text.Trim()));

    /// <summary>Checks that a note is this log's checkpoint, signed with a key that is valid for its size.</summary>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="FormatException">It is not; the message says why.</exception>
    public Checkpoint Verify(SignedNote note)
    {
        var checkpoint = Checkpoint.Parse(note.Text);
        if (checkpoint.Origin != Origin) throw new FormatException($"it is the checkpoint of `{checkpoint.Origin}`, not of `{Origin}`");
        var signed = Keys.Where(one => note.Signatures.Any(line => line.Name == one.Key.Name && line.KeyId == one.Key.Id)).ToArray();
        if (signed.Length == 0) throw new FormatException("note has no verifiable signatures");
        var valid = signed.Where(one => one.Covers(checkpoint.Size)).Select(one => one.Key).ToArray();
        if (valid.Length == 0) throw new FormatException($"key {signed[0].Key.Name}+{signed[0].Key.Id:x8} is not valid for {checkpoint.Size} entries: {Range(signed[0])}");
        note.Verify(valid);
        return checkpoint;
    }

    /// <summary>Writes the members <c>origin</c> and <c>keys</c> into an object that is open.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("origin", Origin);
        json.WriteStartArray("keys");
        foreach (var one in Keys)
        {
            json.WriteStartObject();
            json.WriteString("vkey", one.Key.ToString());
            json.WriteNumber("from", one.From);
            if (one.To is { } to) json.WriteNumber("to", to);
            if (one.Ended is { } ended) json.WriteString("ended", ended);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Range(LogKey one) => one.To is { } to ? $"it is for {one.From} to {to}" : $"it is for {one.From} and more";

    private static LogKeys OfJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            var root = document.RootElement;
            ImmutableArray<LogKey> keys = [.. root.GetProperty("keys").EnumerateArray().Take(Most).Select(OfJson)];
            if (keys.IsEmpty) throw new FormatException("`keys.json` names no key");
            if (keys.Select(one => (one.Key.Name, one.Key.Id)).Distinct().Count() < keys.Length) throw new FormatException("`keys.json` names a key twice");
            return new LogKeys(root.GetProperty("origin").GetString() ?? throw new FormatException("`keys.json` names no origin"), keys);
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"these are no keys of a log: {trouble.Message}", trouble);
        }
    }

    private static LogKey OfJson(JsonElement one)
    {
        var key = NoteKey.Parse(one.GetProperty("vkey").GetString() ?? throw new FormatException("a key of `keys.json` has no `vkey`"));
        long? to = one.TryGetProperty("to", out var end) ? end.GetInt64() : null;
        return new LogKey(key, one.TryGetProperty("from", out var from) ? from.GetInt64() : 0, to)
        {
            Ended = one.TryGetProperty("ended", out var ended) ? ended.GetString() : null,
        };
    }
}
