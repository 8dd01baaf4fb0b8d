using System.Text.Json;

namespace GitOpsGate.Conformance;

/// <summary>What OPA says of one source of the parser and compiler oracle; our own answers have the same form.</summary>
internal sealed record OracleWish(string Id, string Stage, IReadOnlyList<OracleError> Errors, string Line)
{
    public static IEnumerable<OracleWish> Read(string path) => File.ReadLines(path).Where(l => l.Length > 0).Select(Parse);

    public static OracleWish Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return new OracleWish(
            root.GetProperty("id").GetString()!,
            root.GetProperty("stage").GetString()!,
            root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
                ? [.. errors.EnumerateArray().Select(e => new OracleError(
                    e.GetProperty("code").GetString()!,
                    e.TryGetProperty("row", out var row) ? row.GetInt32() : 0,
                    e.TryGetProperty("message", out var message) ? message.GetString()! : ""))]
                : [],
            line);
    }
}

/// <summary>An error that is reported.</summary>
internal sealed record OracleError(string Code, int Row, string Message);
