using System.Buffers;
using GitOpsGate.Policies.Rego.Builtins.Re2;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// One glob with its delimiters, ready to match. Globs of plain characters and stars are matched as they stand; all others, and long
/// texts, by a regular expression. Immutable; the pattern's own string keeps it.
/// </summary>
internal sealed class GlobMatcher
{
    // With both kinds of star the work grows with the square of the text's length: short texts only.
    private const int LongestPlainText = 512;

    private static readonly SearchValues<char> NotPlain = SearchValues.Create(@"?[]{}\");

    private readonly string _glob;
    private readonly string _delimiters;
    private readonly RegoValue _listed;
    private readonly bool _isPlain;
    private readonly RegexProgram _program;

    /// <summary>Prepares a glob.</summary>
    /// <param name="glob">The glob.</param>
    /// <param name="delimiters">The delimiters, one after the other.</param>
    /// <param name="listed">The operand that named the delimiters.</param>
    /// <exception cref="PatternException">It is not a glob.</exception>
    public GlobMatcher(string glob, string delimiters, RegoValue listed)
    {
        _glob = glob;
        _delimiters = delimiters;
        _listed = listed;
        _program = GlobPattern.For(glob, delimiters);
        _isPlain = !glob.AsSpan().ContainsAny(NotPlain) && !delimiters.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
    }

    /// <summary>Whether this was made for the very same operand of delimiters.</summary>
    public bool IsFor(RegoValue listed) => ReferenceEquals(_listed.Node, listed.Node);

    public bool IsMatch(string text) =>
        _isPlain && text.Length <= LongestPlainText ? MatchesPlain(text) : _program.IsMatch(text);

    /// <summary>
    /// Stars take as little as they can. Where the rest does not fit, the latest star takes one more; one that may not cross a
    /// delimiter gives way to the latest that may. Earlier stars need no second try: what follows them has been found already.
    /// </summary>
    private bool MatchesPlain(string text)
    {
        var glob = _glob;
        int g = 0, t = 0, one = -1, oneAt = 0, many = -1, manyAt = 0;
        while (true)
        {
            if (g < glob.Length && glob[g] == '*')
            {
                var start = g;
                while (g < glob.Length && glob[g] == '*') g++;
                if (g - start == 1) (one, oneAt) = (g, t);
                else (many, manyAt, one) = (g, t, -1);
                if (many == glob.Length) return true;
                continue;
            }

            if (t == text.Length) return g == glob.Length;
            if (g < glob.Length && glob[g] == text[t])
            {
                g++;
                t++;
                continue;
            }

            if (one >= 0 && !_delimiters.Contains(text[oneAt]))
            {
                (g, t) = (one, ++oneAt);
                continue;
            }

            if (many < 0) return false;
            manyAt = text.IndexOf(glob[many], manyAt + 1);
            if (manyAt < 0) return false;
            (g, t, one) = (many, manyAt, -1);
        }
    }
}
