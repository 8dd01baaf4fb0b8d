using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Exports.Views;

/// <summary>
/// Entries as events of OCSF 1.8.0, one in a line: what all classes share stands here, what one class asks for in <see cref="OcsfParts"/>. The leaf
/// travels as <c>raw_data</c>, and its hash in the log as <c>unmapped.gog.leaf_sha256</c> (<c>raw_data_hash</c> is over the bytes alone, without the
/// tree's prefix).
/// </summary>
internal static class OcsfView
{
    private const string Version = "1.8.0";

    /// <exception cref="FormatException">The entry is of a type that no version of this gate wrote.</exception>
    public static ReadOnlyMemory<byte> Write(ViewedEntry entry)
    {
        var fields = entry.Fields;
        if (!OcsfKind.All.TryGetValue(fields.Type, out var kind)) throw new FormatException($"entry {entry.Leaf.Index} is of the unknown type `{fields.Type}`");
        return ViewJson.Object(json =>
        {
            Head(json, kind);
            json.WriteNumber("time", Milliseconds(fields.When));
            json.WriteString("message", $"{fields.Type}: {fields.Text("outcome")}");
            var (id, status) = StatusOf(fields.Text("outcome"));
            json.WriteNumber("status_id", id);
            json.WriteString("status", status);
            json.Inner("metadata", () => Metadata(json, entry, kind));
            OcsfParts.Write(json, entry, kind);
            Trace(json, fields.Text("trace"));
            json.WriteString("raw_data", entry.Leaf.Bytes.Span);
            json.Inner("raw_data_hash", () => Sha256(json, Convert.ToHexStringLower(SHA256.HashData(entry.Leaf.Bytes.Span))));
            json.Inner("unmapped", () => json.Inner("gog", () => Own(json, fields)));
        });
    }

    private static void Head(Utf8JsonWriter json, OcsfKind kind)
    {
        json.WriteNumber("activity_id", kind.Activity.Id);
        json.WriteString("activity_name", kind.Activity.Name);
        json.WriteNumber("category_uid", kind.Class.CategoryUid);
        json.WriteString("category_name", kind.Class.Category);
        json.WriteNumber("class_uid", kind.Class.Uid);
        json.WriteString("class_name", kind.Class.Name);
        json.WriteNumber("type_uid", (kind.Class.Uid * 100L) + kind.Activity.Id);
        json.WriteNumber("severity_id", kind.Severity.Id);
        json.WriteString("severity", kind.Severity.Name);
    }

    private static void Metadata(Utf8JsonWriter json, ViewedEntry entry, OcsfKind kind)
    {
        var fields = entry.Fields;
        json.WriteString("version", Version);
        json.Inner("product", () =>
        {
            json.WriteString("name", OcsfParts.Product);
            json.WriteString("vendor_name", OcsfParts.Product);
        });
        json.WriteString("uid", fields.Text("id"));
        json.WriteNumber("sequence", entry.Leaf.Index);
        json.WriteString("event_code", fields.Type);
        json.WriteString("log_name", entry.Place.Origin);
        json.WriteNumber("logged_time", Milliseconds(fields.Time));
        json.Given("correlation_uid", fields.Correlation);
        json.WriteString("tenant_uid", fields.Text("tenant"));
        string[] profiles = [.. kind.Class == OcsfClass.ComplianceFinding ? ["security_control"] : Array.Empty<string>(), .. fields.Text("trace").Length > 0 ? ["trace"] : Array.Empty<string>()];
        if (profiles.Length == 0) return;
        json.WriteStartArray("profiles");
        foreach (var profile in profiles) json.WriteStringValue(profile);
        json.WriteEndArray();
    }

    private static void Trace(Utf8JsonWriter json, string trace)
    {
        if (trace.Split('-') is not [{ Length: > 0 } id, var span]) return;
        json.Inner("trace", () =>
        {
            json.WriteString("uid", id);
            json.Inner("span", () => json.WriteString("uid", span));
        });
    }

    private static void Sha256(Utf8JsonWriter json, string value)
    {
        json.WriteString("algorithm", "SHA-256");
        json.WriteNumber("algorithm_id", 3);
        json.WriteString("value", value);
    }

    private static void Own(Utf8JsonWriter json, ReportLeaf fields)
    {
        json.WriteString("leaf_sha256", fields.Hash);
        json.WriteString("outcome", fields.Text("outcome"));
        foreach (var member in (string[])["attrs", "pop"])
        {
            if (fields.Raw(member) is not { Length: > 0 } raw) continue;
            json.WritePropertyName(member);
            json.WriteRawValue(Encoding.UTF8.GetBytes(raw));
        }

        foreach (var name in fields.Sealed()) json.WriteString($"sealed_{name}", "withheld");
    }

    // What is only announced is neither: OCSF says unknown for it.
    private static (int Id, string Name) StatusOf(string outcome) => outcome switch
    {
        "success" or "allow" => (1, "Success"),
        "failure" or "deny" or "error" => (2, "Failure"),
        "pending" => (0, "Unknown"),
        _ => (99, outcome),
    };

    private static long Milliseconds(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();
}
