namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>
/// The experimental keywords <c>and</c> and <c>or</c> between literals. Braces beside them hold bodies, parentheses group, and a
/// <c>with</c> at the end is for everything before it.
/// </content>
internal sealed partial class Parser
{
    private bool UsesLogic => _keywords.ContainsKey("and") || _keywords.ContainsKey("or");

    private Literal? ParseLogic()
    {
        Enter();
        try
        {
            if (ParseEither() is not { } literal) return null;
            if (_kind != TokenKind.With) return literal;
            return ParseWiths() is { } withs
                ? new Literal(literal.Place, literal.Shape, literal.IsNegated, [.. literal.Withs, .. withs]) : null;
        }
        finally
        {
            Leave();
        }
    }

    private Literal? ParseEither()
    {
        var left = ParseBoth();
        while (left is not null && _kind == TokenKind.LogicalOr)
        {
            Scan();
            if (ParseBoth(isRight: true) is not { } right) return null;
            left = new Literal(left.Place, new LiteralShape.Logical(false, AsBody(left), AsBody(right)), false, []);
        }

        return left;
    }

    private Literal? ParseBoth(bool isRight = false)
    {
        var left = ParseOperand(isRight);
        while (left is not null && _kind == TokenKind.LogicalAnd)
        {
            Scan();
            if (ParseOperand(isRight: true) is not { } right) return null;
            left = new Literal(left.Place, new LiteralShape.Logical(true, AsBody(left), AsBody(right)), false, []);
        }

        return left;
    }

    private static Body AsBody(Literal literal) => literal.Shape is LiteralShape.Group group ? group.Body : new Body([literal]);

    private Literal? ParseOperand(bool isRight)
    {
        var start = Save();
        var place = Here;
        if (_kind == TokenKind.LeftBrace)
        {
            Scan();
            if (_kind != TokenKind.RightBrace && ParseBody(TokenKind.RightBrace) is { } body)
            {
                Scan();
                if (isRight || _kind is TokenKind.LogicalAnd or TokenKind.LogicalOr)
                {
                    return new Literal(place, new LiteralShape.Group(body), false, []);
                }
            }

            Restore(start);
        }
        else if (_kind == TokenKind.LeftParen && ParseGroup() is { } group)
        {
            return group;
        }

        Restore(start);
        return ParseSimpleLiteral();
    }

    /// <summary>A literal in parentheses, unless the parentheses belong to a term.</summary>
    private Literal? ParseGroup()
    {
        Scan();
        if (ParseLogic() is not { } inner || _kind != TokenKind.RightParen) return null;
        Scan();
        return inner.Shape is LiteralShape.Logical || inner.Withs.Length > 0 ? inner : null;
    }
}
