using System.Globalization;
using System.Numerics;
using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// A number that does not fit a plainly written 64-bit integer: it keeps its text, and its exact value is a whole number times a
/// power of ten. <c>1.0</c>, <c>1</c> and <c>1e0</c> are equal and hash alike, yet each prints as it was written.
/// </summary>
public sealed class RegoNumber : RegoNode
{
    /// <summary>The largest power of ten, and the most digits, that arithmetic is asked to look at.</summary>
    public const int MagnitudeLimit = 40_000;

    // A number that was computed is written when somebody asks, and one that was written is computed then: both are dear.
    private readonly BigInteger? _whole;
    private readonly bool _isFraction;
    private Inexact? _wide;
    private string? _text;
    private Exact? _exact;

    private RegoNumber(string text)
        : base(RegoKind.Number)
    {
        _text = text;
    }

    private RegoNumber(BigInteger whole)
        : base(RegoKind.Number)
    {
        _whole = whole;
    }

    private RegoNumber(WideFloat fraction)
        : base(RegoKind.Number)
    {
        _wide = new Inexact(fraction);
        _isFraction = true;
    }

    /// <summary>The number as it was written, or as results of arithmetic are written.</summary>
    public string Text => _text ??= _isFraction ? _wide!.Value.ToString() : Written(_whole!.Value);

    /// <summary>Whether the value is a whole number, however it is written.</summary>
    public bool IsWhole => _whole is not null || (!_isFraction && Parsed.Exponent >= 0);

    private Exact Parsed => _exact ??= Exact.Parse(Text);

    private WideFloat Wide
    {
        get
        {
            var known = _wide;
            if (known is not null) return known.Value;
            known = new Inexact(_whole is { } whole
                ? WideFloat.FromDecimal(whole, 0)
                : WideFloat.FromDecimal(Parsed.Mantissa, Math.Clamp(Parsed.Exponent, -MagnitudeLimit, MagnitudeLimit)));
            _wide = known;
            return known.Value;
        }
    }

    /// <summary>A number from text in JSON's grammar (Rego's <c>.5</c> is taken too). The text must be checked already.</summary>
    public static RegoValue FromText(string text)
    {
        if (text.Length <= 19 && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var small)
            && (small != 0 || text.Length == 1) && text[0] != '+')
        {
            return RegoValue.Of(small);
        }

        return RegoValue.Of(new RegoNumber(text));
    }

    /// <summary>A result of inexact arithmetic that is no whole number: its text is made when somebody asks for it.</summary>
    internal static RegoValue FromFraction(WideFloat fraction) => RegoValue.Of(new RegoNumber(fraction));

    /// <summary>An integer of any size.</summary>
    /// <exception cref="RegoLimitException">It has more bits than <see cref="RegoArithmetic.BitLimit"/>.</exception>
    public static RegoValue FromBig(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue) return RegoValue.Of((long)value);
        var bits = value.GetBitLength();
        if (bits > RegoArithmetic.BitLimit)
        {
            throw new RegoLimitException(RegoErrorCodes.LimitSize, $"a number has more than {RegoArithmetic.BitLimit} bits");
        }

        ValueGuard.Work(bits >> 9);
        return RegoValue.Of(new RegoNumber(value));
    }

    /// <summary>Whether text is a number in JSON's grammar, and no more than that.</summary>
    public static bool IsJsonNumber(ReadOnlySpan<char> text)
    {
        var i = 0;
        if (i < text.Length && text[i] == '-') i++;
        if (i >= text.Length || !char.IsAsciiDigit(text[i])) return false;
        if (text[i] == '0') i++;
        else while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
        if (i < text.Length && text[i] == '.')
        {
            var start = ++i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            if (i == start) return false;
        }

        if (i < text.Length && (text[i] | 0x20) == 'e')
        {
            i++;
            if (i < text.Length && text[i] is '+' or '-') i++;
            var start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            if (i == start) return false;
        }

        return i == text.Length;
    }

    /// <summary>The text of any number value.</summary>
    public static string TextOf(RegoValue number) =>
        number.TryInteger(out var small) ? small.ToString(CultureInfo.InvariantCulture) : ((RegoNumber)number.Node!).Text;

    /// <summary>Whether a value is a whole number, and which.</summary>
    public static bool TryBig(RegoValue number, out BigInteger value)
    {
        if (number.TryInteger(out var small))
        {
            value = small;
            return true;
        }

        value = default;
        if (number.Node is not RegoNumber other) return false;
        if (other._whole is { } known)
        {
            value = known;
            return true;
        }

        if (!other.IsWhole || other.Parsed.Exponent > MagnitudeLimit) return false;
        value = other.Parsed.ToBig();
        return true;
    }

    /// <summary>Whether a value is a whole number that fits 64 bits, and which.</summary>
    public static bool TryInt64(RegoValue number, out long value) =>
        number.TryInteger(out value) || (number.Node is RegoNumber other && other.TryInt64(out value));

    /// <summary>The nearest number with a 64-bit mantissa, which is what inexact arithmetic works on.</summary>
    public static WideFloat ToWide(RegoValue number)
    {
        if (number.TryInteger(out var small)) return WideFloat.FromInteger(small);
        return ((RegoNumber)number.Node!).Wide;
    }

    /// <summary>The nearest double.</summary>
    public static double ToDouble(RegoValue number) =>
        number.TryInteger(out var small) ? small : double.Parse(TextOf(number), NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Orders two numbers by their exact values.</summary>
    internal static int Compare(RegoValue left, RegoValue right)
    {
        if (left.TryInteger(out var a) && right.TryInteger(out var b)) return a.CompareTo(b);
        if (WholeOf(left) is { } x && WholeOf(right) is { } y) return x.CompareTo(y);
        return Exact.Compare(ExactOf(left), ExactOf(right));
    }

    internal bool TryInt64(out long value)
    {
        value = 0;
        if (_whole is not null || _isFraction) return false;
        var exact = Parsed;
        if (exact.Exponent < 0 || exact.Digits + exact.Exponent > 19) return false;
        var big = exact.ToBig();
        if (big < long.MinValue || big > long.MaxValue) return false;
        value = (long)big;
        return true;
    }

    // Writing many digits takes nearly the square of their number.
    private static string Written(BigInteger whole)
    {
        var words = whole.GetBitLength() >> 6;
        ValueGuard.Work((words * words) >> 8);
        return whole.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A whole number that is at hand without reading digits; null for all others.</summary>
    private static BigInteger? WholeOf(RegoValue number) =>
        number.TryInteger(out var small) ? small : ((RegoNumber)number.Node!)._whole;

    private static Exact ExactOf(RegoValue number) =>
        number.TryInteger(out var small) ? Exact.FromInteger(small) : ((RegoNumber)number.Node!).Parsed;

    private protected override int ComputeHash() =>
        TryInt64(out var small) ? RegoValue.HashOfInteger(small) : HashCode.Combine(Parsed.Mantissa, Parsed.Exponent);

    /// <summary>The nearest number with a 64-bit mantissa, in an object: threads see all of it or none.</summary>
    private sealed record Inexact(WideFloat Value);

    /// <summary>mantissa × 10^exponent, without trailing zeros in the mantissa; zero has exponent 0.</summary>
    private sealed record Exact(BigInteger Mantissa, int Exponent, int Digits)
    {
        public static Exact FromInteger(long value) => Normal(value, 0);

        public static Exact Parse(string text)
        {
            var mark = text.AsSpan().IndexOfAny('e', 'E');
            var plain = mark < 0 ? text.AsSpan() : text.AsSpan(0, mark);
            var exponent = 0L;
            if (mark >= 0 && !long.TryParse(
                text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            {
                exponent = text[mark + 1] == '-' ? -int.MaxValue : int.MaxValue;
            }

            var dot = plain.IndexOf('.');
            var digits = dot < 0 ? plain.ToString() : string.Concat(plain[..dot], plain[(dot + 1)..]);
            if (dot >= 0) exponent -= plain.Length - dot - 1;
            if (digits is "" or "-") digits = "0";
            if (digits.Length > MagnitudeLimit)
            {
                throw new RegoLimitException(RegoErrorCodes.LimitSize, $"a number has more than {MagnitudeLimit} digits");
            }

            ValueGuard.Work(((long)digits.Length * digits.Length) >> 18);
            var kept = digits.TrimEnd('0');
            if (kept is "" or "-") return new Exact(BigInteger.Zero, 0, 1);
            exponent += digits.Length - kept.Length;
            var mantissa = BigInteger.Parse(kept, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            var count = kept.AsSpan().TrimStart("-0").Length;
            return new Exact(mantissa, (int)Math.Clamp(exponent, -int.MaxValue / 2, int.MaxValue / 2), count);
        }

        public static int Compare(Exact left, Exact right)
        {
            if (left.Mantissa.Sign != right.Mantissa.Sign) return left.Mantissa.Sign.CompareTo(right.Mantissa.Sign);
            if (left.Mantissa.IsZero) return 0;
            var sign = left.Mantissa.Sign;
            var size = ((long)left.Digits + left.Exponent).CompareTo((long)right.Digits + right.Exponent);
            if (size != 0) return size * sign;
            var shift = left.Exponent - right.Exponent;
            ValueGuard.Work(Math.Abs(shift) >> 5);
            return shift >= 0
                ? (left.Mantissa * BigInteger.Pow(10, shift)).CompareTo(right.Mantissa)
                : left.Mantissa.CompareTo(right.Mantissa * BigInteger.Pow(10, -shift));
        }

        public BigInteger ToBig()
        {
            ValueGuard.Work((Exponent + Digits) >> 6);
            return Exponent == 0 ? Mantissa : Mantissa * BigInteger.Pow(10, Exponent);
        }

        private static Exact Normal(long value, int exponent)
        {
            if (value == 0) return new Exact(BigInteger.Zero, 0, 1);
            while (value % 10 == 0)
            {
                value /= 10;
                exponent++;
            }

            var digits = 0;
            for (var rest = value; rest != 0; rest /= 10) digits++;
            return new Exact(value, exponent, digits);
        }
    }
}
