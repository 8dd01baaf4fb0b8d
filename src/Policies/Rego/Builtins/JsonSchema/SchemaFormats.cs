using System.Globalization;
using GitOpsGate.Policies.Rego.Builtins.Re2;

namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <summary>The formats of texts that gojsonschema knows; every text has a format that is not known.</summary>
internal static class SchemaFormats
{
    public static bool Fits(string format, string text) => format switch
    {
        "date" => IsTime("2006-01-02", text),
        "time" => IsTime("15:04:05Z07:00", text) || IsTime("15:04:05", text),
        "date-time" => IsTime("15:04:05", text) || IsTime("15:04:05Z07:00", text) || IsTime("2006-01-02", text)
            || IsTime("2006-01-02T15:04:05Z07:00", text),
        "hostname" => text.Length < 256 && text.Split('.').All(IsLabel),
        "email" or "idn-email" => IsMailbox(text),
        "ipv4" => text.Contains('.', StringComparison.Ordinal) && IpRange.Address(text) is not null,
        "ipv6" => text.Contains(':', StringComparison.Ordinal) && IpRange.Address(text) is not null,
        "uri" or "iri" => !text.Contains('\\', StringComparison.Ordinal) && GoUrl.Parse(text, out _) is { Scheme.Length: > 0 },
        "uri-reference" or "iri-reference" => !text.Contains('\\', StringComparison.Ordinal) && GoUrl.Parse(text, out _) is not null,
        "uri-template" => !text.Contains('\\', StringComparison.Ordinal) && GoUrl.Parse(text, out _) is { } url && HasBraces(url.Path),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "regex" => IsPattern(text),
        "json-pointer" => IsPointer(text),
        "relative-json-pointer" => IsRelativePointer(text),
        _ => true,
    };

    // Times are read from 1677 to 2262 only; for a date's form, any year of the same length does.
    private static bool IsTime(string layout, string text)
    {
        if (GoTimeParser.Parse(layout, text) is not null) return true;
        if (!layout.StartsWith("2006", StringComparison.Ordinal) || text.Length < 5
            || !int.TryParse(text.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year)) return false;
        var isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return GoTimeParser.Parse(layout, (isLeap ? "2000" : "2001") + text[4..]) is not null;
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label.All(unit => char.IsAsciiLetterOrDigit(unit) || unit == '-')
        && label[0] != '-' && label[^1] != '-';

    /// <summary>An address of RFC 5322, with or without a name before it.</summary>
    private static bool IsMailbox(string text)
    {
        var plain = text.Trim();
        if (plain.EndsWith('>'))
        {
            var open = plain.LastIndexOf('<');
            if (open < 0) return false;
            plain = plain[(open + 1)..^1];
        }

        var at = plain.LastIndexOf('@');
        if (at <= 0 || at == plain.Length - 1) return false;
        var local = plain[..at];
        var isQuoted = local.Length >= 2 && local[0] == '"' && local[^1] == '"';
        return (isQuoted || AreAtoms(local)) && AreAtoms(plain[(at + 1)..]);
    }

    private static bool AreAtoms(string text) => text.Split('.').All(atom => atom.Length > 0
        && atom.All(unit => unit > 127 || char.IsAsciiLetterOrDigit(unit) || "!#$%&'*+-/=?^_`{|}~".Contains(unit, StringComparison.Ordinal)));

    private static bool HasBraces(string path)
    {
        for (var open = path.IndexOf('{', StringComparison.Ordinal); open >= 0;)
        {
            var close = path.IndexOf('}', open);
            if (close < 0) return false;
            open = path.IndexOf('{', close);
        }

        return true;
    }

    private static bool IsPattern(string text)
    {
        try
        {
            _ = RegexProgram.For(text);
            return true;
        }
        catch (PatternException)
        {
            return false;
        }
    }

    private static bool IsPointer(string text)
    {
        if (text.Length == 0) return true;
        if (text[0] != '/') return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '~' && (i + 1 == text.Length || text[i + 1] is not ('0' or '1'))) return false;
        }

        return true;
    }

    private static bool IsRelativePointer(string text)
    {
        var digits = text.Length - text.AsSpan().TrimStart("0123456789").Length;
        if (digits == 0 || (digits > 1 && text[0] == '0')) return false;
        return text[digits..] is "#" || IsPointer(text[digits..]);
    }
}
