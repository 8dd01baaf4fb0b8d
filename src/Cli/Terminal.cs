using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GitOpsGate.Cli;

/// <summary>Prints for people: aligned tables, colour only on a terminal that did not ask for none (<c>NO_COLOR</c>).</summary>
internal static class Terminal
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static bool HasColour { get; } =
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public static void Json(JsonElement value)
    {
        using var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output, Indented)) value.WriteTo(writer);
        Console.WriteLine(Encoding.UTF8.GetString(output.ToArray()));
    }

    /// <summary>Prints rows below their headings, each column as wide as its widest cell.</summary>
    public static void Table(string[] headings, IReadOnlyList<string[]> rows)
    {
        var widths = headings.Select((heading, i) => rows.Select(row => row[i].Length).Append(heading.Length).Max()).ToArray();
        Console.WriteLine(Dim(Row(headings, widths)));
        foreach (var row in rows) Console.WriteLine(Coloured(Row(row, widths)));
    }

    /// <summary>A name and its text, aligned with the others.</summary>
    public static void Fact(string name, string text) => Console.WriteLine($"{Dim((name + ":").PadRight(14))}{Coloured(text)}");

    public static void Heading(string text) => Console.WriteLine(HasColour ? $"\n\e[1m{text}\e[0m" : $"\n{text}");

    /// <summary>A text for programs, as it is.</summary>
    public static void Text(string text) => Console.Write(text);

    public static void Line(string text) => Console.WriteLine(Coloured(text));

    /// <summary>A moment, in the form that sorts and that people read: <c>2026-11-20 18:03:07Z</c>; empty for none.</summary>
    public static string Moment(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var moment)
            ? moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : "";

    private static string Row(string[] cells, int[] widths) =>
        string.Join("  ", cells.Select((cell, i) => i == cells.Length - 1 ? cell : cell.PadRight(widths[i]))).TrimEnd();

    private static string Dim(string text) => HasColour ? $"\e[2m{text}\e[0m" : text;

    private static string Coloured(string text)
    {
        if (!HasColour) return text;
        foreach (var (word, colour) in Colours) text = text.Replace(word, $"\e[{colour}m{word}\e[0m", StringComparison.Ordinal);
        return text;
    }

    private static readonly (string Word, int Colour)[] Colours =
    [
        ("denied", 31), ("errored", 31), ("FAIL", 31), ("dead", 31), ("held", 33), ("unclear", 33), ("allowed", 32), ("PASS", 32),
        ("discharged", 32),
    ];
}

/// <summary>Reading the API's answers.</summary>
internal static class Answers
{
    /// <summary>The text of a member, or empty when it is absent or null; numbers and truths are written out.</summary>
    public static string Text(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member.ValueKind switch
        {
            JsonValueKind.String => member.GetString()!,
            JsonValueKind.Null or JsonValueKind.Undefined => "",
            _ => member.GetRawText(),
        }
        : "";

    public static JsonElement Member(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member : default;

    /// <summary>The elements of an array member; none when it is absent.</summary>
    public static JsonElement[] List(this JsonElement value, string name) =>
        value.Member(name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
}
