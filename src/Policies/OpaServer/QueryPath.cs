using System.Text;
using System.Text.Json;

namespace GitOpsGate.Policies.OpaServer;

/// <summary>Turns a reference such as <c>data.git["direct-push"].deny</c> into the path of a document, and back.</summary>
internal static class QueryPath
{
    /// <summary>The parts below <c>data</c>; null when the text is no reference below it.</summary>
    public static IReadOnlyList<string>? Parse(string reference)
    {
        if (!reference.StartsWith("data", StringComparison.Ordinal)) return null;
        var parts = new List<string>();
        for (var at = 4; at < reference.Length;)
        {
            var part = reference[at] switch
            {
                '.' => TakeName(reference, ref at),
                '[' => TakeBracket(reference, ref at),
                _ => null,
            };
            if (part is null) return null;
            parts.Add(part);
        }

        return parts;
    }

    /// <summary>The path of a request: <c>/v1/data/git/direct-push/deny</c>.</summary>
    public static string ToUrl(IReadOnlyList<string> parts) =>
        "/v1/data" + string.Concat(parts.Select(part => "/" + Uri.EscapeDataString(part)));

    /// <summary>The reference of a path, names dotted where they can be.</summary>
    public static string ToReference(IEnumerable<string> parts)
    {
        var text = new StringBuilder("data");
        foreach (var part in parts)
        {
            if (IsName(part)) text.Append('.').Append(part);
            else text.Append('[').Append(JsonSerializer.Serialize(part)).Append(']');
        }

        return text.ToString();
    }

    private static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(unit => char.IsAsciiLetterOrDigit(unit) || unit == '_');

    private static string? TakeName(string reference, ref int at)
    {
        var start = ++at;
        while (at < reference.Length && (char.IsAsciiLetterOrDigit(reference[at]) || reference[at] == '_')) at++;
        return IsName(reference[start..at]) ? reference[start..at] : null;
    }

    private static string? TakeBracket(string reference, ref int at)
    {
        var end = ++at;
        for (var quoted = false; end < reference.Length && (quoted || reference[end] != ']'); end++)
        {
            if (reference[end] == '"') quoted = !quoted;
            else if (quoted && reference[end] == '\\') end++;
        }

        if (end >= reference.Length) return null;
        var inside = reference[at..end];
        at = end + 1;
        if (inside.Length > 0 && inside.All(char.IsAsciiDigit)) return inside;
        try
        {
            using var text = JsonDocument.Parse(inside);
            return text.RootElement.ValueKind == JsonValueKind.String ? text.RootElement.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
