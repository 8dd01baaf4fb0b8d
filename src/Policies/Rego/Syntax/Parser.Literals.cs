using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>Bodies and literals.</content>
internal sealed partial class Parser
{
    private RegoError[]? _wrongBody;

    private Body? ParseBody(TokenKind end)
    {
        Enter();
        try
        {
            return ParseLiterals(requireSemicolon: false, end);
        }
        finally
        {
            Leave();
        }
    }

    private Body? ParseLiterals(bool requireSemicolon, TokenKind end)
    {
        if (_kind == end)
        {
            Error(Here, "found empty body");
            return null;
        }

        var literals = new List<Literal>();
        while (true)
        {
            if (ParseLiteral() is not { } literal) return null;
            literals.Add(literal);
            if (_kind == TokenKind.Semicolon)
            {
                Scan();
                continue;
            }

            if (_kind == end || requireSemicolon) return new Body(literals);
            if (_skippedNewline) continue;
            if (_errors.Count == 0) Unexpected($"expected \\n or ; or {Tokens.NameOf(end)}");
            return null;
        }
    }

    private Literal? ParseLiteral()
    {
        var begin = _token.Start;
        return (UsesLogic ? ParseLogic() : ParseSimpleLiteral()) is { } literal ? Marked(literal, begin) : null;
    }

    private Literal? ParseSimpleLiteral()
    {
        var place = Here;
        if (TakeKeywordAsName()) return ParsePlain(place, negated: false);
        var negated = _kind == TokenKind.Not;
        if (negated) Scan();
        switch (_kind)
        {
            case TokenKind.Some when negated:
                Unexpected("illegal negation of 'some'");
                return null;
            case TokenKind.Every when negated:
                Unexpected("illegal negation of 'every'");
                return null;
            case TokenKind.Some:
                return ParseSome(place);
            case TokenKind.Every:
                return ParseEvery(place);
            default:
                if (negated && _improvedNot && (ParseNotBody(place) ?? ParseNotGroup(place)) is { } closed) return closed;
                TakeKeywordAsName();
                return negated ? ParseNegated(place) : ParsePlain(place, negated: false);
        }
    }

    /// <summary><c>not { body }</c>, unless the braces turn out to hold a set or an object. What is wrong with the body is only
    /// reported when they do not.</summary>
    private Literal? ParseNotBody(PolicyPlace place)
    {
        if (_kind != TokenKind.LeftBrace) return null;
        _wrongBody = null;
        var start = Save();
        Scan();
        if (_kind != TokenKind.RightBrace && ParseBody(TokenKind.RightBrace) is { } body)
        {
            Scan();
            return ParseWiths() is { } withs ? new Literal(place, new LiteralShape.Not(body), false, withs) : null;
        }

        if (_errors.Count > start.Errors) _wrongBody = [.. _errors[start.Errors..]];
        Restore(start);
        return null;
    }

    private Literal? ParseNotGroup(PolicyPlace place)
    {
        if (!UsesLogic || _kind != TokenKind.LeftParen) return null;
        var start = Save();
        if (ParseGroup() is { } group) return new Literal(place, new LiteralShape.Not(new Body([group])), false, []);
        Restore(start);
        return null;
    }

    private Literal? ParseNegated(PolicyPlace place)
    {
        var (wrongBody, before) = (_wrongBody, _errors.Count);
        _wrongBody = null;
        if (ParsePlain(place, negated: true) is { } literal) return literal;
        if (wrongBody is null) return null;
        _errors.RemoveRange(before, _errors.Count - before);
        _errors.AddRange(wrongBody);
        return null;
    }

    private Literal? ParsePlain(PolicyPlace place, bool negated)
    {
        if (ParseExpression() is not { } term || (UsesLogic ? [] : ParseWiths()) is not { } withs) return null;
        if (!negated || !_improvedNot) return new Literal(place, new LiteralShape.Plain(term), negated, withs);
        return new Literal(place, new LiteralShape.Not(new Body([Literal.Of(place, term)])), false, withs);
    }

    private Term? ParseExpression()
    {
        var begin = _token.Start;
        if (ParseInfix() is not { } left) return null;
        if (_kind is not (TokenKind.Assign or TokenKind.Unify)) return left;
        var (name, mark) = (Tokens.NameOf(_kind), _token);
        Scan();
        return ParseInfix() is { } right ? Infix(name, mark, begin, left, right) : null;
    }

    private With[]? ParseWiths()
    {
        if (_kind != TokenKind.With) return [];
        var withs = new List<With>();
        while (_kind == TokenKind.With)
        {
            var (place, begin) = (Here, _token.Start);
            Scan();
            if (_kind != TokenKind.Identifier)
            {
                Unexpected("expected ident");
                return null;
            }

            var target = ParseTerm();
            if (target is null) return null;
            if (target is not (Term.Ref or Term.Var)) Unexpected("expected with target path");
            if (_kind != TokenKind.As)
            {
                Unexpected("expected as keyword");
                return null;
            }

            Scan();
            if (ParseInfix() is not { } value) return null;
            withs.Add(Marked(new With(place, target, value), begin));
        }

        return [.. withs];
    }

    private Literal? ParseSome(PolicyPlace place)
    {
        var start = Save();
        Scan();
        if (ParseInfix() is Term.Call call)
        {
            LiteralShape.Each? each = call switch
            {
                { Name: "internal.member_2", Operands: [var value, var domain] } => new LiteralShape.Each(null, value, domain),
                { Name: "internal.member_3", Operands: [var key, var value, var domain] } =>
                    new LiteralShape.Each(key, value, domain),
                _ => null,
            };
            if (each is null)
            {
                Unexpected("expected `x in xs` or `x, y in xs` expression");
                return null;
            }

            return ParseWiths() is { } withs ? new Literal(place, each, false, withs) : null;
        }

        Restore(start);
        var names = new List<Term.Var>();
        do
        {
            Scan();
            if (_kind != TokenKind.Identifier)
            {
                Unexpected("expected var");
                return null;
            }

            var (name, begin) = (ParseVar(), _token.Start);
            Scan();
            names.Add(Marked(name, begin));
        }
        while (_kind == TokenKind.Comma);

        return new Literal(place, new LiteralShape.Declare(names), false, []);
    }

    private Literal? ParseEvery(PolicyPlace place)
    {
        Scan();
        var term = ParseInfix();
        if (term is null) return null;
        Term? key = null;
        Term value, domain;
        switch (term)
        {
            case Term.Call { Name: "internal.member_2", Operands: [var v, var d] }:
                (value, domain) = (v, d);
                break;
            case Term.Call { Name: "internal.member_3", Operands: [var k, var v, var d] }:
                (key, value, domain) = (k, v, d);
                break;
            default:
                Unexpected("expected `x[, y] in xs { ... }` expression");
                return null;
        }

        if (key is not (null or Term.Var) || value is not Term.Var name)
        {
            Unexpected(key is not (null or Term.Var) ? "expected key to be a variable" : "expected value to be a variable");
            return null;
        }

        if (_kind != TokenKind.LeftBrace)
        {
            Unexpected("missing body");
            return null;
        }

        if (ParseBraceBody() is not { } body || ParseWiths() is not { } withs) return null;
        return new Literal(place, new LiteralShape.Every((Term.Var?)key, name, domain, body), false, withs);
    }
}
