using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Facts.Documents;

/// <summary>
/// Where the parts of a document stand, in few bytes: for each part, in the order of the document's sorted JSON, how many lines it stands
/// behind the part before it, or <c>-</c> when its line is not known. Pure.
/// </summary>
internal static class DocumentLines
{
    private const char Unknown = '-';

    /// <param name="document">Its JSON is sorted.</param>
    public static string Write(Document document)
    {
        var text = new StringBuilder();
        var last = document.Line;
        using var json = JsonDocument.Parse(document.Json, SortedJson.Deep);
        foreach (var pointer in PointersOf(json.RootElement, ""))
        {
            if (text.Length > 0) text.Append(' ');
            if (document.Lines.TryGetValue(pointer, out var line))
            {
                text.Append(CultureInfo.InvariantCulture, $"{line - last}");
                last = line;
            }
            else
            {
                text.Append(Unknown);
            }
        }

        return text.ToString();
    }

    /// <param name="first">Where the document starts.</param>
    /// <exception cref="InvalidDataException">The text is not of this document.</exception>
    public static ImmutableDictionary<string, int> Read(JsonElement document, int first, string text)
    {
        var lines = ImmutableDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        var steps = text.Length == 0 ? [] : text.Split(' ');
        var (at, last) = (0, first);
        foreach (var pointer in PointersOf(document, ""))
        {
            if (at == steps.Length) throw new InvalidDataException("a document has more parts than lines");
            var step = steps[at++];
            if (step is [Unknown]) continue;
            if (!int.TryParse(step, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var more))
                throw new InvalidDataException($"`{step}` is no distance between lines");
            last += more;
            lines.Add(pointer, last);
        }

        return at == steps.Length ? lines.ToImmutable() : throw new InvalidDataException("a document has fewer parts than lines");
    }

    private static IEnumerable<string> PointersOf(JsonElement value, string pointer)
    {
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) yield break;
        var children = value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select((item, index) => (Name: index.ToString(CultureInfo.InvariantCulture), Value: item))
            : value.EnumerateObject().Select(member => (DocumentWriter.Escape(member.Name), member.Value));
        foreach (var (name, child) in children)
        {
            var inner = $"{pointer}/{name}";
            yield return inner;
            foreach (var deeper in PointersOf(child, inner)) yield return deeper;
        }
    }
}
