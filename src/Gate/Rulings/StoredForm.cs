using System.Text.Json;
using System.Text.Json.Serialization;
using GitOpsGate.Changes;

namespace GitOpsGate.Rulings;

/// <summary>How the domain's values are kept as JSON: enums by name, ids as text, nothing that is derived.</summary>
public static class StoredForm
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(), new CommitIdConverter(), new ConnectionNameConverter(), new RulingIdConverter() },
    };

    /// <summary>The value as JSON text: the same text for the same value.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>The value that was written.</summary>
    /// <exception cref="InvalidDataException">The stored text is not of that shape.</exception>
    public static T Read<T>(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options)!;
        }
        catch (JsonException trouble)
        {
            throw new InvalidDataException($"a stored `{typeof(T).Name}` cannot be read: {trouble.Message}", trouble);
        }
    }

    private sealed class CommitIdConverter : JsonConverter<CommitId>
    {
        public override CommitId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() is { Length: > 0 } text ? CommitId.Parse(text) : default;

        public override void Write(Utf8JsonWriter writer, CommitId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }

    private sealed class ConnectionNameConverter : JsonConverter<ConnectionName>
    {
        public override ConnectionName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, ConnectionName value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }

    private sealed class RulingIdConverter : JsonConverter<RulingId>
    {
        public override RulingId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetGuid());

        public override void Write(Utf8JsonWriter writer, RulingId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }
}
