using System.Globalization;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>Cuts GraphQL text into tokens. Comments, commas and white space are left out.</summary>
internal sealed class Lexer
{
    private const string Signs = "!$&()[]{}|:=@";

    private readonly string _text;
    private int _at;
    private int _line = 1;
    private int _lineStart;

    public Lexer(string text)
    {
        _text = text;
    }

    private char Now => _at < _text.Length ? _text[_at] : '\0';

    /// <summary>The next token; at the end, End for ever. What is no token is Invalid.</summary>
    public Token Next()
    {
        SkipIgnored();
        if (_at >= _text.Length) return new Token(TokenKind.End, "", _line, Column(_at));
        var start = _at;
        if (Signs.Contains(Now))
        {
            _at++;
            return Made(TokenKind.Punctuator, start, start);
        }

        if (Now == '.') return Dots(start);
        if (char.IsAsciiLetter(Now) || Now == '_')
        {
            while (char.IsAsciiLetterOrDigit(Now) || Now == '_') _at++;
            return Made(TokenKind.Name, start, start);
        }

        if (char.IsAsciiDigit(Now) || Now == '-') return Number(start);
        if (Now != '"') return Invalid();
        return string.CompareOrdinal(_text, _at, "\"\"\"", 0, 3) == 0 ? Block(start) : Quoted(start);
    }

    private int Column(int at)
    {
        var column = 1;
        for (var i = _lineStart; i < at; i++)
        {
            if (!char.IsLowSurrogate(_text[i])) column++;
        }

        return column;
    }

    private Token Made(TokenKind kind, int start, int shown) => new(kind, _text[start.._at], _line, Column(shown));

    private Token Invalid() => new(TokenKind.Invalid, "", _line, Column(_at));

    private void SkipIgnored()
    {
        while (_at < _text.Length)
        {
            if (Now is '\n' or '\r') SkipLineEnd();
            else if (Now is ' ' or '\t' or ',' or '\uFEFF') _at++;
            else if (Now == '#') _at = _text.AsSpan(_at).IndexOfAny('\n', '\r') is var n and >= 0 ? _at + n : _text.Length;
            else return;
        }
    }

    private void SkipLineEnd()
    {
        _at += Now == '\r' && _at + 1 < _text.Length && _text[_at + 1] == '\n' ? 2 : 1;
        _line++;
        _lineStart = _at;
    }

    private Token Dots(int start)
    {
        if (string.CompareOrdinal(_text, _at, "...", 0, 3) != 0) return Invalid();
        _at += 3;
        return Made(TokenKind.Punctuator, start, start);
    }

    private Token Number(int start)
    {
        var isFloat = false;
        if (Now == '-') _at++;
        if (Now == '0')
        {
            _at++;
            if (char.IsAsciiDigit(Now)) return Invalid();
        }
        else if (!Digits())
        {
            return Invalid();
        }

        if (Now == '.')
        {
            isFloat = true;
            _at++;
            if (!Digits()) return Invalid();
        }

        if (Now is 'e' or 'E')
        {
            isFloat = true;
            _at++;
            if (Now is '+' or '-') _at++;
            if (!Digits()) return Invalid();
        }

        return Made(isFloat ? TokenKind.Float : TokenKind.Int, start, start);
    }

    private bool Digits()
    {
        var start = _at;
        while (char.IsAsciiDigit(Now)) _at++;
        return _at > start;
    }

    private Token Quoted(int start)
    {
        _at++;
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            var unit = _text[_at];
            if (unit is '\n' or '\r' || (unit < ' ' && unit != '\t')) return Invalid();
            _at++;
            if (unit == '"') return new Token(TokenKind.String, text.ToString(), _line, Column(start + 1));
            if (unit != '\\') text.Append(unit);
            else if (!Escape(text)) return Invalid();
        }

        return Invalid();
    }

    private bool Escape(StringBuilder text)
    {
        var sign = Now;
        _at++;
        if (sign == 'u')
        {
            if (_at + 4 > _text.Length
                || !ushort.TryParse(_text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                    out var code))
            {
                return false;
            }

            text.Append((char)code);
            _at += 4;
            return true;
        }

        var known = "\"\\/bfnrt".IndexOf(sign, StringComparison.Ordinal);
        if (known >= 0) text.Append("\"\\/\b\f\n\r\t"[known]);
        return known >= 0;
    }

    private Token Block(int start)
    {
        var (line, column) = (_line, Column(start + 3));
        _at += 3;
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            if (string.CompareOrdinal(_text, _at, "\"\"\"", 0, 3) == 0)
            {
                _at += 3;
                return new Token(TokenKind.BlockString, Outdented(text.ToString()), line, column);
            }

            if (string.CompareOrdinal(_text, _at, "\\\"\"\"", 0, 4) == 0)
            {
                text.Append("\"\"\"");
                _at += 4;
            }
            else if (Now is '\n' or '\r')
            {
                text.Append('\n');
                SkipLineEnd();
            }
            else if (Now < ' ' && Now != '\t')
            {
                return Invalid();
            }
            else
            {
                text.Append(_text[_at++]);
            }
        }

        return Invalid();
    }

    /// <summary>The value of a block string: without the indentation that its lines share, and without blank lines at its ends
    /// (GraphQL specification, section 2.9.4).</summary>
    private static string Outdented(string raw)
    {
        var lines = raw.Split('\n');
        var shared = int.MaxValue;
        foreach (var line in lines.Skip(1).Where(line => !IsBlank(line)))
            shared = Math.Min(shared, line.Length - line.TrimStart(' ', '\t').Length);
        var (first, last) = (0, lines.Length);
        while (first < last && IsBlank(lines[first])) first++;
        while (last > first && IsBlank(lines[last - 1])) last--;
        var kept = lines.Select((line, i) => i == 0 || shared == int.MaxValue ? line : line[Math.Min(shared, line.Length)..]);
        return string.Join('\n', kept.Skip(first).Take(last - first));
    }

    private static bool IsBlank(string line) => line.AsSpan().Trim(" \t").IsEmpty;
}
