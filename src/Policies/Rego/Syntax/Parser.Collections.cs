using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>Arrays, sets, objects and comprehensions. A bar after the first term means a comprehension, never a union.</content>
internal sealed partial class Parser
{
    private Term? ParseArray()
    {
        var place = Here;
        Scan();
        if (_kind == TokenKind.RightBracket) return new Term.Array(place, []);
        var maybeComprehension = SkipLeadingComma();
        var start = Save();
        if (ParseTerm() is not { } head) return null;
        switch (_kind)
        {
            case TokenKind.RightBracket:
                return new Term.Array(place, [head]);
            case TokenKind.Comma:
                Scan();
                return ParseList(TokenKind.RightBracket, [head]) is { } items ? new Term.Array(place, items) : null;
            case TokenKind.Or when maybeComprehension:
                Scan();
                if (ParseBody(TokenKind.RightBracket) is { } body)
                {
                    return new Term.Comprehension(place, RegoKind.Array, null, head, body);
                }
                if (_kind != TokenKind.Comma) return null;
                break;
        }

        Restore(start);
        return ParseList(TokenKind.RightBracket, []) is { } all ? new Term.Array(place, all) : null;
    }

    private bool SkipLeadingComma()
    {
        if (_kind != TokenKind.Comma) return true;
        Scan();
        return false;
    }

    private Term? ParseSetOrObject()
    {
        var place = Here;
        Scan();
        if (_kind == TokenKind.RightBrace) return new Term.Object(place, []);
        var maybeComprehension = SkipLeadingComma();
        var start = Save();
        if (ParseTerm() is not { } head) return null;
        switch (_kind)
        {
            case TokenKind.Or when maybeComprehension:
            case TokenKind.RightBrace or TokenKind.Comma:
                return ParseSet(place, start, head, maybeComprehension);
            case TokenKind.Colon:
                return ParseObject(place, head, maybeComprehension);
        }

        Restore(start);
        head = ParseInfixInList();
        if (head is null) return null;
        switch (_kind)
        {
            case TokenKind.RightBrace or TokenKind.Comma:
                return ParseSet(place, start, head, maybeComprehension: false);
            case TokenKind.Colon:
                return ParseObject(place, head, maybeComprehension);
            default:
                Unexpected("non-terminated set");
                return null;
        }
    }

    private Term? ParseSet(PolicyPlace place, State start, Term head, bool maybeComprehension)
    {
        switch (_kind)
        {
            case TokenKind.RightBrace:
                return new Term.Set(place, [head]);
            case TokenKind.Comma:
                Scan();
                return ParseList(TokenKind.RightBrace, [head]) is { } items ? new Term.Set(place, items) : null;
            default:
                if (maybeComprehension)
                {
                    Scan();
                    if (ParseBody(TokenKind.RightBrace) is { } body)
                    {
                        return new Term.Comprehension(place, RegoKind.Set, null, head, body);
                    }
                    if (_kind != TokenKind.Comma) return null;
                }

                Restore(start);
                return ParseList(TokenKind.RightBrace, []) is { } all ? new Term.Set(place, all) : null;
        }
    }

    private Term? ParseObject(PolicyPlace place, Term key, bool maybeComprehension)
    {
        Scan();
        var start = Save();
        if (ParseTerm() is not { } value) return null;
        var maybeRelation = true;
        if (maybeComprehension && _kind is TokenKind.RightBrace or TokenKind.Comma or TokenKind.Or)
        {
            maybeRelation = _kind == TokenKind.Or;
            if (FinishObject(place, key, value, maybeComprehension: true) is { } made) return made;
        }

        Restore(start);
        if (maybeRelation)
        {
            if (ParseInfixInList() is not { } relation) return null;
            if (_kind is TokenKind.RightBrace or TokenKind.Comma)
            {
                return FinishObject(place, key, relation, maybeComprehension: false);
            }
        }

        Unexpected("non-terminated object");
        return null;
    }

    private Term? FinishObject(PolicyPlace place, Term key, Term value, bool maybeComprehension)
    {
        switch (_kind)
        {
            case TokenKind.RightBrace:
                return new Term.Object(place, [new(key, value)]);
            case TokenKind.Or when maybeComprehension:
                Scan();
                return ParseBody(TokenKind.RightBrace) is { } body
                    ? new Term.Comprehension(place, RegoKind.Object, key, value, body)
                    : null;
            case TokenKind.Comma:
                Scan();
                return ParsePairs(new(key, value)) is { } entries ? new Term.Object(place, Distinct(entries)) : null;
            default:
                Unexpected("non-terminated object");
                return null;
        }
    }

    /// <summary>Of entries whose keys are written alike the last one stays, in the place of the first: the others are never evaluated.</summary>
    private static KeyValuePair<Term, Term>[] Distinct(KeyValuePair<Term, Term>[] entries)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var kept = new List<KeyValuePair<Term, Term>>(entries.Length);
        foreach (var entry in entries)
        {
            var text = entry.Key is Term.Constant or Term.Ref ? TermText.Of(entry.Key) : null;
            if (text is not null && places.TryGetValue(text, out var place))
            {
                kept[place] = entry;
                continue;
            }

            if (text is not null) places[text] = kept.Count;
            kept.Add(entry);
        }

        return kept.Count == entries.Length ? entries : [.. kept];
    }

    private KeyValuePair<Term, Term>[]? ParsePairs(KeyValuePair<Term, Term> first)
    {
        var entries = new List<KeyValuePair<Term, Term>> { first };
        while (_kind != TokenKind.RightBrace)
        {
            if (ParseInfixInList() is not { } key) return null;
            if (_kind != TokenKind.Colon)
            {
                Unexpected("expected \":\"");
                return null;
            }

            Scan();
            if (ParseInfixInList() is not { } value) return null;
            entries.Add(new(key, value));
            if (_kind == TokenKind.Comma)
            {
                Scan();
            }
            else if (_kind != TokenKind.RightBrace)
            {
                Unexpected("expected \",\" or \"}\"");
                return null;
            }
        }

        return [.. entries];
    }

    private Term[]? ParseList(TokenKind end, Term[] before)
    {
        var items = new List<Term>(before);
        while (_kind != end)
        {
            if (ParseInfixInList() is not { } item) return null;
            items.Add(item);
            if (_kind == TokenKind.Comma)
            {
                Scan();
            }
            else if (_kind != end)
            {
                Unexpected($"expected \",\" or \"{Tokens.NameOf(end)}\"");
                return null;
            }
        }

        return [.. items];
    }
}
