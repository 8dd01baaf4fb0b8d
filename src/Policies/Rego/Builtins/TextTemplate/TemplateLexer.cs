using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins.TextTemplate;

/// <summary>What a word of an action is.</summary>
internal enum TemplateTokenKind
{
    Text,
    Open,
    Close,
    Word,
    Field,
    Variable,
    Dot,
    String,
    Character,
    Number,
    Pipe,
    LeftParen,
    RightParen,
    Declare,
    Assign,
    Comma,
    Space,
    End,
}

/// <summary>A word, with its text: of a string what it stands for.</summary>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, int Line);

/// <summary>Takes a template apart (package text/template/parse, "lex").</summary>
internal sealed class TemplateLexer
{
    private readonly string _text;
    private readonly List<TemplateToken> _tokens = [];
    private int _at;
    private int _line = 1;

    private TemplateLexer(string text) => _text = text;

    public static List<TemplateToken> Read(string text)
    {
        var lexer = new TemplateLexer(text);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        var trims = false;
        while (true)
        {
            var open = _text.IndexOf("{{", _at, StringComparison.Ordinal);
            var plain = _text[_at..(open < 0 ? _text.Length : open)];
            var lines = plain.Count(unit => unit == '\n');
            if (trims) plain = plain.TrimStart(' ', '\t', '\r', '\n');
            if (open >= 0 && TrimsBefore(open)) plain = plain.TrimEnd(' ', '\t', '\r', '\n');
            if (plain.Length > 0) Add(TemplateTokenKind.Text, plain);
            _line += lines;
            if (open < 0) break;
            _at = open + (TrimsBefore(open) ? 4 : 2);
            trims = _text.AsSpan(_at).StartsWith("/*", StringComparison.Ordinal) ? SkipComment() : ReadAction();
        }

        Add(TemplateTokenKind.End, "");
    }

    private bool TrimsBefore(int open) => open + 3 < _text.Length && _text[open + 2] == '-' && IsSpace(_text[open + 3]);

    private bool SkipComment()
    {
        var end = _text.IndexOf("*/", _at, StringComparison.Ordinal);
        if (end < 0) throw Wrong("unclosed comment");
        _line += _text.AsSpan(_at, end - _at).Count('\n');
        _at = end + 2;
        return TryClose(out var trims) ? trims : throw Wrong("comment ends before closing delimiter");
    }

    private bool TryClose(out bool trims)
    {
        var rest = _text.AsSpan(_at);
        trims = rest.Length > 1 && IsSpace(rest[0]) && rest[1..].StartsWith("-}}", StringComparison.Ordinal);
        if (!trims && !rest.StartsWith("}}", StringComparison.Ordinal)) return false;
        _at += trims ? 4 : 2;
        return true;
    }

    private bool ReadAction()
    {
        Add(TemplateTokenKind.Open, "");
        while (true)
        {
            if (TryClose(out var trims))
            {
                Add(TemplateTokenKind.Close, "");
                return trims;
            }

            if (_at >= _text.Length) throw Wrong("unclosed action");
            ReadToken();
        }
    }

    private void ReadToken()
    {
        var unit = _text[_at];
        switch (unit)
        {
            case ' ' or '\t' or '\r' or '\n':
                while (_at < _text.Length && IsSpace(_text[_at]) && !(TryPeekTrimClose()))
                {
                    if (_text[_at++] == '\n') _line++;
                }

                Add(TemplateTokenKind.Space, " ");
                break;
            case ':' when Next(1) == '=':
                _at += 2;
                Add(TemplateTokenKind.Declare, ":=");
                break;
            case '=' or '|' or ',' or '(' or ')':
                _at++;
                Add(unit switch
                {
                    '=' => TemplateTokenKind.Assign,
                    '|' => TemplateTokenKind.Pipe,
                    ',' => TemplateTokenKind.Comma,
                    '(' => TemplateTokenKind.LeftParen,
                    _ => TemplateTokenKind.RightParen,
                }, unit.ToString());
                break;
            case '"' or '\'':
                ReadQuoted(unit);
                break;
            case '`':
                var end = _text.IndexOf('`', _at + 1);
                if (end < 0) throw Wrong("unterminated raw quoted string");
                Add(TemplateTokenKind.String, _text[(_at + 1)..end]);
                _at = end + 1;
                break;
            case '.' when !char.IsAsciiDigit(Next(1)):
                _at++;
                var name = TakeName();
                Add(name.Length > 0 ? TemplateTokenKind.Field : TemplateTokenKind.Dot, name);
                break;
            case '$':
                _at++;
                Add(TemplateTokenKind.Variable, "$" + TakeName());
                break;
            default:
                ReadWord(unit);
                break;
        }
    }

    private bool TryPeekTrimClose() => _text.AsSpan(_at + 1).StartsWith("-}}", StringComparison.Ordinal);

    private void ReadWord(char unit)
    {
        var start = _at;
        if (char.IsAsciiDigit(unit) || unit is '+' or '-' or '.')
        {
            _at++;
            while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '_'
                || (_text[_at] is '+' or '-' && _text[_at - 1] is 'e' or 'E'))) _at++;
            Add(TemplateTokenKind.Number, _text[start.._at]);
            return;
        }

        var word = TakeName();
        if (word.Length == 0) throw Wrong($"unexpected {GoQuote.Text(unit.ToString(), false, false)} in command");
        Add(TemplateTokenKind.Word, word);
    }

    private void ReadQuoted(char quote)
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != '\n';)
        {
            var unit = _text[_at++];
            if (unit == quote)
            {
                Add(quote == '"' ? TemplateTokenKind.String : TemplateTokenKind.Character, text.ToString());
                return;
            }

            if (unit == '\\') AppendEscape(text);
            else text.Append(unit);
        }

        throw Wrong(quote == '"' ? "unterminated quoted string" : "unterminated character constant");
    }

    private void AppendEscape(StringBuilder text)
    {
        var unit = Next(0);
        _at++;
        var plain = "abfnrtv\\\"'".IndexOf(unit, StringComparison.Ordinal);
        if (plain >= 0)
        {
            text.Append("\a\b\f\n\r\t\v\\\"'"[plain]);
            return;
        }

        var digits = unit switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => throw Wrong("bad escape") };
        if (_at + digits > _text.Length
            || !int.TryParse(_text.AsSpan(_at, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code)
            || !Rune.IsValid(code)) throw Wrong("bad escape");
        text.Append(new Rune(code).ToString());
        _at += digits;
    }

    private string TakeName()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '_')) _at++;
        return _text[start.._at];
    }

    private char Next(int distance) => _at + distance < _text.Length ? _text[_at + distance] : '\0';

    private static bool IsSpace(char unit) => unit is ' ' or '\t' or '\r' or '\n';

    private void Add(TemplateTokenKind kind, string text) => _tokens.Add(new TemplateToken(kind, text, _line));

    private TemplateException Wrong(string problem) => new($"template: template:{_line}: {problem}");
}
