namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>The experimental keywords <c>and</c> and <c>or</c> between literals.</content>
internal sealed partial class Parser
{
    private bool UsesLogic => _keywords.ContainsKey("and") || _keywords.ContainsKey("or");

    private Literal? ParseEither()
    {
        var left = ParseBoth();
        while (left is not null && _kind == TokenKind.LogicalOr)
        {
            Scan();
            if (ParseBoth() is not { } right) return null;
            left = new Literal(left.Place, new LiteralShape.Logical(false, new Body([left]), new Body([right])), false, []);
        }

        return left;
    }

    private Literal? ParseBoth()
    {
        var left = ParseLogicOperand();
        while (left is not null && _kind == TokenKind.LogicalAnd)
        {
            Scan();
            if (ParseLogicOperand() is not { } right) return null;
            left = new Literal(left.Place, new LiteralShape.Logical(true, new Body([left]), new Body([right])), false, []);
        }

        return left;
    }

    private Literal? ParseLogicOperand() => ParseSimpleLiteral();
}
