using System.Globalization;
using System.Numerics;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Amounts with units, such as <c>10Ki</c>, <c>250m</c> and <c>1.5GB</c>. Computed exactly.</summary>
internal static class UnitBuiltins
{
    private const int LargestExponent = 1000;

    private static readonly Dictionary<string, BigInteger> Factors = MakeFactors();

    public static void AddTo(BuiltinTable table)
    {
        table.Add("units.parse", [RegoType.String], RegoType.Number, Parse);
        table.Add("units.parse_bytes", [RegoType.String], RegoType.Number, ParseBytes);
    }

    private static Dictionary<string, BigInteger> MakeFactors()
    {
        var factors = new Dictionary<string, BigInteger>(StringComparer.Ordinal) { [""] = 1 };
        var (decimals, binary) = (BigInteger.One, BigInteger.One);
        foreach (var prefix in "kmgtpe")
        {
            factors[prefix.ToString()] = decimals *= 1000;
            factors[prefix + "i"] = binary *= 1024;
        }

        return factors;
    }

    private static RegoValue Parse(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = operands[0].Text.Replace("\"", "", StringComparison.Ordinal);
        if (text.Contains(' ', StringComparison.Ordinal)) return context.Fail("spaces not allowed in resource strings");
        var (amount, unit) = Split(text);
        if (amount.Length == 0) return context.Fail("no amount provided");
        if (ReadAmount(amount, out var digits, out var decimals) is { } wrong) return context.Fail(wrong);
        var divisor = BigInteger.Pow(10, decimals);
        if (unit == "m") divisor *= 1000;
        else if (Factors.TryGetValue(unit.ToLowerInvariant(), out var factor)) digits *= factor;
        else return context.Fail($"unit {unit} not recognized");
        var whole = BigInteger.DivRem(digits, divisor, out var rest);
        if (rest.IsZero) return RegoValue.Of(whole);

        // Ten decimals, half away from zero.
        var scaled = ((BigInteger.Abs(digits) * BigInteger.Pow(10, 10) * 2) + divisor) / (divisor * 2);
        var shown = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(11, '0');
        return RegoNumber.FromText($"{(digits.Sign < 0 ? "-" : "")}{shown[..^10]}.{shown[^10..]}");
    }

    private static RegoValue ParseBytes(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = operands[0].Text.Replace("\"", "", StringComparison.Ordinal).ToLowerInvariant();
        if (text.Contains(' ', StringComparison.Ordinal)) return context.Fail("spaces not allowed in resource strings");
        var (amount, unit) = Split(text);
        if (amount.Length == 0) return context.Fail("no byte amount provided");
        var plain = unit.Length > 1 && unit[^1] == 'b' ? unit[..^1] : unit;
        if (!Factors.TryGetValue(plain, out var factor)) return context.Fail($"byte unit {unit} not recognized");
        if (ReadAmount(amount, out var digits, out var decimals) is { } wrong)
            return context.Fail(wrong.Replace("amount", "byte amount", StringComparison.Ordinal));
        return RegoValue.Of(digits * factor / BigInteger.Pow(10, decimals));
    }

    /// <summary>The number in front and what follows it. An exponent is part of the number, an <c>E</c> for exa is not.</summary>
    private static (string Amount, string Unit) Split(string text)
    {
        var end = text.Length > 1 && text[0] is '-' or '+' ? 1 : 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.')) end++;
        if (end > 0 && end < text.Length && text[end] is 'e' or 'E')
        {
            var digits = end + 1;
            if (digits < text.Length && text[digits] is '+' or '-') digits++;
            var start = digits;
            while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
            if (digits > start) end = digits;
        }

        return (text[..end], text[end..]);
    }

    /// <summary>Reads a number as digits and how many of them are decimals; gives what is wrong with it, or null.</summary>
    private static string? ReadAmount(string text, out BigInteger digits, out int decimals)
    {
        (digits, decimals) = (default, 0);
        var mark = text.AsSpan().IndexOfAny('e', 'E');
        var exponent = 0;
        if (mark >= 0
            && (!int.TryParse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, null, out exponent)
            || Math.Abs(exponent) > LargestExponent))
            return "exponent too large";
        var parts = (mark < 0 ? text : text[..mark]).Split('.');
        if (parts.Length > 2 || text.Length > 1000
            || !BigInteger.TryParse(string.Concat(parts), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out digits))
            return "could not parse amount to a number";
        decimals = (parts.Length == 2 ? parts[1].Length : 0) - exponent;
        if (decimals >= 0) return null;
        digits *= BigInteger.Pow(10, -decimals);
        decimals = 0;
        return null;
    }
}
