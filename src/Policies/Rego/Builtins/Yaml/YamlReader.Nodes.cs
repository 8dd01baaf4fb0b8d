using System.Globalization;
using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Yaml;

/// <content>Anchors, aliases, tags and block scalars.</content>
internal sealed partial class YamlReader
{
    private RegoValue Anchored(string text, int start, int parent)
    {
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var name = end < 0 ? text[1..] : text[1..end];
        var before = _values;
        var value = Rest(end < 0 ? text.Length : end, start, parent);
        _anchors[name] = (value, Math.Max(1, _values - before));
        return value;
    }

    private RegoValue Tagged(string text, int start, int parent)
    {
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var tag = end < 0 ? text : text[..end];
        var value = Rest(end < 0 ? text.Length : end, start, parent);
        if (tag is "!!int" or "!!float" or "!!bool" or "!!null" && value.AsString is { } quoted)
        {
            return YamlScalars.Plain(quoted.Text);
        }
        return tag == "!!str" && value.AsString is null && !value.IsCollection
            ? RegoValue.Of(value.Kind == RegoKind.Null ? "" : value.ToString())
            : value;
    }

    private RegoValue Rest(int used, int start, int parent)
    {
        _lines[_row] = new string(' ', start + used) + Line[(start + used)..];
        var next = IndentOf(Line);
        if (next < Line.Length && Line[next] != '#') return Inline(next, parent, parent + 1);
        _row++;
        return Below(parent, sameForSequences: true);
    }

    private RegoValue Alias(string text)
    {
        var name = WithoutComment(text)[1..];
        _row++;
        return Known(name);
    }

    private RegoValue Known(string name)
    {
        if (!_anchors.TryGetValue(name, out var known)) throw Wrong($"unknown anchor '{name}' referenced");
        _values += known.Size;
        if (_values > ValueLimit) throw Wrong("document contains excessive aliasing");
        return known.Value;
    }

    private string BlockScalar(string head, int parent)
    {
        var folds = head[0] == '>';
        var header = WithoutComment(head)[1..];
        var explicitIndent = header.FirstOrDefault(char.IsAsciiDigit);
        var indent = explicitIndent == '\0' ? -1 : Math.Max(parent, 0) + (explicitIndent - '0');
        var lines = new List<string>();
        for (_row++; HasLine; _row++)
        {
            var own = IndentOf(Line);
            var blank = own == Line.Length;
            if (!blank && indent < 0) indent = own > parent ? own : int.MaxValue;
            if (!blank && own < indent) break;
            lines.Add(blank && own <= indent || indent < 0 ? "" : Line[Math.Min(indent, Line.Length)..]);
        }

        var trailing = lines.Count - 1;
        while (trailing >= 0 && lines[trailing].Length == 0) trailing--;
        var kept = lines.Take(trailing + 1).ToList();
        var text = folds ? Folded(kept) : string.Join('\n', kept);
        if (header.Contains('-', StringComparison.Ordinal)
            || (text.Length == 0 && !header.Contains('+', StringComparison.Ordinal))) return text;
        return header.Contains('+', StringComparison.Ordinal) ? text + new string('\n', lines.Count - trailing - 1) : text + "\n";
    }

    private static string Folded(List<string> lines)
    {
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0)
            {
                var hard = lines[i].Length == 0 || lines[i][0] is ' ' or '\t' || lines[i - 1].Length == 0
                    || lines[i - 1][0] is ' ' or '\t';
                text.Append(hard ? lines[i].Length > 0 && lines[i - 1].Length == 0 && lines[i][0] is not (' ' or '\t') ? ""
                    : "\n" : " ");
            }

            text.Append(lines[i]);
        }

        return text.ToString();
    }

    private RegoValue FlowNode(int start)
    {
        var text = new StringBuilder(Line[start..]);
        for (var i = _row + 1; i < _lines.Length; i++) text.Append('\n').Append(_lines[i]);
        var flow = new Flow(this, text.ToString());
        var value = flow.Value();
        var (used, rest) = flow.Used();
        _row += used;
        if (rest.TrimStart(" \t") is not ([] or ['#', ..])) throw Wrong("did not find what was expected after a flow node");
        _row++;
        return value;
    }

    /// <summary>Reads collections in brackets and braces, and quoted scalars, which may span lines.</summary>
    private sealed class Flow(YamlReader reader, string text)
    {
        private int _at;

        public RegoValue Whole()
        {
            var value = Value();
            return text.AsSpan(_at).Trim().IsEmpty ? value : throw reader.Wrong("did not find expected ':'");
        }

        public (int Lines, string Tail) Used()
        {
            var end = text.IndexOf('\n', _at);
            return (text.AsSpan(0, _at).Count('\n'), end < 0 ? text[_at..] : text[_at..end]);
        }

        public RegoValue Value()
        {
            if (++reader._depth > DepthLimit) throw reader.Wrong("the document is nested too deeply");
            reader.Count();
            Space();
            var value = Peek() switch
            {
                '[' => List(),
                '{' => Map(),
                '"' => RegoValue.Of(Double()),
                '\'' => RegoValue.Of(Single()),
                '*' => reader.Known(Plain()[1..]),
                _ => YamlScalars.Plain(Plain()),
            };
            reader._depth--;
            return value;
        }

        private char Peek() => _at < text.Length ? text[_at] : '\0';

        private void Space()
        {
            while (_at < text.Length)
            {
                if (text[_at] is ' ' or '\t' or '\n') _at++;
                else if (text[_at] == '#' && _at > 0 && text[_at - 1] is ' ' or '\t' or '\n')
                {
                    while (_at < text.Length && text[_at] != '\n') _at++;
                }
                else return;
            }

            throw reader.Wrong("did not find expected ',' or closing bracket");
        }

        private RegoValue List()
        {
            var items = new List<RegoValue>();
            _at++;
            for (Space(); Peek() != ']'; Space())
            {
                items.Add(Value());
                Space();
                if (Peek() == ',') _at++;
                else if (Peek() != ']') throw reader.Wrong("did not find expected ',' or ']'");
            }

            _at++;
            return RegoValue.ArrayOf([.. items]);
        }

        private RegoValue Map()
        {
            var entries = new RegoObjectBuilder();
            _at++;
            for (Space(); Peek() != '}'; Space())
            {
                var key = Value();
                var name = key.AsString?.Text ?? (key.IsCollection ? throw reader.Wrong("keys must be scalars") : key.ToString());
                Space();
                var value = RegoValue.Null;
                if (Peek() == ':')
                {
                    _at++;
                    Space();
                    if (Peek() is not (',' or '}')) value = Value();
                    Space();
                }

                entries.Set(RegoSymbols.Of(name), value);
                if (Peek() == ',') _at++;
                else if (Peek() != '}') throw reader.Wrong("did not find expected ',' or '}'");
            }

            _at++;
            return RegoValue.Of(entries.Build());
        }

        private string Plain()
        {
            var start = _at;
            while (_at < text.Length && text[_at] is not (',' or ']' or '}' or '[' or '{' or '\n'))
            {
                if (text[_at] == ':' && (_at + 1 == text.Length || text[_at + 1] is ' ' or ',' or '}' or ']' or '\n')) break;
                if (text[_at] == '#' && _at > start && text[_at - 1] == ' ') break;
                _at++;
            }

            return _at > start ? text[start.._at].TrimEnd() : throw reader.Wrong("did not find expected node content");
        }

        private string Single()
        {
            var made = new StringBuilder();
            for (_at++; _at < text.Length; _at++)
            {
                if (text[_at] == '\'')
                {
                    _at++;
                    if (Peek() != '\'') return made.ToString();
                    made.Append('\'');
                }
                else if (text[_at] == '\n')
                {
                    Fold(made);
                }
                else
                {
                    made.Append(text[_at]);
                }
            }

            throw reader.Wrong("found unexpected end of stream");
        }

        private string Double()
        {
            var made = new StringBuilder();
            for (_at++; _at < text.Length; _at++)
            {
                var c = text[_at];
                if (c == '"')
                {
                    _at++;
                    return made.ToString();
                }

                if (c == '\n') Fold(made);
                else if (c == '\\') Escape(made);
                else made.Append(c);
            }

            throw reader.Wrong("found unexpected end of stream");
        }

        /// <summary>A line break in quotes is a space; each further one is a line break.</summary>
        private void Fold(StringBuilder made)
        {
            while (made.Length > 0 && made[^1] is ' ' or '\t') made.Length--;
            var breaks = 0;
            while (_at < text.Length && text[_at] is '\n' or ' ' or '\t')
            {
                if (text[_at++] == '\n') breaks++;
            }

            _at--;
            if (breaks == 1) made.Append(' ');
            else made.Append('\n', breaks - 1);
        }

        private void Escape(StringBuilder made)
        {
            _at++;
            var code = Peek();
            var plain = "0\0a\ab\bt\tn\nv\vf\fr\re\x1b \x20\"\"//\\\\N\u0085_\u00a0";
            for (var i = 0; i < plain.Length; i += 2)
            {
                if (plain[i] != code) continue;
                made.Append(plain[i + 1]);
                return;
            }

            var digits = code switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (code == '\n')
            {
                while (_at + 1 < text.Length && text[_at + 1] is ' ' or '\t') _at++;
                return;
            }

            if (digits == 0 || _at + digits >= text.Length
                || !int.TryParse(text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                    out var unit)
                || unit is < 0 or > 0x10FFFF or (>= 0xD800 and < 0xE000))
            {
                throw reader.Wrong("found unknown escape character");
            }

            made.Append(char.ConvertFromUtf32(unit));
            _at += digits;
        }
    }
}
