using System.Collections.Frozen;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>The tokens of the language.</summary>
internal enum TokenKind
{
    Illegal,
    End,
    Whitespace,
    Identifier,
    Package,
    Import,
    As,
    Default,
    Else,
    Not,
    Some,
    With,
    Null,
    True,
    False,
    Number,
    String,
    RawString,
    TemplatePart,
    TemplateEnd,
    RawTemplatePart,
    RawTemplateEnd,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    Comma,
    Colon,
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
    And,
    Or,
    Unify,
    Assign,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Dot,
    Semicolon,
    Every,
    In,
    Contains,
    If,
    LogicalAnd,
    LogicalOr,
}

/// <summary>One token and where it stands. Text is the identifier or keyword, the number, or the string with its
/// quotes.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Start, int End, int Row, int Column);

/// <summary>Keywords, and what tokens are called in messages.</summary>
internal static class Tokens
{
    /// <summary>Keywords of every version.</summary>
    public static readonly FrozenDictionary<string, TokenKind> Always = new Dictionary<string, TokenKind>
    {
        ["package"] = TokenKind.Package,
        ["import"] = TokenKind.Import,
        ["as"] = TokenKind.As,
        ["default"] = TokenKind.Default,
        ["else"] = TokenKind.Else,
        ["not"] = TokenKind.Not,
        ["some"] = TokenKind.Some,
        ["with"] = TokenKind.With,
        ["null"] = TokenKind.Null,
        ["true"] = TokenKind.True,
        ["false"] = TokenKind.False,
    }.ToFrozenDictionary();

    /// <summary>Keywords that v1 always has and v0 imports.</summary>
    public static readonly FrozenDictionary<string, TokenKind> Future = new Dictionary<string, TokenKind>
    {
        ["every"] = TokenKind.Every,
        ["in"] = TokenKind.In,
        ["contains"] = TokenKind.Contains,
        ["if"] = TokenKind.If,
    }.ToFrozenDictionary();

    /// <summary>Keywords that are imported one by one and only where they are allowed.</summary>
    public static readonly FrozenDictionary<string, TokenKind> Experimental = new Dictionary<string, TokenKind>
    {
        ["and"] = TokenKind.LogicalAnd,
        ["or"] = TokenKind.LogicalOr,
    }.ToFrozenDictionary();

    public static string NameOf(TokenKind kind) => kind switch
    {
        TokenKind.Illegal => "illegal",
        TokenKind.End => "eof",
        TokenKind.Whitespace => "whitespace",
        TokenKind.Identifier => "identifier",
        TokenKind.Package => "package",
        TokenKind.Import => "import",
        TokenKind.As => "as",
        TokenKind.Default => "default",
        TokenKind.Else => "else",
        TokenKind.Not => "not",
        TokenKind.Some => "some",
        TokenKind.With => "with",
        TokenKind.Null => "null",
        TokenKind.True => "true",
        TokenKind.False => "false",
        TokenKind.Number => "number",
        TokenKind.String or TokenKind.RawString => "string",
        TokenKind.TemplatePart or TokenKind.RawTemplatePart => "template-string-part",
        TokenKind.TemplateEnd or TokenKind.RawTemplateEnd => "template-string-end",
        TokenKind.LeftBracket => "[",
        TokenKind.RightBracket => "]",
        TokenKind.LeftBrace => "{",
        TokenKind.RightBrace => "}",
        TokenKind.LeftParen => "(",
        TokenKind.RightParen => ")",
        TokenKind.Comma => ",",
        TokenKind.Colon => ":",
        TokenKind.Plus => "plus",
        TokenKind.Minus => "minus",
        TokenKind.Times => "mul",
        TokenKind.Divide => "div",
        TokenKind.Remainder => "rem",
        TokenKind.And => "and",
        TokenKind.Or => "or",
        TokenKind.Unify => "eq",
        TokenKind.Assign => "assign",
        TokenKind.Equal => "equal",
        TokenKind.NotEqual => "neq",
        TokenKind.Greater => "gt",
        TokenKind.Less => "lt",
        TokenKind.GreaterOrEqual => "gte",
        TokenKind.LessOrEqual => "lte",
        TokenKind.Dot => ".",
        TokenKind.Semicolon => ";",
        TokenKind.Every => "every",
        TokenKind.In => "in",
        TokenKind.Contains => "contains",
        TokenKind.If => "if",
        TokenKind.LogicalAnd => "and",
        TokenKind.LogicalOr => "or",
    };

    public static bool IsKeyword(TokenKind kind) =>
        kind is (>= TokenKind.Package and <= TokenKind.False) or (>= TokenKind.Every and <= TokenKind.LogicalOr);
}
