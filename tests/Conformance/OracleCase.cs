using System.Text.Json;

namespace GitOpsGate.Conformance;

/// <summary>One source of the parser and compiler oracle, with what OPA says of it.</summary>
internal sealed record OracleCase(
    string Id, bool IsModule, IReadOnlyList<string> Modules, string Stage, IReadOnlyList<OracleError> Errors)
{
    public static IEnumerable<OracleCase> Read(string path) => File.ReadLines(path).Where(l => l.Length > 0).Select(Parse);

    private static OracleCase Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return new OracleCase(
            root.GetProperty("id").GetString()!,
            root.GetProperty("kind").GetString() == "module",
            [.. root.GetProperty("modules").EnumerateArray().Select(m => m.GetString()!)],
            root.GetProperty("stage").GetString()!,
            root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
                ? [.. errors.EnumerateArray().Select(e => new OracleError(
                    e.GetProperty("code").GetString()!,
                    e.TryGetProperty("row", out var row) ? row.GetInt32() : 0,
                    e.TryGetProperty("message", out var message) ? message.GetString()! : ""))]
                : []);
    }
}

/// <summary>An error that OPA reports.</summary>
internal sealed record OracleError(string Code, int Row, string Message);
