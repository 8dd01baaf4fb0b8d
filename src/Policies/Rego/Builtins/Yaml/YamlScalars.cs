using System.Globalization;
using System.Numerics;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Yaml;

/// <summary>What plain scalars mean in YAML 1.1, as Go's reader of it decides: <c>yes</c> is true and <c>010</c> is
/// eight.</summary>
internal static class YamlScalars
{
    public static RegoValue Plain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return RegoValue.Null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "y" or "Y" or "on" or "On" or "ON":
                return RegoValue.True;
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "n" or "N" or "off" or "Off" or "OFF":
                return RegoValue.False;
            case ".inf" or ".Inf" or ".INF" or "+.inf" or "-.inf" or "-.Inf" or "-.INF" or ".nan" or ".NaN" or ".NAN":
                throw new YamlException($"`{text}` has no place in JSON");
            default:
                return Number(text) is { IsDefined: true } number ? number : RegoValue.Of(text);
        }
    }

    /// <summary>Whether plain text would be read as something other than the same text.</summary>
    public static bool IsAmbiguous(string text)
    {
        if (text.StartsWith('.') && text.Length > 1) return true;
        return text.Length == 0 || Plain(text).AsString is null;
    }

    private static RegoValue Number(string text)
    {
        var first = text[0];
        if (!char.IsAsciiDigit(first) && first is not ('+' or '-' or '.')) return default;
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        var sign = plain[0] == '-' ? -1 : 1;
        var digits = plain.TrimStart('+', '-');
        if (digits.Length == 0 || plain.Length - digits.Length > 1) return default;
        if (Based(digits) is { } whole) return RegoValue.Of(whole * sign);
        if (digits.All(char.IsAsciiDigit)) return RegoValue.Of(BigInteger.Parse(digits, CultureInfo.InvariantCulture) * sign);
        if (!digits.All(c => char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' or '+' or '-') || !digits.Any(char.IsAsciiDigit))
        {
            return default;
        }
        if (!double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) || !double.IsFinite(real))
        {
            return default;
        }
        return RegoNumber.FromText(real.ToString("R", CultureInfo.InvariantCulture));
    }

    private static BigInteger? Based(string digits)
    {
        if (digits.Length < 2 || digits[0] != '0') return null;
        var (numberBase, rest) = digits[1] switch
        {
            'x' => (16, digits[2..]),
            'o' => (8, digits[2..]),
            'b' => (2, digits[2..]),
            _ => (8, digits[1..]),
        };
        if (rest.Length is 0 or > 64) return null;
        BigInteger value = 0;
        foreach (var c in rest)
        {
            if (!char.IsAsciiHexDigit(c)) return null;
            var digit = Convert.ToInt32(c.ToString(), 16);
            if (digit >= numberBase) return null;
            value = (value * numberBase) + digit;
        }

        return value;
    }
}

/// <summary>The text is not YAML, or not the part of it that JSON can say.</summary>
internal sealed class YamlException(string message) : Exception(message);
