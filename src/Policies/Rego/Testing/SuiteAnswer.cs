using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>Writes answers as lines of JSON.</summary>
internal static class SuiteAnswer
{
    private const string Generated = "__localq";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The bindings of a case as JSON texts, by the case's own wishes.</summary>
    public static List<List<(string Name, string Json)>> Results(
        SuiteCase one, IReadOnlyList<IReadOnlyDictionary<string, RegoValue>> answers) =>
        [.. answers.Select(answer => answer
            .Where(binding => !one.IgnoresGenerated || !binding.Key.StartsWith(Generated, StringComparison.Ordinal))
            .OrderBy(binding => binding.Key, StringComparer.Ordinal)
            .Select(binding => (binding.Key, RegoJson.ToText(one.SortsBindings ? Sorted(binding.Value) : binding.Value)))
            .ToList())];

    public static string Succeeded(string id, List<List<(string Name, string Json)>> results) =>
        Line(id, json => WriteResults(json, results));

    public static string Failed(string id, RegoError error, List<List<(string Name, string Json)>> results) => Line(id, json =>
    {
        json.WriteStartObject("error");
        json.WriteString("code", error.Code);
        json.WriteString("message", error.Message);
        json.WriteString("text", error.ToString());
        json.WriteEndObject();
        if (results.Count > 0) WriteResults(json, results);
    });

    public static string NotCompiled(string id, IReadOnlyList<RegoError> errors) =>
        Line(id, json => json.WriteString("compile_error", string.Join('\n', errors)));

    public static string Stage(string id, string stage, IReadOnlyList<RegoError> errors) => Line(id, json =>
    {
        json.WriteString("stage", stage);
        json.WriteStartArray("errors");
        foreach (var error in errors)
        {
            json.WriteStartObject();
            if (error.Place is { File.Length: > 0 }) json.WriteString("module", error.Place.File);
            json.WriteString("code", error.Code);
            json.WriteNumber("row", error.Place?.Row ?? 0);
            json.WriteNumber("col", error.Place?.Column ?? 0);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    // As JSON first: the order is that of what is compared, in which a set is an array.
    private static RegoValue Sorted(RegoValue value) =>
        RegoJson.Parse(RegoJson.ToText(value)) is { AsArray: { } array } ? RegoValue.ArrayOf([.. array.Items.ToArray().Order()]) : value;

    private static void WriteResults(Utf8JsonWriter json, List<List<(string Name, string Json)>> results)
    {
        json.WriteStartArray("results");
        foreach (var bindings in results)
        {
            json.WriteStartObject();
            foreach (var (name, text) in bindings)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(text, skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Line(string id, Action<Utf8JsonWriter> rest)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Plain))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            rest(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
    }
}
