using System.Globalization;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>Parses what names characters: <c>[…]</c>, <c>\d</c>, <c>\pL</c>, and escapes such as <c>\x{1F600}</c>.</summary>
internal sealed class ClassParser(string pattern, bool foldCase)
{
    /// <summary>A class in brackets that begins at a place; afterwards the place is behind it.</summary>
    public CodePoints Parse(ref int at)
    {
        var start = at++;
        var negated = at < pattern.Length && pattern[at] == '^';
        if (negated) at++;
        var set = CodePoints.None;
        var first = true;
        while (at >= pattern.Length || pattern[at] != ']' || first)
        {
            if (at >= pattern.Length) throw new PatternException("missing closing ]", pattern[start..]);
            first = false;
            set = set.Or(TryPosixClass(ref at) ?? TryEscapedClass(ref at) ?? ParseRange(ref at, start));
        }

        at++;
        return negated ? set.Not() : set;
    }

    /// <summary><c>\d</c>, <c>\S</c>, <c>\p{Greek}</c> and the like; null when something else stands here.</summary>
    public CodePoints? TryEscapedClass(ref int at)
    {
        if (at + 1 >= pattern.Length || pattern[at] != '\\') return null;
        var kind = pattern[at + 1];
        if (kind is 'p' or 'P') return ParseProperty(ref at);
        CodePoints? set = char.ToLowerInvariant(kind) switch
        {
            'd' => UnicodeSets.Digit,
            's' => UnicodeSets.Space,
            'w' => UnicodeSets.Word,
            _ => null,
        };
        if (set is null) return null;
        at += 2;
        return char.IsAsciiLetterUpper(kind) ? Folded(set).Not() : Folded(set);
    }

    /// <summary>An escaped character; afterwards the place is behind it.</summary>
    public int ParseEscape(ref int at)
    {
        var start = at++;
        if (at >= pattern.Length) throw new PatternException("trailing backslash at end of expression", "");
        Rune.DecodeFromUtf16(pattern.AsSpan(at), out var rune, out var units);
        at += units;
        switch (rune.Value)
        {
            case >= '1' and <= '7' when at >= pattern.Length || pattern[at] is < '0' or > '7':
                break;
            case >= '0' and <= '7':
                var octal = rune.Value - '0';
                for (var digits = 1; digits < 3 && at < pattern.Length && pattern[at] is >= '0' and <= '7'; digits++, at++)
                    octal = (octal * 8) + (pattern[at] - '0');
                return octal;
            case 'x':
                return ParseHex(ref at, start);
            case 'a':
                return '\a';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'v':
                return '\v';
            case < 128 when !char.IsAsciiLetterOrDigit((char)rune.Value):
                return rune.Value;
        }

        throw new PatternException("invalid escape sequence", pattern[start..at]);
    }

    private int ParseHex(ref int at, int start)
    {
        if (at < pattern.Length && pattern[at] == '{')
        {
            var close = pattern.IndexOf('}', at);
            if (close > at + 1
                && int.TryParse(pattern.AsSpan(at + 1, close - at - 1), NumberStyles.AllowHexSpecifier, null, out var wide)
                && wide is >= 0 and <= CodePoints.Last)
            {
                at = close + 1;
                return wide;
            }
        }
        else if (at + 1 < pattern.Length
            && int.TryParse(pattern.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, null, out var narrow))
        {
            at += 2;
            return narrow;
        }

        throw new PatternException("invalid escape sequence", pattern[start..Math.Min(pattern.Length, at + 1)]);
    }

    private CodePoints? TryPosixClass(ref int at)
    {
        if (at + 1 >= pattern.Length || pattern[at] != '[' || pattern[at + 1] != ':') return null;
        var close = pattern.IndexOf(":]", at + 2, StringComparison.Ordinal);
        if (close < 0) return null;
        var name = pattern[(at + 2)..close];
        var negated = name.StartsWith('^');
        if (!UnicodeSets.Posix.TryGetValue(negated ? name[1..] : name, out var set))
            throw new PatternException("invalid character class range", pattern[at..(close + 2)]);
        at = close + 2;
        return negated ? Folded(set).Not() : Folded(set);
    }

    private CodePoints ParseRange(ref int at, int start)
    {
        var from = ParseCharacter(ref at, start);
        var begin = at;
        var to = from;
        if (at + 1 < pattern.Length && pattern[at] == '-' && pattern[at + 1] != ']')
        {
            at++;
            to = ParseCharacter(ref at, start);
            if (to < from) throw new PatternException("invalid character class range", pattern[(begin - 1)..at]);
        }

        return Folded(CodePoints.Of((from, to)));
    }

    private int ParseCharacter(ref int at, int start)
    {
        if (at >= pattern.Length) throw new PatternException("missing closing ]", pattern[start..]);
        if (pattern[at] == '\\') return ParseEscape(ref at);
        Rune.DecodeFromUtf16(pattern.AsSpan(at), out var rune, out var units);
        at += units;
        return rune.Value;
    }

    private CodePoints ParseProperty(ref int at)
    {
        var start = at;
        var negated = pattern[at + 1] == 'P';
        at += 2;
        if (at >= pattern.Length) throw new PatternException("invalid character class range", pattern[start..]);
        string name;
        if (pattern[at] == '{')
        {
            var close = pattern.IndexOf('}', at);
            if (close < 0) throw new PatternException("invalid character class range", pattern[start..]);
            name = pattern[(at + 1)..close];
            at = close + 1;
        }
        else
        {
            Rune.DecodeFromUtf16(pattern.AsSpan(at), out var rune, out var units);
            name = rune.ToString();
            at += units;
        }

        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        var set = UnicodeSets.Find(name) ?? throw new PatternException("invalid character class range", pattern[start..at]);
        return negated ? Folded(set).Not() : Folded(set);
    }

    private CodePoints Folded(CodePoints set) => foldCase ? UnicodeSets.FoldCase(set) : set;
}
