using System.Globalization;
using System.Numerics;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Whole numbers of any size in base 2, 8, 10 and 16.</summary>
internal static class IntegerText
{
    /// <summary>The digits in lower case, with a minus in front where there is one.</summary>
    public static string Of(BigInteger number, int numberBase)
    {
        if (number.Sign < 0) return "-" + Of(-number, numberBase);
        if (number.IsZero) return "0";
        return numberBase switch
        {
            2 => number.ToString("b", CultureInfo.InvariantCulture).TrimStart('0'),
            8 => Octal(number),
            16 => number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0'),
            _ => number.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static string Octal(BigInteger number)
    {
        var bits = number.ToString("b", CultureInfo.InvariantCulture).TrimStart('0');
        bits = bits.PadLeft((bits.Length + 2) / 3 * 3, '0');
        var digits = new StringBuilder(bits.Length / 3);
        for (var i = 0; i < bits.Length; i += 3)
            digits.Append((char)('0' + ((bits[i] - '0') * 4) + ((bits[i + 1] - '0') * 2) + bits[i + 2] - '0'));
        return digits.ToString();
    }
}
