using System.Globalization;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Quotes text and characters as Go's strconv does.</summary>
internal static class GoQuote
{
    /// <summary>Text in double quotes; in backquotes when asked for and possible.</summary>
    public static string Text(string content, bool ascii, bool backquote)
    {
        if (backquote
            && content.EnumerateRunes().All(rune => rune.Value is '\t'
            || (rune.Value is not '`' and not 0xFEFF && IsPrintable(rune))))
            return $"`{content}`";
        var text = new StringBuilder("\"");
        foreach (var rune in content.EnumerateRunes()) Append(text, rune, '"', ascii);
        return text.Append('"').ToString();
    }

    /// <summary>One character in single quotes.</summary>
    public static string Character(Rune rune, bool ascii)
    {
        var text = new StringBuilder("'");
        Append(text, rune, '\'', ascii);
        return text.Append('\'').ToString();
    }

    /// <summary>
    /// Whether Go calls the character printable: letters, marks, numbers, punctuation, symbols and the plain space.
    /// </summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' '
        || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static void Append(StringBuilder text, Rune rune, char quote, bool ascii)
    {
        var unit = rune.Value;
        if (unit == quote || unit == '\\')
        {
            text.Append('\\').Append((char)unit);
            return;
        }

        if (unit < 0x80 || !ascii)
        {
            if (IsPrintable(rune))
            {
                text.Append(rune);
                return;
            }
        }

        const string Named = "\a\b\f\n\r\t\v";
        var at = unit < 0x80 ? Named.IndexOf((char)unit, StringComparison.Ordinal) : -1;
        if (at >= 0) text.Append('\\').Append("abfnrtv"[at]);
        else if (unit is < ' ' or 0x7f) text.Append("\\x").Append(unit.ToString("x2", CultureInfo.InvariantCulture));
        else if (unit < 0x10000) text.Append("\\u").Append(unit.ToString("x4", CultureInfo.InvariantCulture));
        else text.Append("\\U").Append(unit.ToString("x8", CultureInfo.InvariantCulture));
    }
}
