using System.Text.Json;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>The questioning half of a case of OPA's suite; what the case wants is none of the engine's business.</summary>
internal sealed record SuiteCase(string Id, RegoVersion Version, string Query, IReadOnlyList<RegoModuleSource> Modules)
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = RegoJson.DepthLimit };

    public RegoValue Data { get; private init; }

    public RegoValue Input { get; private init; }

    /// <summary>An input that JSON cannot say, in the language's own syntax.</summary>
    public string? InputTerm { get; private init; }

    public bool IsStrict { get; private init; }

    public bool SortsBindings { get; private init; }

    public bool IgnoresGenerated { get; private init; }

    public bool IsExperimental { get; private init; }

    public static SuiteCase Parse(string line, RegoVersion? version)
    {
        using var document = Open(line);
        var root = document.RootElement;
        return new SuiteCase(
            IdOf(root),
            version ?? (Text(root, "rego_version") == "v0" ? RegoVersion.V0 : RegoVersion.V1),
            Text(root, "query") ?? throw new FormatException($"the case `{IdOf(root)}` has no `query`"),
            Sources(root))
        {
            Data = Value(root, "data"),
            Input = Value(root, "input"),
            InputTerm = Text(root, "input_term"),
            IsStrict = Flag(root, "strict_error"),
            SortsBindings = Flag(root, "sort_bindings"),
            IgnoresGenerated = Flag(root, "ignore_generated_vars"),
            IsExperimental = Flag(root, "experimental_keywords"),
        };
    }

    /// <summary>A line as JSON.</summary>
    /// <exception cref="FormatException">It is no JSON object.</exception>
    public static JsonDocument Open(string line)
    {
        try
        {
            var document = JsonDocument.Parse(line, Deep);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            throw new FormatException("the line is no JSON object; a case is one");
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"the line is no JSON: {wrong.Message}", wrong);
        }
    }

    public static string IdOf(JsonElement root) => Text(root, "id") ?? throw new FormatException("the case has no `id`");

    /// <summary>The modules, under the names that OPA's own driver gives them.</summary>
    public static List<RegoModuleSource> Sources(JsonElement root) =>
        root.TryGetProperty("modules", out var modules) && modules.ValueKind == JsonValueKind.Array
            ? [.. modules.EnumerateArray().Select((m, i) => new RegoModuleSource($"test-{i}.rego", m.GetString() ?? ""))]
            : [];

    public static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    private static bool Flag(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.True;

    private static RegoValue Value(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? RegoJson.Parse(found.GetRawText())
            : default;
}
