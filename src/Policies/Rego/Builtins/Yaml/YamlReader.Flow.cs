using System.Globalization;
using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Yaml;

/// <content>The flow style: JSON-like collections and quoted texts.</content>
internal sealed partial class YamlReader
{
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
            if (++reader._depth > DepthLimit) throw TooDeep();
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
