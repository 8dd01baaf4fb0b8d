using System.Text;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Yaml;

/// <summary>
/// Reads the first document of a YAML text as a value: block and flow collections, all kinds of scalars, anchors, aliases and
/// merge
/// keys. Nesting, and what aliases repeat, are bounded.
/// </summary>
internal sealed partial class YamlReader
{
    private const int DepthLimit = 200;
    private const int ValueLimit = 200_000;

    private readonly string[] _lines;
    private readonly Dictionary<string, (RegoValue Value, int Size)> _anchors = new(StringComparer.Ordinal);
    private int _row;
    private int _depth;
    private int _values;

    private YamlReader(string text) => _lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');

    /// <summary>The first document; null when there is none.</summary>
    /// <exception cref="YamlException">The text cannot be read.</exception>
    public static RegoValue Read(string text)
    {
        var reader = new YamlReader(text);
        reader.SkipBlank();
        while (reader.HasLine && reader.Line.StartsWith('%')) reader._row++;
        reader.SkipBlank();
        if (reader.HasLine && IsMarker(reader.Line, "---"))
        {
            reader._lines[reader._row] = "   " + reader.Line[3..];
            reader.SkipBlank();
        }

        if (!reader.HasLine || reader.AtEnd) return RegoValue.Null;
        var value = reader.Block(0);
        reader.SkipBlank();
        return !reader.HasLine || reader.AtEnd ? value : throw reader.Wrong("did not find what was expected");
    }

    private bool HasLine => _row < _lines.Length;

    private string Line => _lines[_row];

    private bool AtEnd => IsMarker(Line, "---") || IsMarker(Line, "...");

    private static bool IsMarker(string line, string marker) =>
        line.StartsWith(marker, StringComparison.Ordinal) && (line.Length == 3 || line[3] is ' ' or '\t');

    private static int IndentOf(string line)
    {
        var indent = 0;
        while (indent < line.Length && line[indent] == ' ') indent++;
        return indent;
    }

    private YamlException Wrong(string message) => new($"yaml: line {Math.Min(_row + 1, _lines.Length)}: {message}");

    private static RegoLimitException TooDeep() => new(RegoErrorCodes.LimitDepth, $"a YAML document is nested more than {DepthLimit} deep");

    private void SkipBlank()
    {
        while (HasLine)
        {
            var rest = Line.AsSpan().TrimStart(" \t");
            if (rest.Length > 0 && rest[0] != '#') return;
            _row++;
        }
    }

    private void Count()
    {
        ValueGuard.Work(1);
        if (++_values > ValueLimit) throw TooLarge();
    }

    /// <summary>The node that begins on this line, at this indent or deeper.</summary>
    private RegoValue Block(int least)
    {
        if (++_depth > DepthLimit) throw TooDeep();
        Count();
        var indent = IndentOf(Line);
        if (indent < Line.Length && Line[indent] == '\t') throw Wrong("found character that cannot start any token");
        var text = Line[indent..];
        RegoValue value;
        if (indent < least) value = RegoValue.Null;
        else if (IsDash(text)) value = Sequence(indent);
        else if (KeyEnd(text) >= 0) value = Mapping(indent);
        else value = Inline(indent, indent - 1, least);
        _depth--;
        return value;
    }

    private static bool IsDash(string text) => text.Length > 0 && text[0] == '-' && (text.Length == 1 || text[1] is ' ' or '\t');

    private RegoValue Sequence(int indent)
    {
        var items = new List<RegoValue>();
        while (HasLine && !AtEnd && IndentOf(Line) == indent && IsDash(Line[indent..]))
        {
            // The rest of the line is a node of its own, as deep as it stands.
            _lines[_row] = new string(' ', indent + 1) + Line[(indent + 1)..];
            var inner = IndentOf(Line);
            if (inner == Line.Length || Line[inner] == '#')
            {
                _row++;
                items.Add(Below(indent, sameForSequences: false));
            }
            else
            {
                items.Add(Block(indent + 1));
            }

            SkipBlank();
        }

        if (HasLine && !AtEnd && IndentOf(Line) > indent) throw Wrong("did not find expected '-' indicator");
        return RegoValue.ArrayOf([.. items]);
    }

    private RegoValue Mapping(int indent)
    {
        var entries = new RegoObjectBuilder();
        var merged = new List<RegoValue>();
        while (HasLine && !AtEnd && IndentOf(Line) == indent && !IsDash(Line[indent..]))
        {
            var text = Line[indent..];
            var end = KeyEnd(text);
            if (end < 0) throw Wrong("could not find expected ':'");
            var key = KeyText(text[..end]);
            _lines[_row] = new string(' ', indent + end + 1) + text[(end + 1)..];
            var value = AfterColon(indent);
            if (key == "<<") merged.Add(value);
            else entries.Set(RegoSymbols.Of(key), value);
            SkipBlank();
        }

        if (HasLine && !AtEnd && IndentOf(Line) > indent) throw Wrong("did not find expected key");
        return RegoValue.Of(Merged(entries, merged).Build());
    }

    private RegoObjectBuilder Merged(RegoObjectBuilder entries, List<RegoValue> merged)
    {
        foreach (var source in merged.SelectMany(m => m.AsArray is { } many ? many.Items.ToArray() : [m]))
        {
            if (source.AsObject is not { } from) throw Wrong("map merge requires map or sequence of maps as the value");
            for (var i = 0; i < from.Count; i++)
            {
                if (!entries.Find(from.Keys[i]).IsDefined) entries.Set(from.Keys[i], from.Values[i]);
            }
        }

        return entries;
    }

    private RegoValue AfterColon(int indent)
    {
        var start = IndentOf(Line);
        if (start < Line.Length && Line[start] != '#') return Inline(start, indent, indent + 1);
        _row++;
        return Below(indent, sameForSequences: true);
    }

    /// <summary>The node on the lines below a key or a dash; null when nothing there belongs to it.</summary>
    private RegoValue Below(int indent, bool sameForSequences)
    {
        SkipBlank();
        if (!HasLine || AtEnd) return RegoValue.Null;
        var found = IndentOf(Line);
        if (found > indent) return Block(indent + 1);
        return sameForSequences && found == indent && IsDash(Line[indent..]) ? Block(indent) : RegoValue.Null;
    }

    private string KeyText(string text)
    {
        text = text.Trim();
        if (text.Length > 0 && text[0] is '"' or '\'') return new Flow(this, text).Whole().Text;
        if (text.StartsWith("? ", StringComparison.Ordinal) || text is ['[' or '{', ..]) throw Wrong("keys must be scalars");
        var value = text == "<<" ? RegoValue.Of(text) : YamlScalars.Plain(text);
        return value.AsString?.Text ?? (value.Kind == RegoKind.Null ? "null" : value.ToString());
    }

    /// <summary>Where the colon of a key stands in a line; -1 when the line does not begin with a key.</summary>
    private static int KeyEnd(string text)
    {
        if (text.Length > 0 && text[0] is '[' or '{' or '&' or '*' or '!' or '|' or '>' or '%' or '@' or '`') return -1;
        var i = 0;
        if (text.Length > 0 && text[0] is '"' or '\'')
        {
            var quote = text[0];
            for (i = 1; i < text.Length && text[i] != quote; i++)
            {
                if (quote == '"' && text[i] == '\\') i++;
            }

            i++;
        }

        for (; i < text.Length; i++)
        {
            if (text[i] == '#' && i > 0 && text[i - 1] is ' ' or '\t') return -1;
            if (text[i] == ':' && (i + 1 == text.Length || text[i + 1] is ' ' or '\t')) return i;
        }

        return -1;
    }

    /// <summary>A node that begins in the middle of a line.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="parent">The indent of what holds it.</param>
    /// <param name="least">The least indent of the lines that go on with it.</param>
    private RegoValue Inline(int start, int parent, int least)
    {
        var text = Line[start..];
        switch (text[0])
        {
            case '&':
                return Anchored(text, start, parent);
            case '*':
                return Alias(text);
            case '!':
                return Tagged(text, start, parent);
            case '|' or '>':
                return RegoValue.Of(BlockScalar(text, parent));
            case '"' or '\'' or '[' or '{':
                return FlowNode(start);
            case '@' or '`' or '%':
                throw Wrong("found character that cannot start any token");
            default:
                return YamlScalars.Plain(PlainText(text, least));
        }
    }

    private string PlainText(string text, int least)
    {
        var plain = new StringBuilder(WithoutComment(text));
        if (KeyEnd(plain.ToString()) >= 0) throw Wrong("mapping values are not allowed in this context");
        var breaks = 0;
        for (_row++; HasLine && !AtEnd; _row++)
        {
            var line = Line.Trim(' ', '\t');
            if (line.Length == 0)
            {
                breaks++;
                continue;
            }

            if (line[0] == '#' || IndentOf(Line) < Math.Max(least, 1) || (KeyEnd(line) >= 0 && IndentOf(Line) <= least)) break;
            if (KeyEnd(line) >= 0) throw Wrong("mapping values are not allowed in this context");
            plain.Append(breaks > 0 ? new string('\n', breaks) : " ").Append(WithoutComment(line));
            breaks = 0;
        }

        return plain.ToString();
    }

    private static string WithoutComment(string text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '#' && text[i - 1] is ' ' or '\t') return text[..i].TrimEnd();
        }

        return text.TrimEnd();
    }
}
