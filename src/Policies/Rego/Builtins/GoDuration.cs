using System.Numerics;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Durations as Go writes them (<c>1h30m</c>, <c>-1.5s</c>), and days, weeks and years of 24 hours, 7 and 365 days.
/// </summary>
internal static class GoDuration
{
    private static readonly Dictionary<string, long> Units = new(StringComparer.Ordinal)
    {
        ["ns"] = 1,
        ["us"] = 1_000,
        ["µs"] = 1_000,
        ["μs"] = 1_000,
        ["ms"] = 1_000_000,
        ["s"] = GoTime.PerSecond,
        ["m"] = 60 * GoTime.PerSecond,
        ["h"] = 3_600 * GoTime.PerSecond,
        ["d"] = 86_400 * GoTime.PerSecond,
        ["w"] = 7 * 86_400 * GoTime.PerSecond,
        ["y"] = 365 * 86_400 * GoTime.PerSecond,
    };

    /// <summary>The nanoseconds; null when the text is no duration or too long for 64 bits.</summary>
    public static long? Parse(string text)
    {
        var at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        var negative = at == 1 && text[0] == '-';
        if (text.AsSpan(at) is "0") return 0;
        if (at >= text.Length || text.Length > 1000) return null;
        var total = BigInteger.Zero;
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.')) at++;
            var number = text[start..at];
            var unitStart = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]) && text[at] != '.') at++;
            if (!Units.TryGetValue(text[unitStart..at], out var unit)) return null;
            var parts = number.Split('.');
            if (parts.Length > 2 || string.Concat(parts).Length == 0) return null;
            var decimals = parts.Length == 2 ? parts[1].Length : 0;
            total += BigInteger.Parse("0" + string.Concat(parts)) * unit / BigInteger.Pow(10, decimals);
        }

        if (negative) total = -total;
        return total >= long.MinValue && total <= long.MaxValue ? (long)total : null;
    }
}
