using System.Globalization;
using System.Numerics;
using System.Text;
using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// A binary floating-point number with a 64-bit mantissa, rounded to nearest, ties to even: what Rego's inexact arithmetic
/// is defined on. Neither <see cref="double"/> nor <see cref="decimal"/> gives the same digits.
/// </summary>
public readonly struct WideFloat : IEquatable<WideFloat>
{
    private readonly ulong _mantissa;
    private readonly int _exponent;
    private readonly bool _negative;

    private WideFloat(bool negative, ulong mantissa, int exponent)
    {
        _negative = negative;
        _mantissa = mantissa;
        _exponent = exponent;
    }

    /// <summary>Whether the value is zero.</summary>
    public bool IsZero => _mantissa == 0;

    /// <summary>Whether the value is below zero.</summary>
    public bool IsNegative => _negative && _mantissa != 0;

    /// <summary>Whether the value is a whole number.</summary>
    public bool IsWhole => _mantissa == 0 || _exponent >= 0 || BitOperations.TrailingZeroCount(_mantissa) >= -_exponent;

    /// <summary>The value of an integer, exactly.</summary>
    public static WideFloat FromInteger(long value) =>
        Rounded(value < 0, unchecked((ulong)(value < 0 ? -value : value)), 0, false);

    /// <summary>The value nearest to mantissa × 10^exponent.</summary>
    public static WideFloat FromDecimal(BigInteger mantissa, int exponent)
    {
        var negative = mantissa.Sign < 0;
        var size = BigInteger.Abs(mantissa);
        ValueGuard.Work(Math.Abs(exponent) >> 5);
        if (exponent >= 0) return FromBig(negative, size * BigInteger.Pow(10, exponent), 0, false);
        var divisor = BigInteger.Pow(10, -exponent);
        var shift = (int)Math.Max(0, 68 + (long)divisor.GetBitLength() - (long)size.GetBitLength());
        var quotient = BigInteger.DivRem(size << shift, divisor, out var rest);
        return FromBig(negative, quotient, -shift, !rest.IsZero);
    }

    public static WideFloat operator +(WideFloat left, WideFloat right)
    {
        if (left.IsZero) return right;
        if (right.IsZero) return left;
        var (big, small) = left._exponent >= right._exponent ? (left, right) : (right, left);
        var distance = big._exponent - small._exponent;
        var high = (UInt128)big._mantissa << 62;
        var low = (UInt128)small._mantissa << 62;
        var sticky = false;
        if (distance > 0)
        {
            if (distance > 126)
            {
                low = 0;
                sticky = true;
            }
            else
            {
                var shifted = low >> distance;
                sticky = shifted << distance != low;
                low = shifted;
            }
        }

        var exponent = big._exponent - 62;
        if (big._negative == small._negative) return Rounded(big._negative, high + low, exponent, sticky);
        if (high == low && !sticky) return default;
        if (high < low) return Rounded(small._negative, low - high, exponent, sticky);

        // What was shifted out belongs to the number that is taken away: borrow one and let the rest be sticky.
        return Rounded(big._negative, high - low - (sticky ? UInt128.One : UInt128.Zero), exponent, sticky);
    }

    public static WideFloat operator -(WideFloat value) => new(!value._negative, value._mantissa, value._exponent);

    public static WideFloat operator -(WideFloat left, WideFloat right) => left + -right;

    public static WideFloat operator *(WideFloat left, WideFloat right) =>
        Rounded(
            left._negative != right._negative, (UInt128)left._mantissa * right._mantissa, left._exponent + right._exponent,
                false);

    /// <summary>The quotient; the divisor must not be zero.</summary>
    public static WideFloat operator /(WideFloat left, WideFloat right)
    {
        var dividend = (UInt128)left._mantissa << 64;
        var quotient = dividend / right._mantissa;
        var rest = (dividend - (quotient * right._mantissa)) << 2;
        var more = rest / right._mantissa;
        return Rounded(left._negative != right._negative, (quotient << 2) | more,
            left._exponent - right._exponent - 66, more * right._mantissa != rest);
    }

    public static bool operator ==(WideFloat left, WideFloat right) => left.Equals(right);

    public static bool operator !=(WideFloat left, WideFloat right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(WideFloat other) =>
        _mantissa == other._mantissa && (_mantissa == 0 || (_exponent == other._exponent && _negative == other._negative));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is WideFloat other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _mantissa == 0 ? 0 : HashCode.Combine(_mantissa, _exponent, _negative);

    /// <summary>The whole part, towards zero.</summary>
    public BigInteger Truncate()
    {
        var size = _exponent >= 0 ? (BigInteger)_mantissa << _exponent : _exponent <= -64 ? 0 : _mantissa >> -_exponent;
        return _negative ? -size : size;
    }

    /// <summary>The number as Rego writes results: whole numbers in full, others with the fewest digits that read back.</summary>
    public RegoValue ToValue()
    {
        if (_mantissa == 0) return RegoValue.Of(0L);
        if (IsWhole && _exponent <= -1 && _mantissa >> -_exponent <= long.MaxValue)
        {
            var small = (long)(_mantissa >> -_exponent);
            return RegoValue.Of(_negative ? -small : small);
        }

        return IsWhole ? RegoNumber.FromText(ToString()) : RegoNumber.FromFraction(this);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        if (_mantissa == 0) return "0";
        ValueGuard.Work(Math.Abs(_exponent) >> 4);
        var (digits, point) = ShortestDigits();
        var text = new StringBuilder(digits.Length + 8);
        if (_negative) text.Append('-');
        if (IsWhole) return text.Append(digits).Append('0', Math.Max(0, point - digits.Length)).ToString();
        var exponent = point - 1;
        if (exponent is < -4 or >= 6)
        {
            text.Append(digits[0]);
            if (digits.Length > 1) text.Append('.').Append(digits, 1, digits.Length - 1);
            return text.Append('e').Append(exponent < 0 ? '-' : '+')
                .Append(Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)).ToString();
        }

        if (point <= 0) return text.Append("0.").Append('0', -point).Append(digits).ToString();
        return text.Append(digits, 0, point).Append('.').Append(digits, point, digits.Length - point).ToString();
    }

    private static WideFloat FromBig(bool negative, BigInteger size, int exponent, bool sticky)
    {
        var excess = (int)((long)size.GetBitLength() - 120);
        if (excess <= 0) return Rounded(negative, (UInt128)size, exponent, sticky);
        var kept = size >> excess;
        return Rounded(negative, (UInt128)kept, exponent + excess, sticky || kept << excess != size);
    }

    private static WideFloat Rounded(bool negative, UInt128 mantissa, int exponent, bool sticky)
    {
        if (mantissa == 0) return default;
        var excess = 64 - (int)UInt128.LeadingZeroCount(mantissa);
        if (excess <= 0) return new WideFloat(negative, (ulong)(mantissa << -excess), exponent + excess);
        var kept = (ulong)(mantissa >> excess);
        var rest = mantissa & ((UInt128.One << excess) - 1);
        var half = UInt128.One << (excess - 1);
        var up = rest > half || (rest == half && (sticky || (kept & 1) != 0));
        exponent += excess;
        if (Math.Abs((long)exponent) > RegoArithmetic.BitLimit * 2L)
        {
            throw new RegoLimitException(RegoErrorCodes.LimitSize, "a number is too large or too small");
        }

        if (up && ++kept == 0)
        {
            kept = 1UL << 63;
            exponent++;
        }

        return new WideFloat(negative, kept, exponent);
    }

    /// <summary>The shortest digits that identify this number (Steele and White, 1990), and how many stand before the
    /// point.</summary>
    private (string Digits, int Point) ShortestDigits()
    {
        var even = (_mantissa & 1) == 0;
        var narrow = _mantissa == 1UL << 63;
        BigInteger number = _mantissa, scale = 1, below = 1, above = 1;
        if (_exponent >= 0)
        {
            number <<= _exponent + 2;
            scale <<= 2;
            above <<= _exponent + 1;
        }
        else
        {
            number <<= 2;
            scale <<= 2 - _exponent;
            above = 2;
        }

        below = narrow ? above >> 1 : above;
        var point = (int)Math.Ceiling(((_exponent + 63) * 0.30102999566398120) - 1e-10);
        if (point >= 0) scale *= BigInteger.Pow(10, point);
        else
        {
            var lift = BigInteger.Pow(10, -point);
            number *= lift;
            below *= lift;
            above *= lift;
        }

        if (even ? number + above >= scale : number + above > scale) point++;
        else
        {
            number *= 10;
            below *= 10;
            above *= 10;
        }

        var digits = new StringBuilder();
        while (true)
        {
            var digit = (int)BigInteger.DivRem(number, scale, out number);
            var low = even ? number <= below : number < below;
            var high = even ? number + above >= scale : number + above > scale;
            if (!low && !high)
            {
                digits.Append((char)('0' + digit));
                number *= 10;
                below *= 10;
                above *= 10;
                continue;
            }

            var twice = (number << 1).CompareTo(scale);
            if (high && (!low || twice > 0 || (twice == 0 && (digit & 1) != 0))) digit++;
            digits.Append((char)('0' + digit));
            return (digits.ToString(), point);
        }
    }
}
