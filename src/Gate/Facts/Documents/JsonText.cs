using System.Text;
using System.Text.Json;

namespace GitOpsGate.Facts.Documents;

/// <summary>Reads a JSON text: one value, no comments, no trailing commas, no name twice.</summary>
internal ref struct JsonText
{
    private readonly ReadOnlySpan<byte> _text;
    private Utf8JsonReader _reader;
    private int _line = 1;
    private int _counted;
    private int _values;

    private JsonText(ReadOnlySpan<byte> text)
    {
        _text = text;
        _reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = DocumentReader.MaxDepth });
    }

    /// <exception cref="UnreadableException">The text is not JSON.</exception>
    public static DocumentNode Read(ReadOnlySpan<byte> text)
    {
        var json = new JsonText(text);
        try
        {
            json._reader.Read();
            var root = json.Value();
            json._reader.Read();
            return root;
        }
        catch (JsonException problem)
        {
            throw new UnreadableException((int)(problem.LineNumber ?? -1) + 1, $"the text is not JSON: {Reason(problem.Message)}");
        }
        catch (InvalidOperationException)
        {
            // The reader says so when an escape such as `\ud800` stands alone.
            throw new UnreadableException(json.Line(), "a text holds half of a surrogate pair");
        }
    }

    private DocumentNode Value()
    {
        var line = Line();
        if (++_values > DocumentReader.MaxValues) throw new UnreadableException(line, $"the file holds more than {DocumentReader.MaxValues} values");
        return _reader.TokenType switch
        {
            JsonTokenType.StartObject => Map(line),
            JsonTokenType.StartArray => List(line),
            JsonTokenType.String => new DocumentNode.Text(line, _reader.GetString()!),
            JsonTokenType.Number => new DocumentNode.Number(line, Encoding.ASCII.GetString(_reader.ValueSpan)),
            JsonTokenType.True => new DocumentNode.Truth(line, true),
            JsonTokenType.False => new DocumentNode.Truth(line, false),
            JsonTokenType.Null => new DocumentNode.Nothing(line),
            JsonTokenType.None or JsonTokenType.EndObject or JsonTokenType.EndArray or JsonTokenType.PropertyName or JsonTokenType.Comment =>
                throw new UnreadableException(line, "a value is expected here"),
        };
    }

    private DocumentNode.Map Map(int line)
    {
        var entries = new List<DocumentNode.Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var (name, at) = (_reader.GetString()!, Line());
            if (!names.Add(name)) throw new UnreadableException(at, $"the name `{name}` is given twice");
            _reader.Read();
            entries.Add(new DocumentNode.Entry(name, at, Value()));
        }

        return new DocumentNode.Map(line, entries);
    }

    private DocumentNode.List List(int line)
    {
        var items = new List<DocumentNode>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray) items.Add(Value());
        return new DocumentNode.List(line, items);
    }

    private int Line()
    {
        var at = (int)_reader.TokenStartIndex;
        if (at <= _counted) return _line;
        _line += _text[_counted..at].Count((byte)'\n');
        _counted = at;
        return _line;
    }

    // The framework appends its own position, which the problem's line already tells.
    private static string Reason(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var text = (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
        return text.Length == 0 ? "it ends too early" : char.ToLowerInvariant(text[0]) + text[1..];
    }
}
