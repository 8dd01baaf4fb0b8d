using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Upper and lower case, one code point for one, as Go's unicode package maps them; never by culture.</summary>
internal static class GoCase
{
    public static string Lower(string text) => Map(text, static rune => rune.Value switch
    {
        0x130 => new Rune('i'),
        0x212A => new Rune('k'),
        0x212B => new Rune(0xE5),
        _ => Rune.ToLowerInvariant(rune),
    });

    public static string Upper(string text) => Map(text, static rune => rune.Value switch
    {
        0x131 => new Rune('I'),
        0x17F => new Rune('S'),
        _ => Rune.ToUpperInvariant(rune),
    });

    private static string Map(string text, Func<Rune, Rune> map)
    {
        var mapped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) mapped.Append(map(rune));
        return mapped.ToString();
    }
}
