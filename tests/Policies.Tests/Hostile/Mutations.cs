using System.Text;

namespace GitOpsGate.Policies.Tests.Hostile;

/// <summary>Breaks texts, by a seed: bytes and tokens are changed, taken away, doubled, and moved between texts.</summary>
internal sealed class Mutations(IReadOnlyList<string> texts, int seed)
{
    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", "(", ")", ":=", "=", "==", "|", "&", "-", "not ", "some x in ", "every x in ", " if ", "contains ", "else := 1 ",
        " with input as ", "default ", "import ", "package ", "$\"{x}\"", "`", "\"", "1e400", "-1", "0.1", "_", "input", "data", "set()",
        "\n", ";", ",", ".", "\\", "\u0000", "ä", "\ud83d\ude00", "[_]", "[x]", "null", "walk(", "count(", "sprintf(\"%v\", [", "1000000000000",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next broken text.</summary>
    public string Next()
    {
        var text = new StringBuilder(texts[_random.Next(texts.Count)]);
        for (var times = _random.Next(1, 3); times > 0; times--) Change(text);
        return text.ToString();
    }

    private void Change(StringBuilder text)
    {
        var at = _random.Next(text.Length + 1);
        switch (_random.Next(7))
        {
            case 0:
                text.Insert(at, Tokens[_random.Next(Tokens.Length)]);
                break;
            case 1:
                text.Remove(at, _random.Next(Math.Min(12, text.Length - at) + 1));
                break;
            case 2 when at < text.Length:
                text[at] = (char)_random.Next(128);
                break;
            case 3 when at < text.Length:
                text.Insert(at, text.ToString(at, Math.Min(_random.Next(60), text.Length - at)));
                break;
            case 4:
                var other = texts[_random.Next(texts.Count)];
                var from = _random.Next(other.Length + 1);
                text.Insert(at, other.AsSpan(from, Math.Min(_random.Next(80), other.Length - from)));
                break;
            case 5 when at < text.Length:
                Token(text, at);
                break;
            default:
                text.Length = at;
                break;
        }
    }

    // A word becomes another word of the same text: what the grammar takes, and the compiler perhaps does not.
    private void Token(StringBuilder text, int at)
    {
        var words = text.ToString().Split([' ', '\n', '\t', '(', ')', '[', ']', ','], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2) return;
        var (word, instead) = (words[_random.Next(words.Length)], words[_random.Next(words.Length)]);
        var start = text.ToString().IndexOf(word, Math.Min(at, text.Length), StringComparison.Ordinal);
        if (start >= 0) text.Remove(start, word.Length).Insert(start, instead);
    }
}
