using System.Text.Json;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Conformance;

/// <summary>What one case of OPA's own suite, or one example of its documentation, wants.</summary>
internal sealed record SuiteWish(string Id, string Category, string Line)
{
    public RegoValue Result { get; private init; }

    public string? ErrorCode { get; private init; }

    public string? Error { get; private init; }

    public bool WantsError => Error is not null || ErrorCode is not null;

    public static IEnumerable<SuiteWish> Read(string path) => File.ReadLines(path).Where(l => l.Length > 0).Select(Parse);

    private static SuiteWish Parse(string line)
    {
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 512 });
        var root = document.RootElement;
        return new SuiteWish(Text(root, "id")!, Text(root, "category") ?? "docs", line)
        {
            Result = root.TryGetProperty("want_result", out var found) && found.ValueKind != JsonValueKind.Null
                ? RegoJson.Parse(found.GetRawText())
                : default,
            ErrorCode = Text(root, "want_error_code"),
            Error = Text(root, "want_error"),
        };
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;
}
