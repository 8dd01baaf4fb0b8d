namespace GitOpsGate.Approvals;

/// <summary>How lists and people are written in sentences.</summary>
internal static class Words
{
    /// <summary><c>`a`</c>, <c>`a` or `b`</c>, at most five (or <paramref name="most"/>) and then how many more.</summary>
    public static string List(IEnumerable<string> items, string last = "or", int most = 5)
    {
        var quoted = items.Select(item => $"`{Plain(item)}`").ToArray();
        if (quoted.Length > most) return $"{string.Join(", ", quoted.Take(most))} {last} {quoted.Length - most} more";
        return quoted.Length < 2 ? string.Concat(quoted) : $"{string.Join(", ", quoted[..^1])} {last} {quoted[^1]}";
    }

    public static string Count(int number, string one) => number == 1 ? $"1 {one}" : $"{number} {one}s";

    /// <summary>A stranger's text inside our sentence: one line, no backticks, cut.</summary>
    public static string Plain(string text, int most = 120)
    {
        var line = string.Concat(text.Select(letter => letter == '`' ? '\'' : char.IsControl(letter) ? ' ' : letter));
        return line.Length > most ? line[..(char.IsHighSurrogate(line[most - 1]) ? most - 1 : most)] + "…" : line;
    }
}
