using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges;

/// <summary>
/// Reads JSON that strangers wrote. Strict about the form, since two readers must never understand the same signed bytes
/// differently; tolerant about the content, since forges leave out, rename and retype what their schemas promise.
/// </summary>
public static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Parses UTF-8 text: no duplicate keys, at most 64 levels, no comments, no trailing commas.</summary>
    /// <param name="problem">What is wrong, lower case; empty when nothing is.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out JsonElement root, out string problem)
    {
        root = default;
        problem = "";
        if (!Utf8.IsValid(utf8)) problem = "the body is not valid UTF-8";
        else if (utf8.IsEmpty) problem = "the body is empty; a JSON object would be right";
        if (problem.Length > 0) return false;
        try
        {
            root = JsonElement.Parse(utf8, Options);
            return true;
        }
        catch (JsonException wrong)
        {
            problem = $"the body is not strict JSON (line {wrong.LineNumber + 1}): {FirstSentence(wrong.Message)}";
            return false;
        }
        catch (InvalidOperationException)
        {
            // A key with half of a surrogate pair cannot be compared with the others.
            problem = "the body has a key that is not valid Unicode";
            return false;
        }
    }

    /// <summary>The part with this name, or an undefined element when there is none, it is null, or this is no object.</summary>
    public static JsonElement Child(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var child)
        && child.ValueKind != JsonValueKind.Null
            ? child
            : default;

    /// <summary>Whether there is such a part, and it is not null.</summary>
    public static bool Has(this JsonElement element, string name) => element.Child(name).ValueKind != JsonValueKind.Undefined;

    /// <summary>A text, or an empty one when there is none.</summary>
    public static string Text(this JsonElement element, string name) => element.TextOrNull(name) ?? "";

    /// <summary>A text, or null when there is none.</summary>
    public static string? TextOrNull(this JsonElement element, string name) => AsText(element.Child(name));

    /// <summary>This element as text, or null when it is something else.</summary>
    public static string? AsText(this JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String) return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: no text that anything later could store.
            return null;
        }
    }

    /// <summary>An id that is written as a number or as text, as text; empty when there is none.</summary>
    public static string Id(this JsonElement element, string name) => element.Child(name) switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        var other => AsText(other) ?? "",
    };

    /// <summary>A whole number, also when it is written as text; null when there is none.</summary>
    public static long? Number(this JsonElement element, string name) =>
        long.TryParse(element.Id(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>Whether this is there and true.</summary>
    public static bool Flag(this JsonElement element, string name) => element.Child(name).ValueKind == JsonValueKind.True;

    /// <summary>
    /// A moment that is written in ISO 8601 or in seconds since 1970, as a number or as text; null when there is none.
    /// </summary>
    public static DateTimeOffset? Time(this JsonElement element, string name)
    {
        const long LastSecond = 253_402_300_799;
        if (element.Number(name) is { } seconds)
        {
            return seconds is >= 0 and <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        }

        return DateTimeOffset.TryParse(
            element.TextOrNull(name), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
    }

    /// <summary>A commit id, or none when it is absent, abbreviated or all zeros.</summary>
    public static CommitId Commit(this JsonElement element, string name) =>
        CommitId.TryParse(element.TextOrNull(name), out var id) ? id : default;

    /// <summary>The items of a list; none when there is no list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.Child(name).Items();

    /// <summary>The items of this list; none when it is no list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}
