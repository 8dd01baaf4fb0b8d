using System.Globalization;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>
/// Parses RE2's syntax (RE2 documentation, "Syntax", as Go's package regexp/syntax accepts it with Perl flags). No lookaround and
/// no back references exist in it, which is what makes matching linear.
/// </summary>
internal sealed class PatternParser
{
    private const int DeepestNesting = 500;
    private const int MostRepeats = 1000;

    private readonly string _pattern;
    private readonly List<string> _names = [""];
    private int _at;
    private int _depth;
    private Flags _flags;

    private PatternParser(string pattern) => _pattern = pattern;

    [Flags]
    private enum Flags
    {
        None = 0,
        FoldCase = 1,
        ManyLines = 2,
        DotAll = 4,
        Lazy = 8,
    }

    private bool IsAtEnd => _at >= _pattern.Length;

    /// <summary>The tree of a pattern, and the names of its groups by number; group 0 is the whole match.</summary>
    /// <exception cref="PatternException">It is not a pattern.</exception>
    public static (Node Tree, IReadOnlyList<string> Names) Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var tree = parser.ParseChoice();
        if (!parser.IsAtEnd) throw new PatternException("unexpected )", pattern);
        return (tree, parser._names);
    }

    private Node ParseChoice()
    {
        if (++_depth > DeepestNesting) throw new PatternException("expression nests too deeply", _pattern);
        var choices = new List<Node> { ParseSequence() };
        while (!IsAtEnd && _pattern[_at] == '|')
        {
            _at++;
            choices.Add(ParseSequence());
        }

        _depth--;
        return choices.Count == 1 ? choices[0] : new Node.Choice(choices);
    }

    private Node ParseSequence()
    {
        var items = new List<Node>();
        while (!IsAtEnd && _pattern[_at] is not '|' and not ')')
        {
            if (TrySkipFlags()) continue;
            if (TryQuoted(items)) continue;
            items.Add(ParseRepeats());
        }

        return items.Count switch { 0 => new Node.Empty(), 1 => items[0], _ => new Node.Sequence(items) };
    }

    /// <summary><c>\Q…\E</c>: everything between is meant literally.</summary>
    private bool TryQuoted(List<Node> items)
    {
        if (!_pattern.AsSpan(_at).StartsWith("\\Q")) return false;
        var end = _pattern.IndexOf("\\E", _at + 2, StringComparison.Ordinal);
        var text = end < 0 ? _pattern[(_at + 2)..] : _pattern[(_at + 2)..end];
        _at = end < 0 ? _pattern.Length : end + 2;
        var runes = text.EnumerateRunes().Select(rune => Literal(rune.Value)).ToList();
        if (runes.Count == 0) return true;
        items.AddRange(runes.Take(runes.Count - 1));
        items.Add(Repeated(runes[^1], _at));
        return true;
    }

    private Node ParseRepeats()
    {
        var start = _at;
        return Repeated(ParseAtom(start), start);
    }

    private Node Repeated(Node item, int start)
    {
        var lastOperator = -1;
        while (!IsAtEnd)
        {
            var operatorAt = _at;
            if (!TryRepeat(out var least, out var most)) break;
            var greedy = !_flags.HasFlag(Flags.Lazy);
            if (!IsAtEnd && _pattern[_at] == '?')
            {
                _at++;
                greedy = !greedy;
            }

            if (lastOperator >= 0) throw new PatternException("invalid nested repetition operator", _pattern[lastOperator.._at]);
            if (least > MostRepeats || most > MostRepeats || (most >= 0 && least > most))
                throw new PatternException("invalid repeat count", _pattern[operatorAt.._at]);
            item = new Node.Repeat(item, least, most, greedy);
            if (RepeatProduct(item) > MostRepeats) throw new PatternException("invalid repeat count", _pattern[operatorAt.._at]);
            lastOperator = operatorAt;
        }

        if (item.Size > RegexProgram.LargestProgram)
            throw new PatternException("expression too large", _pattern[start..Math.Min(_at, _pattern.Length)]);
        return item;
    }

    // Counted repeats inside one another multiply; Go allows a thousand in total.
    private static long RepeatProduct(Node node) => node switch
    {
        Node.Repeat repeat =>
            RepeatProduct(repeat.Item) * (repeat is { Least: 0 or 1, Most: -1 } or { Least: 0, Most: 1 }
            ? 1 : Math.Max(Math.Max(repeat.Least, repeat.Most), 1)),
        Node.Group group => RepeatProduct(group.Item),
        Node.Sequence sequence => sequence.Items.Max(RepeatProduct),
        Node.Choice choice => choice.Items.Max(RepeatProduct),
        _ => 1,
    };

    private bool TryRepeat(out int least, out int most)
    {
        (least, most) = (0, -1);
        switch (_pattern[_at])
        {
            case '*':
                _at++;
                return true;
            case '+':
                _at++;
                least = 1;
                return true;
            case '?':
                _at++;
                most = 1;
                return true;
            case '{':
                return TryCounts(out least, out most);
            default:
                return false;
        }
    }

    /// <summary><c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c>; anything else in braces is literal.</summary>
    private bool TryCounts(out int least, out int most)
    {
        (least, most) = (0, -1);
        var close = _pattern.IndexOf('}', _at);
        if (close < 0) return false;
        var parts = _pattern[(_at + 1)..close].Split(',');
        if (parts.Length > 2 || !TryCount(parts[0], out least)) return false;
        if (parts.Length == 1) most = least;
        else if (parts[1].Length > 0 && !TryCount(parts[1], out most)) return false;
        _at = close + 1;
        return true;
    }

    private static bool TryCount(string text, out int count)
    {
        count = 0;
        if (text.Length == 0 || !text.All(char.IsAsciiDigit) || (text.Length > 1 && text[0] == '0')) return false;
        count = text.Length > 6 ? int.MaxValue : int.Parse(text, CultureInfo.InvariantCulture);
        return true;
    }

    private Node ParseAtom(int start)
    {
        switch (_pattern[_at])
        {
            case '(':
                return ParseGroup();
            case '[':
                return new Node.One(new ClassParser(_pattern, _flags.HasFlag(Flags.FoldCase)).Parse(ref _at));
            case '.':
                _at++;
                return new Node.One(_flags.HasFlag(Flags.DotAll) ? CodePoints.All : CodePoints.AllButNewline);
            case '^':
                _at++;
                return new Node.At(_flags.HasFlag(Flags.ManyLines) ? Anchor.LineBegin : Anchor.TextBegin);
            case '$':
                _at++;
                return new Node.At(_flags.HasFlag(Flags.ManyLines) ? Anchor.LineEnd : Anchor.TextEnd);
            case '*' or '+' or '?':
                TryRepeat(out _, out _);
                throw new PatternException("missing argument to repetition operator", _pattern[start.._at]);
            case '{' when TryCounts(out _, out _):
                throw new PatternException("missing argument to repetition operator", _pattern[start.._at]);
            case '\\':
                return ParseEscape();
            default:
                Rune.DecodeFromUtf16(_pattern.AsSpan(_at), out var rune, out var units);
                _at += units;
                return Literal(rune.Value);
        }
    }

    private Node ParseEscape()
    {
        if (_at + 1 < _pattern.Length)
        {
            Anchor? anchor = _pattern[_at + 1] switch
            {
                'A' => Anchor.TextBegin,
                'z' => Anchor.TextEnd,
                'b' => Anchor.WordBoundary,
                'B' => Anchor.NotWordBoundary,
                _ => null,
            };
            if (anchor is { } place)
            {
                _at += 2;
                return new Node.At(place);
            }
        }

        var classes = new ClassParser(_pattern, _flags.HasFlag(Flags.FoldCase));
        return classes.TryEscapedClass(ref _at) is { } set ? new Node.One(set) : Literal(classes.ParseEscape(ref _at));
    }

    private Node.One Literal(int unit)
    {
        var set = CodePoints.Of((unit, unit));
        return new Node.One(_flags.HasFlag(Flags.FoldCase) ? UnicodeSets.FoldCase(set) : set);
    }

    private Node ParseGroup()
    {
        var start = _at++;
        var number = 0;
        var outer = _flags;
        if (_pattern.AsSpan(_at).StartsWith("?P<") || _pattern.AsSpan(_at).StartsWith("?<")) number = ParseName(start);
        else if (!IsAtEnd && _pattern[_at] == '?') ParseFlags(start);
        else number = AddGroup("");
        var inner = ParseChoice();
        if (IsAtEnd) throw new PatternException("missing closing )", _pattern);
        _at++;
        _flags = outer;
        return number > 0 ? new Node.Group(inner, number) : inner;
    }

    private int ParseName(int start)
    {
        var open = _pattern.IndexOf('<', _at);
        var close = _pattern.IndexOf('>', _at);
        if (close < 0) throw new PatternException("invalid named capture", _pattern[start..]);
        var name = _pattern[(open + 1)..close];
        if (name.Length == 0 || !name.All(unit => char.IsAsciiLetterOrDigit(unit) || unit == '_'))
            throw new PatternException("invalid named capture", _pattern[start..(close + 1)]);
        _at = close + 1;
        return AddGroup(name);
    }

    private int AddGroup(string name)
    {
        _names.Add(name);
        return _names.Count - 1;
    }

    /// <summary><c>(?i)</c> sets flags for the rest of the group that it stands in.</summary>
    private bool TrySkipFlags()
    {
        if (!_pattern.AsSpan(_at).StartsWith("(?")) return false;
        var end = _at + 2;
        while (end < _pattern.Length && _pattern[end] is 'i' or 'm' or 's' or 'U' or '-') end++;
        if (end >= _pattern.Length || _pattern[end] != ')') return false;
        var start = _at;
        _at++;
        ParseFlags(start);
        return true;
    }

    private void ParseFlags(int start)
    {
        var flags = _flags;
        var sets = true;
        var any = false;
        for (_at++; !IsAtEnd; _at++)
        {
            var unit = _pattern[_at];
            var flag = unit switch
            {
                'i' => Flags.FoldCase,
                'm' => Flags.ManyLines,
                's' => Flags.DotAll,
                'U' => Flags.Lazy,
                _ => Flags.None,
            };
            if (flag != Flags.None)
            {
                flags = sets ? flags | flag : flags & ~flag;
                any = true;
            }
            else if (unit == '-' && sets)
            {
                sets = false;
                any = false;
            }
            else if (unit is ':' or ')' && (sets || any))
            {
                _at++;
                _flags = flags;
                return;
            }
            else
            {
                break;
            }
        }

        if (IsAtEnd) throw new PatternException("missing closing )", _pattern);
        throw new PatternException("invalid or unsupported Perl syntax", _pattern[start..(_at + 1)]);
    }
}
