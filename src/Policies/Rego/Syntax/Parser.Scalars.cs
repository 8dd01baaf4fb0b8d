using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>Numbers, strings and template strings.</content>
internal sealed partial class Parser
{
    private const int LargestExponent = 30_000;

    private Term.Constant? ParseNumberOrMinus()
    {
        var place = Here;
        var prefix = "";
        if (_kind == TokenKind.Minus)
        {
            prefix = "-";
            Scan();
            if (_kind is not (TokenKind.Number or TokenKind.Dot))
            {
                Unexpected("expected number");
                return null;
            }
        }

        var pointed = _kind == TokenKind.Dot;
        if (pointed)
        {
            prefix += ".";
            Scan();
            if (_kind != TokenKind.Number)
            {
                Unexpected("expected number");
                return null;
            }
        }

        var digits = _token.Text;
        if (!pointed && digits.Length > 1 && digits[0] == '0' && digits[1] != '.'
            && !(digits.Length > 2 && digits[1] is 'e' or 'E'))
        {
            Unexpected("expected number without leading zero");
            return null;
        }

        if (pointed && digits.Contains('.', StringComparison.Ordinal))
        {
            Unexpected("invalid float");
            return null;
        }

        var mark = digits.AsSpan().IndexOfAny('e', 'E');
        if (digits.Length > LargestExponent || (mark >= 0
            && (!int.TryParse(digits.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out var exponent)
                || Math.Abs((long)exponent) > LargestExponent)))
        {
            Error(Here, "number too big");
            return null;
        }

        return new Term.Constant(place, RegoNumber.FromText(prefix + digits));
    }

    private Term.Constant? ParseString()
    {
        var place = Here;
        if (_kind == TokenKind.RawString) return new Term.Constant(place, RegoSymbols.Of(_token.Text[1..^1]));
        if (Unescape(_token.Text[1..^1]) is { } text) return new Term.Constant(place, RegoSymbols.Of(text));
        Error(place, $"illegal string literal: {_token.Text}");
        return null;
    }

    private Term.Template? ParseTemplate(bool raw)
    {
        var place = Here;
        var parts = new List<TemplatePart>();
        while (true)
        {
            if (_kind == TokenKind.Illegal) return null;
            var inner = _token.Text[1..^1];
            var text = raw ? inner.Replace("\\{", "{", StringComparison.Ordinal)
                : Unescape(inner.Replace("\\{", "{", StringComparison.Ordinal));
            if (text is null)
            {
                Error(Here, $"illegal template-string part: {_token.Text}");
                return null;
            }

            if (text.Length > 0) parts.Add(new TemplatePart(new Term.Constant(Here, RegoValue.Of(text)), null));
            if (_kind is TokenKind.TemplateEnd or TokenKind.RawTemplateEnd) return new Term.Template(place, [.. parts], raw);
            if (_kind is not (TokenKind.TemplatePart or TokenKind.RawTemplatePart)) return null;
            var comments = _comments.Count;
            Scan();
            if (ParseTemplateLiteral() is not { } literal) return null;
            var isScalar = literal is { Term: Term.Constant, Withs.Length: 0 } && comments == _comments.Count;
            parts.Add(isScalar ? new TemplatePart((Term.Constant)literal.Term!, null) : new TemplatePart(null, literal));
            if (_kind != TokenKind.RightBrace)
            {
                Error(Here, "expected } to end template string expression");
                return null;
            }

            ScanTemplate(raw);
        }
    }

    private Literal? ParseTemplateLiteral()
    {
        var literal = ParseLiteral();
        if (literal is null)
        {
            Error(Here, "invalid template-string expression");
            return null;
        }

        var wrong = literal switch
        {
            { IsNegated: true } or { Shape: LiteralShape.Not } => "unexpected negation ('not') in template-string expression",
            { Call.Name: "eq" } => "unexpected unification ('=') in template-string expression",
            { Call.Name: "assign" } => "unexpected assignment (':=') in template-string expression",
            { Shape: LiteralShape.Every } => "unexpected 'every' in template-string expression",
            { Shape: LiteralShape.Declare or LiteralShape.Each } => "unexpected 'some' in template-string expression",
            _ => null,
        };
        if (wrong is null) return literal;
        Error(literal.Place, wrong);
        return null;
    }

    private static string? Unescape(string inner)
    {
        if (!inner.Contains('\\', StringComparison.Ordinal))
        {
            foreach (var c in inner)
            {
                if (c < ' ' && c != '\t') return inner;
            }

            return inner;
        }

        try
        {
            var quoted = new StringBuilder("\"");
            foreach (var c in inner) quoted.Append(c < ' ' ? $"\\u{(int)c:x4}" : c.ToString());
            return JsonSerializer.Deserialize<string>(quoted.Append('"').ToString());
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
