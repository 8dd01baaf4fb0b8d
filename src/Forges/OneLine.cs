namespace GitOpsGate.Forges;

/// <summary>Text as forges take it where they show one short line.</summary>
internal static class OneLine
{
    /// <summary>
    /// The text without line breaks, cut to at most <paramref name="limit"/> UTF-16 units, never inside a character.
    /// </summary>
    public static string Of(string text, int limit)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= limit ? line : Cut(line, limit - 1) + "…";
    }

    /// <summary>The beginning of a text, never ending inside a character.</summary>
    public static string Cut(string text, int limit)
    {
        if (text.Length <= limit) return text;
        return text[..(char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit)];
    }
}
