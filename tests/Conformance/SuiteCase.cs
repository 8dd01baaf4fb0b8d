using System.Text.Json;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Conformance;

/// <summary>One case of OPA's own suite, or one example of its documentation.</summary>
internal sealed record SuiteCase(string Id, string Category, RegoVersion Version, string Query, IReadOnlyList<string> Modules)
{
    public RegoValue Data { get; private init; }

    public RegoValue Input { get; private init; }

    /// <summary>An input that JSON cannot say, in the language's own syntax.</summary>
    public string? InputTerm { get; private init; }

    public RegoValue WantedResult { get; private init; }

    public string? WantedErrorCode { get; private init; }

    public string? WantedError { get; private init; }

    public bool IsStrict { get; private init; }

    public bool SortsBindings { get; private init; }

    public bool IgnoresGenerated { get; private init; }

    public bool IsExperimental { get; private init; }

    public bool WantsError => WantedError is not null || WantedErrorCode is not null;

    public static IEnumerable<SuiteCase> Read(string path) => File.ReadLines(path).Where(l => l.Length > 0).Select(Parse);

    private static SuiteCase Parse(string line)
    {
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 512 });
        var root = document.RootElement;
        return new SuiteCase(
            Text(root, "id")!,
            Text(root, "category") ?? "docs",
            Text(root, "rego_version") == "v0" ? RegoVersion.V0 : RegoVersion.V1,
            Text(root, "query")!,
            root.TryGetProperty("modules", out var modules) && modules.ValueKind == JsonValueKind.Array
                ? [.. modules.EnumerateArray().Select(m => m.GetString()!)]
                : [])
        {
            Data = Value(root, "data"),
            Input = Value(root, "input"),
            InputTerm = Text(root, "input_term"),
            WantedResult = Value(root, "want_result"),
            WantedErrorCode = Text(root, "want_error_code"),
            WantedError = Text(root, "want_error"),
            IsStrict = Flag(root, "strict_error"),
            SortsBindings = Flag(root, "sort_bindings"),
            IgnoresGenerated = Flag(root, "ignore_generated_vars"),
            IsExperimental = Flag(root, "experimental_keywords"),
        };
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    private static bool Flag(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.True;

    private static RegoValue Value(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? RegoJson.Parse(found.GetRawText())
            : default;
}
