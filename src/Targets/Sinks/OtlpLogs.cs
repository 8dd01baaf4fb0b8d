using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Sinks;

/// <summary>Entries as an <c>ExportLogsServiceRequest</c> of OTLP in JSON: one log record each, its body the entry.</summary>
internal static class OtlpLogs
{
    private const string Product = "gitops-gate";
    private static readonly (int Number, string Word) Information = (9, "INFO");
    private static readonly (int Number, string Word) Warning = (13, "WARN");
    private static readonly (int Number, string Word) Error = (17, "ERROR");

    public static byte[] Write(SinkBatch batch, EntryView view)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartArray("resourceLogs");
            json.WriteStartObject();
            json.WriteStartObject("resource");
            Attributes(json, ("service.name", Product), ("server.address", batch.Place.Host), ("gog.log", batch.Place.Origin));
            json.WriteEndObject();
            json.WriteStartArray("scopeLogs");
            json.WriteStartObject();
            json.WriteStartObject("scope");
            json.WriteString("name", $"{Product}.audit");
            json.WriteEndObject();
            json.WriteStartArray("logRecords");
            foreach (var leaf in batch.Leaves) Record(json, leaf, view, batch.Place);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static void Record(Utf8JsonWriter json, AuditLeaf leaf, EntryView view, LogPlace place)
    {
        var fields = LeafFields.Read(leaf.Bytes);
        var nanoseconds = (fields.At.ToUnixTimeMilliseconds() * 1_000_000).ToString(CultureInfo.InvariantCulture);
        var (number, word) = SeverityOf(fields.Outcome);
        json.WriteStartObject();
        json.WriteString("timeUnixNano", nanoseconds);
        json.WriteString("observedTimeUnixNano", nanoseconds);
        json.WriteNumber("severityNumber", number);
        json.WriteString("severityText", word);
        json.WriteString("eventName", fields.Type);
        json.WriteStartObject("body");
        json.WriteString("stringValue", Encoding.UTF8.GetString(view.One(leaf, place).Span));
        json.WriteEndObject();
        Attributes(
            json, ("gog.seq", leaf.Index.ToString(CultureInfo.InvariantCulture)), ("gog.id", fields.Id), ("gog.leaf_sha256", Convert.ToHexStringLower(leaf.Hash.Span)),
            ("gog.outcome", fields.Outcome), ("gog.view", view.Name));
        json.WriteEndObject();
    }

    private static void Attributes(Utf8JsonWriter json, params ReadOnlySpan<(string Key, string Value)> attributes)
    {
        json.WriteStartArray("attributes");
        foreach (var (key, value) in attributes)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("value");
            json.WriteString("stringValue", value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static (int Number, string Word) SeverityOf(string outcome) => outcome switch
    {
        "error" => Error,
        "deny" or "failure" => Warning,
        _ => Information,
    };
}
