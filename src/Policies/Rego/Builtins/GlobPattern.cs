using System.Collections.Concurrent;
using System.Text;
using GitOpsGate.Policies.Rego.Builtins.Re2;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Globs: <c>*</c> is any run without delimiters, <c>**</c> any run, <c>?</c> one character that is no delimiter, <c>[a-z]</c>
/// and
/// <c>[!a-z]</c> one of a set, <c>{a,b}</c> a choice, <c>\</c> takes the next character literally. A glob becomes a regular
/// expression, so that matching stays linear.
/// </summary>
internal sealed class GlobPattern
{
    private const int DeepestChoice = 100;
    private const int LargestCache = 1024;

    private static readonly ConcurrentDictionary<(string Delimiters, string Glob), RegexProgram> Cache = new();

    private readonly string _glob;
    private readonly string _delimiters;
    private readonly StringBuilder _pattern = new("^(?s:");
    private int _at;
    private int _depth;

    private GlobPattern(string glob, string delimiters)
    {
        _glob = glob;
        _delimiters = delimiters;
    }

    /// <summary>The program of a glob.</summary>
    /// <param name="glob">The glob.</param>
    /// <param name="delimiters">The characters that <c>*</c> and <c>?</c> do not cross, one after the other; empty for
    /// none.</param>
    /// <exception cref="PatternException">It is not a glob.</exception>
    public static RegexProgram For(string glob, string delimiters)
    {
        var key = (delimiters, glob);
        if (Cache.TryGetValue(key, out var known)) return known;
        if (Cache.Count >= LargestCache) Cache.Clear();
        return Cache[key] = RegexProgram.For(new GlobPattern(glob, delimiters).Translate());
    }

    /// <summary>Whether a character means something in a glob and needs a backslash to stand for itself.</summary>
    public static bool IsSpecial(char unit) => unit is '*' or '?' or '\\' or '[' or ']' or '{' or '}';

    private string Translate()
    {
        while (_at < _glob.Length) Part();
        if (_depth > 0) throw new PatternException("unexpected end of input", _glob);
        return _pattern.Append(")$").ToString();
    }

    private void Part()
    {
        var unit = _glob[_at++];
        switch (unit)
        {
            case '*':
                var many = _at < _glob.Length && _glob[_at] == '*';
                while (_at < _glob.Length && _glob[_at] == '*') _at++;
                _pattern.Append(many ? ".*" : $"{NoDelimiter()}*");
                break;
            case '?':
                _pattern.Append(NoDelimiter());
                break;
            case '[':
                Range();
                break;
            case '{':
                if (++_depth > DeepestChoice) throw new PatternException("choices nest too deeply", _glob);
                _pattern.Append("(?:");
                break;
            case '}' when _depth > 0:
                _depth--;
                _pattern.Append(')');
                break;
            case ',' when _depth > 0:
                _pattern.Append('|');
                break;
            case '\\':
                if (_at >= _glob.Length) throw new PatternException("unexpected end of input", _glob);
                Literal(_glob[_at++]);
                break;
            default:
                Literal(unit);
                break;
        }
    }

    private string NoDelimiter()
    {
        if (_delimiters.Length == 0) return ".";
        var set = new StringBuilder("[^");
        foreach (var rune in _delimiters.EnumerateRunes()) set.Append($"\\x{{{rune.Value:x}}}");
        return set.Append(']').ToString();
    }

    private void Range()
    {
        var close = _glob.IndexOf(']', _at);
        if (close < 0) throw new PatternException("unexpected end of input", _glob);
        var inside = _glob.AsSpan(_at, close - _at);
        _at = close + 1;
        _pattern.Append('[');
        if (!inside.IsEmpty && inside[0] == '!')
        {
            _pattern.Append('^');
            inside = inside[1..];
        }

        if (inside.IsEmpty) throw new PatternException("an empty range", _glob);
        var runes = inside.ToString().EnumerateRunes().ToList();
        if (runes.Count == 2 && runes[1].Value == '-') throw new PatternException("unexpected end of input", _glob);
        if (runes.Count == 3 && runes[1].Value == '-')
        {
            if (runes[0].Value > runes[2].Value) throw new PatternException("the range ends before it begins", _glob);
            _pattern.Append($"\\x{{{runes[0].Value:x}}}-\\x{{{runes[2].Value:x}}}");
        }
        else
        {
            foreach (var rune in runes) _pattern.Append($"\\x{{{rune.Value:x}}}");
        }

        _pattern.Append(']');
    }

    private void Literal(char unit)
    {
        if (@"\.+*?()|[]{}^$".Contains(unit, StringComparison.Ordinal)) _pattern.Append('\\');
        _pattern.Append(unit);
    }
}
