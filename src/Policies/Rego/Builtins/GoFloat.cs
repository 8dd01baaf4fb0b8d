using System.Globalization;
using System.Numerics;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Writes doubles as Go's strconv.FormatFloat does. Digits come from the exact binary value and ties go to the even digit, which
/// .NET's own formats do not promise.
/// </summary>
internal static class GoFloat
{
    /// <summary>Format 'f': a fixed number of digits after the point.</summary>
    public static string Fixed(double number, int precision)
    {
        var (negative, mantissa, exponent) = Split(number);
        var digits = Scaled(mantissa, exponent, precision).ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        var whole = digits[..^precision];
        return (negative ? "-" : "") + (precision == 0 ? whole : whole + "." + digits[^precision..]);
    }

    /// <summary>Format 'e': one digit before the point, a fixed number after it.</summary>
    public static string Scientific(double number, int precision, char mark)
    {
        var (digits, exponent) = Rounded(number, precision + 1);
        return (IsNegative(number) ? "-" : "") + WithExponent(digits, exponent, mark);
    }

    /// <summary>Format 'g': the shortest of the two; without a precision the fewest digits that read back.</summary>
    public static string General(double number, int? precision, char mark, bool keepZeros)
    {
        var sign = IsNegative(number) ? "-" : "";
        var least = precision is { } given ? Math.Max(1, given) : 6;
        var (digits, exponent) = precision is null ? Shortest(number) : Rounded(number, least);
        if (!keepZeros) digits = digits.TrimEnd('0') is { Length: > 0 } kept ? kept : "0";
        else digits = digits.PadRight(least, '0');

        // Go's rule for when the exponent form is shorter; without a precision it counts as six.
        var limit = precision is not null && least > digits.Length && digits.Length >= exponent + 1 ? digits.Length : least;
        if (exponent < -4 || exponent >= limit) return sign + WithExponent(digits, exponent, mark);
        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + digits;
        if (digits.Length <= exponent + 1) return sign + digits.PadRight(exponent + 1, '0') + (keepZeros ? "." : "");
        return sign + digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    private static bool IsNegative(double number) => double.IsNegative(number);

    private static string WithExponent(string digits, int exponent, char mark)
    {
        var size = Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
        return digits[..1] + (digits.Length > 1 ? "." + digits[1..] : "") + mark + (exponent < 0 ? '-' : '+') + size;
    }

    private static (string Digits, int Exponent) Shortest(double number)
    {
        if (number == 0) return ("0", 0);
        var text = Math.Abs(number).ToString("E16", CultureInfo.InvariantCulture);
        for (var digits = 0; digits < 17; digits++)
        {
            var shorter = Math.Abs(number).ToString($"E{digits}", CultureInfo.InvariantCulture);
            if (double.Parse(shorter, CultureInfo.InvariantCulture) != Math.Abs(number)) continue;
            text = shorter;
            break;
        }

        var at = text.IndexOf('E', StringComparison.Ordinal);
        return (text[..at].Replace(".", "", StringComparison.Ordinal), int.Parse(text[(at + 1)..], CultureInfo.InvariantCulture));
    }

    private static (string Digits, int Exponent) Rounded(double number, int count)
    {
        var (_, mantissa, exponent) = Split(number);
        if (mantissa.IsZero) return (new string('0', count), 0);
        var power = (int)Math.Floor(Math.Log10(Math.Abs(number)));
        while (true)
        {
            var digits = Scaled(mantissa, exponent, count - 1 - power).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count) return (digits, power);
            power += digits.Length > count ? 1 : -1;
        }
    }

    private static (bool Negative, BigInteger Mantissa, int Exponent) Split(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xFFFFFFFFFFFFF;
        return exponent == 0 ? (bits < 0, mantissa, -1074) : (bits < 0, mantissa | (1L << 52), exponent - 1075);
    }

    /// <summary>mantissa × 2^exponent × 10^power as a whole number, ties to even.</summary>
    private static BigInteger Scaled(BigInteger mantissa, int exponent, int power)
    {
        var number = mantissa;
        var divisor = BigInteger.One;
        if (power >= 0) number *= BigInteger.Pow(10, power);
        else divisor = BigInteger.Pow(10, -power);
        if (exponent >= 0) number <<= exponent;
        else divisor <<= -exponent;
        var quotient = BigInteger.DivRem(number, divisor, out var rest);
        var tie = (rest << 1).CompareTo(divisor);
        return tie > 0 || (tie == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
