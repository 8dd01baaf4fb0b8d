using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GitOpsGate.Exports.Views;

/// <summary>
/// Entries as CloudEvents 1.0 in JSON. The data is the exact leaf in base 64, so that whoever gets the event can hash it; the rest are CloudEvents'
/// own attributes and documented extensions (sequence, distributed correlation, auth context, recorded time), and the leaf hash.
/// </summary>
internal static class CloudEventView
{
    private const string TypePrefix = "dev.gitops-gate.";

    public static ReadOnlyMemory<byte> Write(ViewedEntry entry) => ViewJson.Object(json =>
    {
        var fields = entry.Fields;
        json.WriteString("specversion", "1.0");
        json.WriteString("id", fields.Text("id"));
        json.WriteString("source", $"//{entry.Place.Host}/audit/{fields.Text("tenant")}");
        json.WriteString("type", $"{TypePrefix}{fields.Type}.v1");
        if (fields.Subject.Length > 0) json.WriteString("subject", $"{fields.Text("subject", "kind")}/{fields.Subject}");
        json.WriteString("time", fields.When);
        json.WriteString("recordedtime", fields.Time);
        // Twenty digits, so that sequences are in the order of their texts.
        json.WriteString("sequence", entry.Leaf.Index.ToString("D20", CultureInfo.InvariantCulture));
        if (fields.Correlation.Length > 0) json.WriteString("correlationid", fields.Correlation);
        if (fields.List("cause") is [var cause, ..]) json.WriteString("causationid", cause);
        if (TraceParent(fields.Text("trace")) is { } trace) json.WriteString("traceparent", trace);
        json.WriteString("authtype", AuthType(fields.Text("actor", "kind")));
        if (fields.Text("actor", "ref") is { Length: > 0 } actor) json.WriteString("authid", actor);
        json.WriteString("gogleafhash", fields.Hash);
        json.WriteString("datacontenttype", "application/json");
        json.WriteBase64String("data_base64", entry.Leaf.Bytes.Span);
    });

    // CloudEvents' auth context extension has its own words; an entry without an actor is the gate's own.
    private static string AuthType(string kind) => kind switch
    {
        "user" => "user",
        "app" or "service" or "forge" => "service_account",
        "system" or "" => "system",
        "anonymous" => "unauthenticated",
        _ => "unknown",
    };

    private static string? TraceParent(string trace) => trace.Length > 0 ? $"00-{trace}-01" : null;
}

/// <summary>JSON of views: compact, in UTF-8, for programs.</summary>
internal static class ViewJson
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object.</summary>
    public static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Plain))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>An object as a member.</summary>
    public static void Inner(this Utf8JsonWriter json, string name, Action members)
    {
        json.WriteStartObject(name);
        members();
        json.WriteEndObject();
    }

    /// <summary>A text member, unless it is empty.</summary>
    public static void Given(this Utf8JsonWriter json, string name, string text)
    {
        if (text.Length > 0) json.WriteString(name, text);
    }
}
