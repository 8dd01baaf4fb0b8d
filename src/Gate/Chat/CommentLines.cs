namespace GitOpsGate.Chat;

/// <summary>
/// The lines of a comment that people see as their author's own words: without fenced code, quotes, and what HTML hides or shows as it
/// stands. Source of the forms: CommonMark 0.31, sections 4.5, 4.6 and 5.1. Pure.
/// </summary>
internal static class CommentLines
{
    private static readonly string[] RawParts = ["pre", "script", "style", "textarea"];

    /// <summary>The lines in order, each as it was written, without its end.</summary>
    public static IEnumerable<string> Of(string body)
    {
        var (fence, until, isQuoted) = ("", "", false);
        foreach (var line in body.ReplaceLineEndings("\n").Split('\n'))
        {
            if (fence.Length > 0)
            {
                if (Closes(line, fence)) fence = "";
                continue;
            }

            if (until.Length > 0)
            {
                if (line.Contains(until, StringComparison.OrdinalIgnoreCase)) until = "";
                continue;
            }

            // A quote goes on in the lines below it until an empty one, whether or not they begin with its mark.
            isQuoted = line.Trim().Length > 0 && (isQuoted || Indented(line).StartsWith('>'));
            if (isQuoted) continue;
            fence = FenceOf(line);
            until = fence.Length > 0 ? "" : HiddenUntil(line);
            if (fence.Length + until.Length == 0) yield return line;
        }
    }

    /// <summary>The line without the up to three spaces that change nothing; four make it code.</summary>
    private static string Indented(string line)
    {
        var text = line.TrimStart(' ');
        return line.Length - text.Length > 3 ? "" : text;
    }

    private static string FenceOf(string line)
    {
        var text = Indented(line);
        if (text.Length == 0 || text[0] is not ('`' or '~')) return "";
        var length = text.TakeWhile(letter => letter == text[0]).Count();
        // Three backticks on one line with others are code within the line.
        return length < 3 || (text[0] == '`' && text.AsSpan(length).Contains('`')) ? "" : text[..length];
    }

    private static bool Closes(string line, string fence)
    {
        var text = Indented(line).TrimEnd();
        return text.Length >= fence.Length && text.All(letter => letter == fence[0]);
    }

    /// <summary>What ends the part that begins in this line, or empty when none is left open.</summary>
    private static string HiddenUntil(string line)
    {
        var comment = line.LastIndexOf("<!--", StringComparison.Ordinal);
        if (comment >= 0 && line.IndexOf("-->", comment + 4, StringComparison.Ordinal) < 0) return "-->";
        foreach (var part in RawParts)
        {
            var begin = line.LastIndexOf($"<{part}", StringComparison.OrdinalIgnoreCase);
            if (begin >= 0 && line.IndexOf($"</{part}>", begin, StringComparison.OrdinalIgnoreCase) < 0) return $"</{part}>";
        }

        return "";
    }
}
