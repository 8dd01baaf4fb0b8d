using System.Globalization;
using System.Numerics;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <summary>How values and numbers are written where schemas compare or show them.</summary>
internal static class SchemaText
{
    /// <summary>The text by which <c>const</c>, <c>enum</c> and <c>uniqueItems</c> compare: numbers as doubles.</summary>
    public static string Canonical(RegoValue value) => RegoJson.ToText(WithDoubles(value), escapeHtml: true);

    /// <summary>A limit as Go's big.Float shows it: exponents from a million on and below 0.0001.</summary>
    public static string Limit(RegoValue number)
    {
        var (mantissa, exponent) = Exact(number);
        if (mantissa.IsZero) return "0";
        var digits = BigInteger.Abs(mantissa).ToString(CultureInfo.InvariantCulture);
        var point = digits.Length - 1 + exponent;
        var kept = digits.TrimEnd('0');
        var sign = mantissa.Sign < 0 ? "-" : "";
        if (point is < -4 or >= 6)
        {
            var size = Math.Abs(point).ToString("00", CultureInfo.InvariantCulture);
            return sign + kept[0] + (kept.Length > 1 ? "." + kept[1..] : "") + "e" + (point < 0 ? '-' : '+') + size;
        }

        if (point < 0) return sign + "0." + new string('0', -point - 1) + kept;
        return sign + (kept.Length <= point + 1 ? kept.PadRight(point + 1, '0') : kept[..(point + 1)] + "." + kept[(point + 1)..]);
    }

    /// <summary>Whether a number is a whole multiple of another, exactly.</summary>
    public static bool IsMultiple(RegoValue number, RegoValue factor)
    {
        var (left, right) = (Exact(number), Exact(factor));
        var distance = (long)left.Exponent - right.Exponent;
        if (Math.Abs(distance) > RegoNumber.MagnitudeLimit)
            throw new RegoLimitException(RegoErrorCodes.LimitSize, "the numbers of a schema are too far apart to be divided");
        var (a, b) = distance >= 0
            ? (left.Mantissa * BigInteger.Pow(10, (int)distance), right.Mantissa)
            : (left.Mantissa, right.Mantissa * BigInteger.Pow(10, (int)-distance));
        return (a % b).IsZero;
    }

    private static (BigInteger Mantissa, int Exponent) Exact(RegoValue number)
    {
        var text = RegoNumber.TextOf(number);
        var mark = text.AsSpan().IndexOfAny('e', 'E');
        var plain = mark < 0 ? text : text[..mark];
        var exponent = mark < 0 ? 0 : int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var e)
            ? e : throw new RegoLimitException(RegoErrorCodes.LimitSize, "a number of a schema is too large");
        var dot = plain.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0) (plain, exponent) = (plain.Remove(dot, 1), exponent - (plain.Length - dot - 1));
        return (BigInteger.Parse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), exponent);
    }

    private static RegoValue WithDoubles(RegoValue value)
    {
        StackRoom.Ensure();
        switch (value.Kind)
        {
            case RegoKind.Number:
                return RegoNumber.FromText(DoubleText(RegoNumber.ToDouble(value)));
            case RegoKind.Array:
                return RegoValue.ArrayOf([.. value.AsArray!.Items.ToArray().Select(WithDoubles)]);
            case RegoKind.Object:
                var entries = new RegoObjectBuilder(value.AsObject!.Count);
                for (var i = 0; i < value.AsObject.Count; i++)
                    entries.Set(value.AsObject.Keys[i], WithDoubles(value.AsObject.Values[i]));
                return RegoValue.Of(entries.Build());
            default:
                return value;
        }
    }

    // As Go's encoding/json writes a float64: plain between 1e-6 and 1e21.
    private static string DoubleText(double number)
    {
        if (number == 0) return "0";
        var text = GoFloat.General(number, null, 'e', keepZeros: false);
        if (!text.Contains('e', StringComparison.Ordinal)) return text;
        var size = Math.Abs(number);
        if (size is < 1e-6 or >= 1e21) return text.Replace("e-0", "e-", StringComparison.Ordinal);
        return decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }
}
