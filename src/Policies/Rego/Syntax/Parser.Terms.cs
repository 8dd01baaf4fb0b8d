using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>Terms: infix calls by precedence, then single terms.</content>
internal sealed partial class Parser
{
    private const int LoosestLevel = 0;
    private const int TightestLevel = 4;

    private static int LevelOf(TokenKind kind) => kind switch
    {
        TokenKind.Equal or TokenKind.NotEqual or TokenKind.Less or TokenKind.Greater or TokenKind.LessOrEqual
            or TokenKind.GreaterOrEqual
            => LoosestLevel,
        TokenKind.Or => 1,
        TokenKind.And => 2,
        TokenKind.Plus or TokenKind.Minus => 3,
        TokenKind.Times or TokenKind.Divide or TokenKind.Remainder => TightestLevel,
        _ => -1,
    };

    private Term? ParseInfix() => ParseMembership(pairs: true);

    private Term? ParseInfixInList() => ParseMembership(pairs: false);

    /// <summary><c>x in xs</c>, and <c>k, v in xs</c> where a comma cannot mean anything else.</summary>
    private Term? ParseMembership(bool pairs)
    {
        Enter();
        var begin = _token.Start;
        var left = ParseBinary(LoosestLevel);
        while (left is not null)
        {
            if (pairs && _kind == TokenKind.Comma)
            {
                var start = Save();
                Scan();
                if (ParseBinary(LoosestLevel) is { } middle && _kind == TokenKind.In)
                {
                    var mark = _token;
                    Scan();
                    if (ParseBinary(LoosestLevel) is { } collection)
                    {
                        left = Infix("internal.member_3", mark, begin, left, middle, collection);
                        if (_kind == TokenKind.In) continue;
                        break;
                    }
                }

                Restore(start);
            }

            TakeKeywordAsName();
            if (_kind != TokenKind.In) break;
            var sign = _token;
            Scan();
            if (ParseBinary(LoosestLevel) is not { } right) break;
            left = Infix("internal.member_2", sign, begin, left, right);
            if (_kind != TokenKind.In) break;
        }

        Leave();
        return left;
    }

    private Term? ParseBinary(int level)
    {
        var begin = _token.Start;
        var left = level == TightestLevel ? ParseTerm() : ParseBinary(level + 1);
        while (left is not null && LevelOf(_kind) == level)
        {
            var (name, mark) = (Tokens.NameOf(_kind), _token);
            Scan();
            var right = level == TightestLevel ? ParseTerm() : ParseBinary(level + 1);
            if (right is null) break;
            left = Infix(name, mark, begin, left, right);
        }

        return left;
    }

    private Term? ParseTerm()
    {
        Enter();
        try
        {
            var key = (_token.Start, _kind, _keywords.Count);
            if (_known.TryGetValue(key, out var known))
            {
                var count = _errors.Count;
                Restore(known.After with { Errors = count });
                _errors.AddRange(known.Errors);
                return known.Term;
            }

            var (before, begin) = (_errors.Count, _token.Start);
            var term = FinishTerm(ParseTermStart(), begin);
            _known[key] = (term, Save(), [.. _errors[Math.Min(before, _errors.Count)..]]);
            return term;
        }
        finally
        {
            Leave();
        }
    }

    private Term? ParseTermStart()
    {
        var place = Here;
        switch (_kind)
        {
            case TokenKind.Null:
                return new Term.Constant(place, RegoValue.Null);
            case TokenKind.True:
                return new Term.Constant(place, RegoValue.True);
            case TokenKind.False:
                return new Term.Constant(place, RegoValue.False);
            case TokenKind.Minus or TokenKind.Dot or TokenKind.Number:
                return ParseNumberOrMinus();
            case TokenKind.String or TokenKind.RawString:
                return ParseString();
            case TokenKind.TemplatePart or TokenKind.TemplateEnd:
                return ParseTemplate(raw: false);
            case TokenKind.RawTemplatePart or TokenKind.RawTemplateEnd:
                return ParseTemplate(raw: true);
            case TokenKind.Identifier or TokenKind.Contains:
                return ParseVar();
            case TokenKind.LeftBracket:
                return ParseArray();
            case TokenKind.LeftBrace:
                return ParseSetOrObject();
            case TokenKind.LeftParen:
                return ParseParenthesised();
            case TokenKind.LogicalAnd or TokenKind.LogicalOr:
                return ParseSetFunction();
            default:
                Unexpected();
                return null;
        }
    }

    /// <summary><c>and(x, y)</c> and <c>or(x, y)</c> stay set functions where the keywords are imported.</summary>
    private Term.Var? ParseSetFunction()
    {
        var start = Save();
        ScanAdjacent();
        var isCall = _kind == TokenKind.LeftParen;
        Restore(start);
        if (isCall) return ParseVar();
        Unexpected();
        return null;
    }

    private Term? ParseParenthesised()
    {
        Scan();
        if (ParseInfix() is not { } inner) return null;
        if (_kind == TokenKind.RightParen) return inner;
        Error(Here, "non-terminated expression");
        return null;
    }

    private Term? FinishTerm(Term? head, int begin)
    {
        if (head is null) return null;
        ScanAdjacent();
        Marked(head, begin);
        switch (_kind)
        {
            case TokenKind.LeftParen or TokenKind.Dot or TokenKind.LeftBracket:
                return ParseRef(head, begin);
            case TokenKind.Whitespace:
                ScanKeepingNewline();
                break;
        }

        return head is Term.Var { Name: "input" or "data" } ? Marked(new Term.Ref(head.Place, [head]), begin) : head;
    }

    private void ScanKeepingNewline()
    {
        var skipped = _skippedNewline;
        Scan();
        _skippedNewline |= skipped;
    }

    private Term? ParseHeadTerm(Term head, int begin)
    {
        ScanAdjacent();
        Marked(head, begin);
        if (LevelOf(_kind) >= 0) Unexpected();
        if (_kind == TokenKind.Whitespace) ScanKeepingNewline();
        if (_kind is TokenKind.LeftParen or TokenKind.Dot or TokenKind.LeftBracket) return ParseRef(head, begin);
        return head is Term.Var { Name: "input" or "data" } ? Marked(new Term.Ref(head.Place, [head]), begin) : head;
    }

    private Term? ParseRef(Term head, int begin)
    {
        Enter();
        try
        {
            if (head is Term.Constant or Term.Template)
            {
                Error(head.Place, $"illegal ref (head cannot be {TermKinds.NameOf(head)})");
            }
            var parts = new List<Term> { head };
            while (true)
            {
                switch (_kind)
                {
                    case TokenKind.Dot:
                        if (!ParseDotted(parts)) return null;
                        break;
                    case TokenKind.LeftParen:
                        return ParseCall(MarkedToHere(new Term.Ref(head.Place, [.. parts]), begin), begin);
                    case TokenKind.LeftBracket:
                        if (!ParseBracketed(parts)) return null;
                        break;
                    case TokenKind.Whitespace:
                        ScanKeepingNewline();
                        return Marked(new Term.Ref(head.Place, [.. parts]), begin);
                    default:
                        return Marked(new Term.Ref(head.Place, [.. parts]), begin);
                }
            }
        }
        finally
        {
            Leave();
        }
    }

    private bool ParseDotted(List<Term> parts)
    {
        ScanAdjacent();
        if (_kind != TokenKind.Identifier && !IsRefKeyword(_kind))
        {
            Unexpected("expected identifier");
            return false;
        }

        var (name, begin) = (new Term.Constant(Here, RegoSymbols.Of(_token.Text)), _token.Start);
        ScanAdjacent();
        parts.Add(Marked(name, begin));
        return true;
    }

    private bool ParseBracketed(List<Term> parts)
    {
        Scan();
        if (ParseInfix() is not { } key) return false;
        if (_kind != TokenKind.RightBracket)
        {
            Unexpected("expected [");
            return false;
        }

        parts.Add(key);
        ScanAdjacent();
        return true;
    }

    private Term? ParseCall(Term.Ref function, int begin)
    {
        Scan();
        Term? call;
        if (_kind == TokenKind.RightParen)
        {
            call = function is { Parts.Length: 1, HeadName: "set" }
                ? new Term.Set(function.Place, [])
                : new Term.Call(function.Place, function, []);
        }
        else
        {
            if (ParseList(TokenKind.RightParen, []) is not { } operands) return null;
            call = new Term.Call(function.Place, function, operands);
        }

        ScanAdjacent();
        Marked(call, begin);
        switch (_kind)
        {
            case TokenKind.Whitespace:
                ScanKeepingNewline();
                return call;
            case TokenKind.Dot or TokenKind.LeftBracket:
                return ParseRef(call, begin);
            default:
                return call;
        }
    }

    private Term.Var ParseVar() => new(Here, _token.Text == "_" ? NextWildcard() : _token.Text);

    private string NextWildcard() => $"${_wildcards++}";
}
