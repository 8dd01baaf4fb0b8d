using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>Sets of code points by property, and the letters that differ only in case.</summary>
internal static class UnicodeSets
{
    private static readonly ConcurrentDictionary<string, CodePoints?> Known = new(StringComparer.Ordinal);

    private static readonly Lazy<Dictionary<int, int[]>> Orbits = new(MakeOrbits);

    public static CodePoints Digit { get; } = CodePoints.Of(('0', '9'));

    public static CodePoints Space { get; } = CodePoints.Of(('\t', '\n'), ('\f', '\r'), (' ', ' '));

    public static CodePoints Word { get; } = CodePoints.Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    /// <summary>The classes that POSIX names, in ASCII.</summary>
    public static IReadOnlyDictionary<string, CodePoints> Posix { get; } = new Dictionary<string, CodePoints>
    {
        ["alnum"] = CodePoints.Of(('0', '9'), ('A', 'Z'), ('a', 'z')),
        ["alpha"] = CodePoints.Of(('A', 'Z'), ('a', 'z')),
        ["ascii"] = CodePoints.Of((0, 127)),
        ["blank"] = CodePoints.Of(('\t', '\t'), (' ', ' ')),
        ["cntrl"] = CodePoints.Of((0, 31), (127, 127)),
        ["digit"] = Digit,
        ["graph"] = CodePoints.Of(('!', '~')),
        ["lower"] = CodePoints.Of(('a', 'z')),
        ["print"] = CodePoints.Of((' ', '~')),
        ["punct"] = CodePoints.Of(('!', '/'), (':', '@'), ('[', '`'), ('{', '~')),
        ["space"] = CodePoints.Of(('\t', '\r'), (' ', ' ')),
        ["upper"] = CodePoints.Of(('A', 'Z')),
        ["word"] = Word,
        ["xdigit"] = CodePoints.Of(('0', '9'), ('A', 'F'), ('a', 'f')),
    };

    /// <summary>
    /// The set of a general category (<c>L</c>, <c>Lu</c>), of a script that is known here, or of <c>Any</c>; else null.
    /// </summary>
    public static CodePoints? Find(string name) => Known.GetOrAdd(name, static name =>
    {
        if (name == "Any") return CodePoints.All;
        if (UnicodeScripts.Find(name) is { } script) return script;
        if (!Categories.Any(category => category.Name.StartsWith(name, StringComparison.Ordinal)) || name.Length is 0 or > 2)
            return null;
        return Collect(unit => NameOf(unit).StartsWith(name, StringComparison.Ordinal));
    });

    /// <summary>The set with every letter's other cases.</summary>
    public static CodePoints FoldCase(CodePoints set)
    {
        var more = new List<(int, int)>(set.Ranges);
        foreach (var (from, to) in set.Ranges)
        {
            for (var unit = from; unit <= to && unit <= 0x1FFFF; unit++)
            {
                if (!Orbits.Value.TryGetValue(unit, out var others)) continue;
                foreach (var other in others) more.Add((other, other));
            }
        }

        return new CodePoints(more);
    }

    private static readonly (UnicodeCategory Category, string Name)[] Categories =
    [
        (UnicodeCategory.UppercaseLetter, "Lu"), (UnicodeCategory.LowercaseLetter, "Ll"), (UnicodeCategory.TitlecaseLetter, "Lt"),
        (UnicodeCategory.ModifierLetter, "Lm"), (UnicodeCategory.OtherLetter, "Lo"), (UnicodeCategory.NonSpacingMark, "Mn"),
        (UnicodeCategory.SpacingCombiningMark, "Mc"), (UnicodeCategory.EnclosingMark, "Me"),
            (UnicodeCategory.DecimalDigitNumber, "Nd"),
        (UnicodeCategory.LetterNumber, "Nl"), (UnicodeCategory.OtherNumber, "No"), (UnicodeCategory.SpaceSeparator, "Zs"),
        (UnicodeCategory.LineSeparator, "Zl"), (UnicodeCategory.ParagraphSeparator, "Zp"), (UnicodeCategory.Control, "Cc"),
        (UnicodeCategory.Format, "Cf"), (UnicodeCategory.Surrogate, "Cs"), (UnicodeCategory.PrivateUse, "Co"),
        (UnicodeCategory.ConnectorPunctuation, "Pc"), (UnicodeCategory.DashPunctuation, "Pd"),
            (UnicodeCategory.OpenPunctuation, "Ps"),
        (UnicodeCategory.ClosePunctuation, "Pe"), (UnicodeCategory.InitialQuotePunctuation, "Pi"),
        (UnicodeCategory.FinalQuotePunctuation, "Pf"), (UnicodeCategory.OtherPunctuation, "Po"),
            (UnicodeCategory.MathSymbol, "Sm"),
        (UnicodeCategory.CurrencySymbol, "Sc"), (UnicodeCategory.ModifierSymbol, "Sk"), (UnicodeCategory.OtherSymbol, "So"),
    ];

    private static readonly Dictionary<UnicodeCategory, string> Names =
        Categories.ToDictionary(one => one.Category, one => one.Name);

    private static string NameOf(int unit) => Names.GetValueOrDefault(CharUnicodeInfo.GetUnicodeCategory(unit), "");

    private static CodePoints Collect(Func<int, bool> belongs)
    {
        var ranges = new List<(int, int)>();
        for (var unit = 0; unit <= CodePoints.Last; unit++)
        {
            if (!belongs(unit)) continue;
            var from = unit;
            while (unit < CodePoints.Last && belongs(unit + 1)) unit++;
            ranges.Add((from, unit));
        }

        return new CodePoints(ranges);
    }

    private static Dictionary<int, int[]> MakeOrbits()
    {
        var groups = new Dictionary<int, List<int>>();
        for (var unit = 0; unit <= 0x1FFFF; unit++)
        {
            if (!Rune.IsValid(unit)) continue;
            var folded = Canonical(unit);
            if (!groups.TryGetValue(folded, out var group)) groups[folded] = group = [];
            group.Add(unit);
        }

        return groups.Values.Where(group => group.Count > 1)
            .SelectMany(group => group.Select(unit => (unit, group)))
                .ToDictionary(pair => pair.unit, pair => pair.group.ToArray());
    }

    private static int Canonical(int unit) => unit switch
    {
        0x212A => 'K',
        0x17F => 'S',
        0x212B => 0xC5,
        0x130 or 0x131 => unit,
        _ => Rune.ToUpperInvariant(new Rune(unit)).Value,
    };
}
