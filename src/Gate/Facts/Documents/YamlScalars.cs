using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace GitOpsGate.Facts.Documents;

/// <summary>What a scalar of YAML means, as sigs.k8s.io/yaml (and so kubectl) reads it: YAML 1.1 words, without base 60.</summary>
internal static class YamlScalars
{
    private const string Core = "tag:yaml.org,2002:";

    private static readonly FrozenDictionary<string, bool> Truths =
        "y Y yes Yes YES true True TRUE on On ON".Split(' ').Select(word => KeyValuePair.Create(word, true))
            .Concat("n N no No NO false False FALSE off Off OFF".Split(' ').Select(word => KeyValuePair.Create(word, false)))
            .ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Nulls = new[] { "", "~", "null", "Null", "NULL" }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> NotInJson =
        new[] { ".nan", ".inf", "+.inf", "-.inf" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly Regex Float = new(
        @"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex Integer = new(
        @"^[-+]?(0[xX](?<hex>[0-9a-fA-F]+)|0[bB](?<bin>[01]+)|0[oO]?(?<oct>[0-7]+)|(?<dec>0|[1-9][0-9]*))\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Whether a tag is one of the scalar tags of the core schema that is read here.</summary>
    public static bool Knows(string tag) => tag is "" or "!" || (tag.StartsWith(Core, StringComparison.Ordinal)
        && tag[Core.Length..] is "str" or "int" or "float" or "bool" or "null" or "timestamp");

    /// <summary>The value of a scalar.</summary>
    /// <param name="line">Where it stands.</param>
    /// <param name="text">Its text.</param>
    /// <param name="tag">Its tag, or an empty text.</param>
    /// <param name="isPlain">Whether it is written without quotes.</param>
    /// <exception cref="UnreadableException">The text is not of the tag's kind, or JSON cannot say it.</exception>
    public static DocumentNode Read(int line, string text, string tag, bool isPlain)
    {
        if (tag.Length == 0 && !isPlain) return new DocumentNode.Text(line, text);
        if (tag is "!" or Core + "str" or Core + "timestamp") return new DocumentNode.Text(line, text);
        var value = Plain(line, text);
        var fits = tag.Length == 0 ? true : tag[Core.Length..] switch
        {
            "int" => value is DocumentNode.Number && Integer.IsMatch(text.Replace("_", "")),
            "float" => value is DocumentNode.Number,
            "bool" => value is DocumentNode.Truth,
            _ => value is DocumentNode.Nothing,
        };
        return fits ? value : throw new UnreadableException(line, $"`{Cut(text)}` is not of the kind that its tag `!!{tag[Core.Length..]}` names");
    }

    private static DocumentNode Plain(int line, string text)
    {
        if (Nulls.Contains(text)) return new DocumentNode.Nothing(line);
        if (Truths.TryGetValue(text, out var truth)) return new DocumentNode.Truth(line, truth);
        if (NotInJson.Contains(text)) throw new UnreadableException(line, $"`{text}` is a number that JSON cannot say; quote it to mean the text");
        if (!(char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.') || text.Length > 400) return new DocumentNode.Text(line, text);
        var plain = text[0] == '.' ? text : text.Replace("_", "");
        return Number(plain) is { } number ? new DocumentNode.Number(line, number) : new DocumentNode.Text(line, text);
    }

    private static string? Number(string plain)
    {
        if (Integer.Match(plain) is { Success: true } match)
        {
            var value = Digits(match);
            if (plain[0] == '-') value = -value;
            var isDecimal = match.Groups["dec"].Success;
            if (!isDecimal || (value >= long.MinValue && value <= ulong.MaxValue)) return value.ToString();
        }

        if (!Float.IsMatch(plain)) return null;
        var number = double.Parse(plain, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : null;
    }

    private static BigInteger Digits(Match match)
    {
        if (match.Groups["dec"].Success) return BigInteger.Parse(match.Groups["dec"].ValueSpan);
        if (match.Groups["hex"].Success) return BigInteger.Parse("0" + match.Groups["hex"].Value, NumberStyles.AllowHexSpecifier);
        if (match.Groups["bin"].Success) return BigInteger.Parse("0" + match.Groups["bin"].Value, NumberStyles.AllowBinarySpecifier);
        return match.Groups["oct"].Value.Aggregate(BigInteger.Zero, (sum, digit) => (sum * 8) + (digit - '0'));
    }

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
