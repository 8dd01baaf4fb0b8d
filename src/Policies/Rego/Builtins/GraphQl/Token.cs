namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>What a token is (GraphQL specification, section 2.1).</summary>
internal enum TokenKind
{
    Invalid,
    End,
    Punctuator,
    Name,
    Int,
    Float,
    String,
    BlockString,
}

/// <summary>One token.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The value of names, numbers and strings; the sign itself of punctuators.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Column">Its column in code points, from 1; of strings, that of the first character inside.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, int Column)
{
    /// <summary>Whether it is this punctuator.</summary>
    public bool Is(string sign) => Kind == TokenKind.Punctuator && Text == sign;

    /// <summary>Whether it is this word.</summary>
    public bool IsWord(string word) => Kind == TokenKind.Name && Text == word;

    /// <summary>The kind as messages name it.</summary>
    public string KindName => Kind switch
    {
        TokenKind.Invalid => "<Invalid>",
        TokenKind.End => "<EOF>",
        TokenKind.Punctuator => Text,
        TokenKind.Name => "Name",
        TokenKind.Int => "Int",
        TokenKind.Float => "Float",
        TokenKind.String => "String",
        TokenKind.BlockString => "BlockString",
    };

    /// <summary>The token as messages name it: <c>Name "Type"</c>.</summary>
    public override string ToString() => Text.Length == 0 || Kind == TokenKind.Punctuator
        ? KindName
        : $"{KindName} {GoQuote.Text(Text, ascii: false, backquote: false)}";
}
