using System.Globalization;
using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>
/// Cuts source text into tokens. The parser asks for one token at a time and may go back to any place, so the state of a lexer is
/// four numbers. Columns count code points from 1.
/// </summary>
internal sealed class Lexer
{
    private readonly string _file;
    private readonly string _text;
    private int _at;
    private int _row = 1;
    private int _column = 1;
    private int _commentsTo = -1;

    public Lexer(string file, string text)
    {
        _file = file;
        _text = text;
        if (text.StartsWith('\uFEFF')) _at = 1;
    }

    /// <summary>Where the lexer stands.</summary>
    public (int At, int Row, int Column) Position
    {
        get => (_at, _row, _column);
        set => (_at, _row, _column) = value;
    }

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    /// <summary>The next token; comments are handed over, each once however often the parser goes back, and skipped. Keywords come out
    /// as identifiers: the parser knows which apply.</summary>
    public Token Next(List<SourceComment> comments, List<RegoError> errors)
    {
        while (true)
        {
            if (_at >= _text.Length) return new Token(TokenKind.End, "", _at, _at, _row, _column);
            if (_text[_at] != '#') return Scan(errors);
            ReadComment(comments);
        }
    }

    /// <summary>The rest of a template string after the brace that closed an expression.</summary>
    public Token ContinueTemplate(bool raw, List<RegoError> errors)
    {
        // The closing brace is the first character of the part, as the quote is of the first part.
        return Template(_at - 1, raw, errors, _row, _column - 1);
    }

    private Token Scan(List<RegoError> errors)
    {
        var (start, row, column) = Position;
        var c = _text[_at];
        if (c is ' ' or '\t' or '\r' or '\n')
        {
            Advance();
            return c == '\n'
                ? new Token(TokenKind.Whitespace, "\n", start, _at, row + 1, 0)
                : new Token(TokenKind.Whitespace, " ", start, _at, row, column);
        }

        if (char.IsAsciiLetter(c) || c == '_')
        {
            do Advance();
            while (_at < _text.Length && (char.IsAsciiLetterOrDigit(Current) || Current == '_' || char.IsDigit(Current)));
            return Made(TokenKind.Identifier, start, row, column);
        }

        if (char.IsAsciiDigit(c)) return Number(errors, start, row, column);
        if (c == '"') return String(errors, start, row, column);
        if (c == '`') return RawString(errors, start, row, column);
        if (c == '$' && _at + 1 < _text.Length && _text[_at + 1] is '"' or '`')
        {
            Advance();
            var raw = Current == '`';
            Advance();
            return Template(start + 1, raw, errors, row, column);
        }

        return Symbol(errors, start, row, column);
    }

    private Token Symbol(List<RegoError> errors, int start, int row, int column)
    {
        var c = Current;
        Advance();
        var two = Current == '=';
        var kind = c switch
        {
            '.' => TokenKind.Dot,
            '[' => TokenKind.LeftBracket,
            ']' => TokenKind.RightBracket,
            '{' => TokenKind.LeftBrace,
            '}' => TokenKind.RightBrace,
            '(' => TokenKind.LeftParen,
            ')' => TokenKind.RightParen,
            ',' => TokenKind.Comma,
            ';' => TokenKind.Semicolon,
            '+' => TokenKind.Plus,
            '-' => TokenKind.Minus,
            '*' => TokenKind.Times,
            '/' => TokenKind.Divide,
            '%' => TokenKind.Remainder,
            '&' => TokenKind.And,
            '|' => TokenKind.Or,
            ':' => two ? TokenKind.Assign : TokenKind.Colon,
            '=' => two ? TokenKind.Equal : TokenKind.Unify,
            '<' => two ? TokenKind.LessOrEqual : TokenKind.Less,
            '>' => two ? TokenKind.GreaterOrEqual : TokenKind.Greater,
            '!' when two => TokenKind.NotEqual,
            _ => TokenKind.Illegal,
        };
        if (two && c is ':' or '=' or '<' or '>' or '!' && Current == '=') Advance();
        if (kind == TokenKind.Illegal)
        {
            errors.Add(Wrong(row, column, c == '!' || c == '$' ? $"illegal {c} character" : "illegal token"));
        }

        return Made(kind, start, row, column);
    }

    private Token Number(List<RegoError> errors, int start, int row, int column)
    {
        var count = errors.Count;
        Digits();
        if (Current == '.')
        {
            Advance();
            if (!Digits()) errors.Add(Wrong(row, column, "expected fraction"));
        }

        if (Current is 'e' or 'E')
        {
            Advance();
            if (Current is '+' or '-') Advance();
            if (!Digits()) errors.Add(Wrong(row, column, "expected exponent"));
        }

        if (char.IsAsciiLetter(Current) || Current == '_')
        {
            errors.Add(Wrong(row, column, "illegal number format"));
            while (char.IsAsciiLetterOrDigit(Current) || Current == '_') Advance();
        }

        return Made(errors.Count == count ? TokenKind.Number : TokenKind.Illegal, start, row, column);
    }

    private bool Digits()
    {
        var start = _at;
        while (char.IsAsciiDigit(Current)) Advance();
        return _at > start;
    }

    private Token String(List<RegoError> errors, int start, int row, int column)
    {
        Advance();
        while (true)
        {
            if (_at >= _text.Length || Current == '\n')
            {
                errors.Add(Wrong(row, column, "non-terminated string"));
                return Made(TokenKind.Illegal, start, row, column);
            }

            var c = Current;
            Advance();
            if (c == '"') return Made(TokenKind.String, start, row, column);
            if (c != '\\') continue;
            if (!EscapeIsFine())
            {
                errors.Add(Wrong(row, column, "illegal escape sequence"));
                return Made(TokenKind.Illegal, start, row, column);
            }
        }
    }

    private bool EscapeIsFine()
    {
        var c = Current;
        if (c is '\n' or '\0') return false;
        Advance();
        if (c != 'u') return c is '\\' or '"' or '/' or 'b' or 'f' or 'n' or 'r' or 't';
        for (var i = 0; i < 4; i++)
        {
            if (!char.IsAsciiHexDigit(Current)) return false;
            Advance();
        }

        return true;
    }

    private Token RawString(List<RegoError> errors, int start, int row, int column)
    {
        Advance();
        while (_at < _text.Length)
        {
            var c = Current;
            Advance();
            if (c == '`') return Made(TokenKind.RawString, start, row, column);
        }

        errors.Add(Wrong(row, column, "non-terminated string"));
        return Made(TokenKind.Illegal, start, row, column);
    }

    private Token Template(int start, bool raw, List<RegoError> errors, int row, int column)
    {
        while (_at < _text.Length && (raw || Current != '\n'))
        {
            var c = Current;
            Advance();
            if (c == '{') return Made(raw ? TokenKind.RawTemplatePart : TokenKind.TemplatePart, start, row, column);
            if (c == (raw ? '`' : '"')) return Made(raw ? TokenKind.RawTemplateEnd : TokenKind.TemplateEnd, start, row, column);
            if (c != '\\') continue;
            if (Current == '{') Advance();
            else if (!raw && !EscapeIsFine())
            {
                errors.Add(Wrong(row, column, "illegal escape sequence"));
                return Made(TokenKind.Illegal, start, row, column);
            }
        }

        errors.Add(Wrong(row, column, "non-terminated string"));
        return Made(TokenKind.Illegal, start, row, column);
    }

    private void ReadComment(List<SourceComment> comments)
    {
        var (start, row, column) = Position;
        while (_at < _text.Length && Current != '\n') Advance();
        if (start <= _commentsTo) return;
        _commentsTo = start;
        comments.Add(new SourceComment(_text[(start + 1).._at].TrimEnd('\r'), row, column));
    }

    private Token Made(TokenKind kind, int start, int row, int column) => new(kind, _text[start.._at], start, _at, row, column);

    private void Advance()
    {
        var c = _text[_at++];
        if (c == '\n')
        {
            _row++;
            _column = 1;
        }
        else if (!char.IsLowSurrogate(c) || CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.Surrogate)
        {
            _column++;
        }
    }

    private RegoError Wrong(int row, int column, string message) =>
        new(RegoErrorCodes.Parse, message, new PolicyPlace(_file, row, column));
}

/// <summary>A comment: its text after the #, and where the # stands.</summary>
internal sealed record SourceComment(string Text, int Row, int Column);
