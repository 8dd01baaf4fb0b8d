using System.Text;

namespace GitOpsGate.Rulings;

/// <summary>
/// The one comment that the gate keeps on a change request, as Markdown. Whatever strangers wrote stays text: it can neither mention
/// people, nor link, nor begin a line (where GitLab reads commands). Equal rulings give equal texts, whatever their ids and times.
/// </summary>
public static class CommentText
{
    /// <summary>The longest comment, in characters; forges take at least that.</summary>
    public const int MaxLength = 60_000;

    private const int MaxFindings = 50;

    /// <summary>Writes the comment.</summary>
    /// <param name="url">The page with the whole story, or empty.</param>
    public static string Of(Ruling ruling, string url)
    {
        var text = new StringBuilder();
        text.Append("### ").Append(Title(ruling)).Append("\n\n").Append(Escape(ruling.Summary)).Append('\n');
        if (ruling.WayToGreen.Length > 0)
        {
            text.Append("\n**The way to green**\n\n");
            foreach (var (step, index) in ruling.WayToGreen.Take(20).Select((step, index) => (step, index)))
            {
                text.Append(index + 1).Append(". ").Append(Escape(step)).Append('\n');
            }
        }

        Requirements(text, ruling);
        Findings(text, ruling);
        var foot = "\n" + Foot(ruling, url);
        if (text.Length + foot.Length > MaxLength)
        {
            text.Length = MaxLength - foot.Length - 40;
            text.Append("…\n\n</details>\n");
        }

        return text.Append(foot).ToString();
    }

    /// <summary>The last line: what was judged, and where the whole story is.</summary>
    public static string Foot(Ruling ruling, string url) =>
        $"Revision `{ruling.Revision.Head.Short}`{(url.Length > 0 ? $" · [all reasons]({url})" : "")}\n";

    /// <summary>One line of text in which only code spans keep their meaning.</summary>
    public static string Line(string text) => Escape(text);

    private static string Title(Ruling ruling) => ruling.Verdict switch
    {
        Verdict.Denied => "⛔ GitOps Gate: denied",
        Verdict.Errored => "⚠️ GitOps Gate: could not judge",
        Verdict.Held => "⏳ GitOps Gate: waiting",
        Verdict.Allowed when ruling.Override is not null => "🔓 GitOps Gate: allowed by an override",
        Verdict.Allowed => "✅ GitOps Gate: allowed",
    };

    private static void Requirements(StringBuilder text, Ruling ruling)
    {
        var asked = ruling.Requirements.Where(rule => rule is { State: not RequirementState.Skipped, Mode: not RuleMode.Shadow }).ToArray();
        if (asked.Length == 0) return;
        text.Append("\n| approvals | given | who |\n|---|---|---|\n");
        foreach (var rule in asked)
        {
            var who = rule.Given.Select(approval => $"`{Code(approval.By.Login)}`")
                .Concat(rule.Dismissed.Select(gone => $"`{Code(gone.By.Login)}` does not count: {Escape(gone.Why)}"));
            text.Append("| `").Append(Code(rule.Rule)).Append("` | ").Append(rule.Given.Count).Append(" of ").Append(rule.Required)
                .Append(" | ").AppendJoin("; ", who).Append(" |\n");
        }
    }

    private static void Findings(StringBuilder text, Ruling ruling)
    {
        var shown = ruling.Findings.Where(finding => finding.Mode != RuleMode.Shadow && finding.Weight != Verdict.Allowed).ToArray();
        if (shown.Length == 0) return;
        text.Append("\n<details>\n<summary>").Append(shown.Length).Append(shown.Length == 1 ? " finding" : " findings")
            .Append("</summary>\n\n| weight | rule | place | reason |\n|---|---|---|---|\n");
        foreach (var finding in shown.Take(MaxFindings))
        {
            var place = finding.Place is { } at ? $"`{Code(at.ToString())}`" : "";
            text.Append("| ").Append(Weight(finding)).Append(" | `").Append(Code(finding.Rule)).Append("` | ").Append(place)
                .Append(" | ").Append(Escape(finding.Message)).Append(" |\n");
        }

        if (shown.Length > MaxFindings) text.Append("\nand ").Append(shown.Length - MaxFindings).Append(" more\n");
        text.Append("\n</details>\n");
    }

    private static string Weight(Finding finding) => finding switch
    {
        { Mode: RuleMode.Warn } => "warning",
        { OverriddenBy: not null } => "overridden",
        _ => Weight(finding.Weight),
    };

    private static string Weight(Verdict weight) => weight switch
    {
        Verdict.Denied => "denies",
        Verdict.Errored => "error",
        Verdict.Held => "holds",
        Verdict.Allowed => "allows",
    };

    private static string Escape(string text)
    {
        var parts = text.Split('`');
        // An odd backtick has no partner: it and what follows is text.
        var pairs = parts.Length % 2 == 1 ? parts.Length : parts.Length - 1;
        var escaped = new StringBuilder();
        for (var index = 0; index < parts.Length; index++)
        {
            if (index % 2 == 0 || index >= pairs) escaped.Append(index >= pairs ? "\\`" : "").Append(Plain(parts[index]));
            else if (parts[index].Length > 0) escaped.Append('`').Append(Code(parts[index])).Append('`');
        }

        return escaped.ToString();
    }

    private static string Plain(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (char.IsControl(letter)) escaped.Append(' ');
            else if (letter is '<') escaped.Append("&lt;");
            else if (letter is '>') escaped.Append("&gt;");
            else if (letter is '&') escaped.Append("&amp;");
            else if (letter is '\\' or '*' or '_' or '[' or ']' or '|' or '~' or '$') escaped.Append('\\').Append(letter);
            else if (letter is '@' or '#' or '!' or ':') escaped.Append(letter).Append(letter == ':' ? "" : "\u200B");
            else escaped.Append(letter);
        }

        // A bare address would become a link.
        return escaped.Replace("://", ":\u200B//").Replace("www.", "www\u200B.").ToString();
    }

    private static string Code(string text)
    {
        var line = string.Concat(text.Select(letter => letter == '`' ? '\'' : char.IsControl(letter) ? ' ' : letter)).Replace("|", "\\|");
        return line.Length > 200 ? line[..(char.IsHighSurrogate(line[199]) ? 199 : 200)] + "…" : line;
    }
}
