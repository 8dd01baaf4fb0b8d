using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>Rules.</content>
internal sealed partial class Parser
{
    private List<Rule>? ParseRules()
    {
        var (place, begin) = (Here, _token.Start);
        TakeKeywordAsName();
        var isDefault = _kind == TokenKind.Default;
        if (isDefault)
        {
            Scan();
            TakeKeywordAsName();
        }

        if (_kind != TokenKind.Identifier) return null;
        if (ParseHead(isDefault) is not { } head) return null;
        if (isDefault)
        {
            if (!DefaultIsFine(place, head)) return null;
            return
            [
                Marked(
                    new Rule { Place = place, Head = head, Body = TrueBody(place), IsDefault = true, BodyIsGenerated = false },
                    begin),
            ];
        }

        var hasIf = _kind == TokenKind.If;
        head = Settle(head, hasIf);
        Body? body;
        if (hasIf)
        {
            body = ParseIfBody();
        }
        else if (_kind == TokenKind.LeftBrace)
        {
            body = ParseBraceBody();
        }
        else if (head.HasContains)
        {
            return
            [
                Marked(
                    new Rule { Place = head.Place, Head = head, Body = TrueBody(place), IsDefault = false, BodyIsGenerated = true },
                    begin),
            ];
        }
        else
        {
            return null;
        }

        return body is null ? null : FinishRules(place, begin, head, hasIf, body);
    }

    /// <summary>What may follow the first body: else, or further bodies with the same head.</summary>
    private List<Rule>? FinishRules(PolicyPlace place, int begin, RuleHead head, bool hasIf, Body body)
    {
        Rule? otherwise = null;
        if (_kind == TokenKind.Else && !TakeKeywordAsName())
        {
            otherwise = ParseElseOf(head);
            if (otherwise is null) return null;
        }

        var rules = new List<Rule>
        {
            new()
            {
                Place = place,
                Head = head,
                Body = body,
                IsDefault = false,
                BodyIsGenerated = false,
                HasIf = hasIf,
                Else = otherwise,
            },
        };
        Marked(rules[0], begin);
        return ParseChained(rules) ? rules : null;
    }

    /// <summary>Decides what <c>p[x]</c> means: with <c>if</c> an entry of an object, without it a member of a set.</summary>
    private RuleHead Settle(RuleHead head, bool hasIf)
    {
        if (head.HasContains || head.Path.Parts.Length != 2) return head;
        if (hasIf) return head.Value is null ? Rebuilt(head, head.Path, null, True(head.Place), true) : head;
        if (head.Parameters is not null || head.Value is not null) return head;
        return Rebuilt(head, new Term.Ref(head.Path.Place, [head.Path.Head]), head.Path.Parts[1], null, false);
    }

    private RuleHead Rebuilt(RuleHead head, Term.Ref path, Term? member, Term? value, bool valueIsGenerated)
    {
        var made = Remade(head, path, member, value, valueIsGenerated);
        _spans?.Copy(head, made);
        return made;
    }

    private static RuleHead Remade(RuleHead head, Term.Ref path, Term? member, Term? value, bool valueIsGenerated) => new()
    {
        Place = head.Place,
        Path = path,
        Parameters = head.Parameters,
        Member = member,
        Value = value,
        ValueIsGenerated = valueIsGenerated,
        HasContains = head.HasContains,
        IsAssigned = head.IsAssigned,
    };

    private Rule? ParseElseOf(RuleHead head)
    {
        if (head.Path.Parts.Length > 1 && !TermKinds.IsGround(head.Path))
        {
            Error(Here, "else keyword cannot be used on rules with variables in head");
            return null;
        }

        if (head.Member is not null)
        {
            Error(Here, "else keyword cannot be used on multi-value rules");
            return null;
        }

        return ParseElse(head);
    }

    private bool ParseChained(List<Rule> rules)
    {
        var first = rules[0];
        while (_kind == TokenKind.LeftBrace)
        {
            if (first.Else is not null)
            {
                Error(Here, "expected else keyword");
                return false;
            }

            var (place, begin) = (Here, _token.Start);
            if (ParseBraceBody() is not { } body) return false;
            rules.Add(Marked(new Rule
            {
                Place = place,
                Head = first.Head,
                Body = body,
                IsDefault = false,
                BodyIsGenerated = false,
                HasIf = first.HasIf,
            }, begin));
        }

        return true;
    }

    private Body? ParseIfBody()
    {
        Scan();
        var start = Save();
        if (ParseLiteral() is { } literal && (literal.IsNegated || literal.Term is not Term.Set)) return new Body([literal]);
        if (start.Kind != TokenKind.LeftBrace && _errors.Count > start.Errors) return null;
        Restore(start);
        return ParseBraceBody();
    }

    private Body? ParseBraceBody()
    {
        Scan();
        var body = ParseBody(TokenKind.RightBrace);
        if (body is not null) Scan();
        return body;
    }

    private Rule? ParseElse(RuleHead head)
    {
        var (place, begin) = (Here, _token.Start);
        Scan();
        Term? value;
        var generated = false;
        var assigned = head.IsAssigned;
        switch (_kind)
        {
            case TokenKind.LeftBrace or TokenKind.If:
                value = True(place);
                generated = true;
                break;
            case TokenKind.Assign or TokenKind.Unify:
                assigned = _kind == TokenKind.Assign;
                Scan();
                value = ParseInfix();
                if (value is null) return null;
                break;
            default:
                Unexpected("expected else value term or rule body");
                return null;
        }

        var own = Marked(new RuleHead
        {
            Place = place,
            Path = head.Path,
            Parameters = head.Parameters?.Select(FreshWildcard).ToArray(),
            Value = value,
            ValueIsGenerated = generated,
            IsAssigned = assigned,
        }, begin);
        var hasIf = _kind == TokenKind.If;
        if (!hasIf && _kind != TokenKind.LeftBrace)
        {
            var bare = new Rule { Place = place, Head = own, Body = TrueBody(place), IsDefault = false, BodyIsGenerated = true };
            return Marked(bare, begin);
        }

        if (ParseElseBody(hasIf) is not { } body) return null;
        Rule? next = null;
        if (_kind == TokenKind.Else && !TakeKeywordAsName())
        {
            next = ParseElse(head);
            if (next is null) return null;
        }

        return Marked(new Rule
        {
            Place = place,
            Head = own,
            Body = body,
            IsDefault = false,
            BodyIsGenerated = false,
            HasIf = hasIf,
            Else = next,
        }, begin);
    }

    private Body? ParseElseBody(bool hasIf)
    {
        if (hasIf) Scan();
        if (_kind == TokenKind.LeftBrace) return ParseBraceBody();
        if (_kind == TokenKind.End)
        {
            Unexpected("rule body expected");
            return null;
        }

        return ParseLiteral() is { } literal ? new Body([literal]) : null;
    }

    private Term FreshWildcard(Term parameter) =>
        parameter is Term.Var { IsWildcard: true } ? new Term.Var(parameter.Place, NextWildcard()) : parameter;

    private RuleHead? ParseHead(bool isDefault)
    {
        var (place, begin) = (Here, _token.Start);
        var name = ParseHeadTerm(ParseVar(), begin);
        Term.Ref path;
        Term[]? parameters = null;
        switch (name)
        {
            case Term.Var only:
                path = new Term.Ref(only.Place, [only]);
                break;
            case Term.Ref { Head: Term.Var } longer:
                path = longer;
                break;
            case Term.Call { Function.Head: Term.Var } call:
                path = call.Function;
                parameters = call.Operands.Length == 0 ? null : call.Operands;
                break;
            case null:
                Unexpected("expected rule head name");
                return null;
            default:
                return null;
        }

        if (_kind == TokenKind.Contains) return Marked(ParseContains(place, path, parameters), begin);
        var assigned = _kind == TokenKind.Assign;
        Term? value = null;
        if (_kind is TokenKind.Unify or TokenKind.Assign)
        {
            Scan();
            value = ParseInfix();
            if (value is null) Unexpected(ValueHint(path, parameters, assigned, isDefault));
        }

        var generated = value is null && (path.Parts.Length != 2 || parameters is { Length: > 0 });
        return Marked(new RuleHead
        {
            Place = place,
            Path = path,
            Parameters = parameters,
            Value = value ?? (generated ? True(place) : null),
            ValueIsGenerated = generated,
            IsAssigned = assigned,
        }, begin);
    }

    private static string ValueHint(Term.Ref path, Term[]? parameters, bool assigned, bool isDefault)
    {
        if (!assigned) return $"expected rule value term (e.g., {path}[<nil>] = <VALUE> {{ ... }})";
        if (parameters is { Length: > 0 }) return $"expected function value term (e.g., {path}(...) := <VALUE> {{ ... }})";
        return isDefault
            ? $"expected default rule value term (e.g., default {path} := <VALUE>)"
            : $"expected rule value term (e.g., {path} := <VALUE> {{ ... }})";
    }

    private RuleHead ParseContains(PolicyPlace place, Term.Ref path, Term[]? parameters)
    {
        if (parameters is not null)
        {
            Unexpected(
                $"the contains keyword can only be used with multi-value rule definitions (e.g., {path} contains <VALUE> {{ ... }})");
        }

        Scan();
        var member = ParseInfix();
        if (member is null) Unexpected($"expected rule key term (e.g., {path} contains <VALUE> {{ ... }})");
        return new RuleHead { Place = place, Path = path, Parameters = parameters, Member = member, HasContains = true };
    }

    private bool DefaultIsFine(PolicyPlace place, RuleHead head)
    {
        if (head.Value is null)
        {
            Error(place, "illegal default rule (must have a value)");
            return false;
        }

        if (TermKinds.FirstNonConstant(head.Value) is { } wrong)
        {
            Error(place, $"illegal default rule (value cannot contain {TermKinds.NameOf(wrong)})");
            return false;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var parameter in head.Parameters ?? [])
        {
            if (parameter is not Term.Var variable)
            {
                Error(place, $"illegal default rule (arguments cannot contain {TermKinds.NameOf(parameter)})");
                return false;
            }

            if (!names.Add(variable.Name))
            {
                Error(place, $"illegal default rule (arguments cannot be repeated {variable.Name})");
                return false;
            }
        }

        return true;
    }

    private static Term.Constant True(PolicyPlace place) => new Term.Constant(place, RegoValue.True);

    private static Body TrueBody(PolicyPlace place) => new([Literal.Of(place, True(place))]);
}
