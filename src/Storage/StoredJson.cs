using System.Text.Json;
using System.Text.Json.Serialization;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;

namespace GitOpsGate.Storage;

/// <summary>How the domain's values are kept as JSON: enums by name, ids as text, nothing that is derived.</summary>
internal static class StoredJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(), new CommitIdConverter(), new ConnectionNameConverter(), new RulingIdConverter() },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

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

    /// <summary>The word for a kind of obligation, as it is stored.</summary>
    public static string KindOf(Obligation obligation) => obligation switch
    {
        Obligation.ReportStatus => "status",
        Obligation.Explain => "comment",
        Obligation.Answer => "answer",
        Obligation.AnswerDeployment => "deployment",
        Obligation.Send => "dispatch",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static string Write(Obligation obligation) => obligation switch
    {
        Obligation.ReportStatus status => Write<Obligation.ReportStatus>(status),
        Obligation.Explain comment => Write<Obligation.Explain>(comment),
        Obligation.Answer answer => Write<Obligation.Answer>(answer),
        Obligation.AnswerDeployment deployment => Write<Obligation.AnswerDeployment>(deployment),
        Obligation.Send dispatch => Write<Obligation.Send>(dispatch),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <exception cref="InvalidDataException">The stored text is not of that kind.</exception>
    public static Obligation ReadObligation(string kind, string json) => kind switch
    {
        "status" => Read<Obligation.ReportStatus>(json),
        "comment" => Read<Obligation.Explain>(json),
        "answer" => Read<Obligation.Answer>(json),
        "deployment" => Read<Obligation.AnswerDeployment>(json),
        "dispatch" => Read<Obligation.Send>(json),
        _ => throw new InvalidDataException($"a stored obligation is of the kind `{kind}`, which this program does not know"),
    };

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
