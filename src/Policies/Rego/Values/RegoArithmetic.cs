using System.Numerics;
using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// Rego's arithmetic: exact on whole numbers of any size, on <see cref="WideFloat"/> otherwise. Operands must be numbers.
/// </summary>
public static class RegoArithmetic
{
    /// <summary>The most bits that a whole number may have: repeated squaring must not fill the memory.</summary>
    public const int BitLimit = 1 << 17;

    /// <summary>left + right.</summary>
    public static RegoValue Add(RegoValue left, RegoValue right)
    {
        if (left.TryInteger(out var a) && right.TryInteger(out var b))
        {
            var sum = unchecked(a + b);
            return ((a ^ sum) & (b ^ sum)) >= 0 ? RegoValue.Of(sum) : RegoNumber.FromBig((BigInteger)a + b);
        }

        return RegoNumber.TryBig(left, out var x) && RegoNumber.TryBig(right, out var y)
            ? RegoNumber.FromBig(x + y)
            : (RegoNumber.ToWide(left) + RegoNumber.ToWide(right)).ToValue();
    }

    /// <summary>left - right.</summary>
    public static RegoValue Subtract(RegoValue left, RegoValue right)
    {
        if (left.TryInteger(out var a) && right.TryInteger(out var b))
        {
            var difference = unchecked(a - b);
            return ((a ^ b) & (a ^ difference)) >= 0 ? RegoValue.Of(difference) : RegoNumber.FromBig((BigInteger)a - b);
        }

        return RegoNumber.TryBig(left, out var x) && RegoNumber.TryBig(right, out var y)
            ? RegoNumber.FromBig(x - y)
            : (RegoNumber.ToWide(left) - RegoNumber.ToWide(right)).ToValue();
    }

    /// <summary>left × right.</summary>
    public static RegoValue Multiply(RegoValue left, RegoValue right)
    {
        if (left.TryInteger(out var a) && right.TryInteger(out var b))
        {
            var high = Math.BigMul(a, b, out var low);
            return high == low >> 63 ? RegoValue.Of(low) : RegoNumber.FromBig((BigInteger)a * b);
        }

        return RegoNumber.TryBig(left, out var x) && RegoNumber.TryBig(right, out var y)
            ? RegoNumber.FromBig(Checked(x, y))
            : (RegoNumber.ToWide(left) * RegoNumber.ToWide(right)).ToValue();
    }

    /// <summary>left ÷ right; the divisor must not be zero.</summary>
    public static RegoValue Divide(RegoValue left, RegoValue right)
    {
        if (left.TryInteger(out var a) && right.TryInteger(out var b) && b is not 0 and not -1 && a % b == 0)
        {
            return RegoValue.Of(a / b);
        }

        return (RegoNumber.ToWide(left) / RegoNumber.ToWide(right)).ToValue();
    }

    /// <summary>Whether a number is zero.</summary>
    public static bool IsZero(RegoValue number) =>
        number.TryInteger(out var small) ? small == 0 : RegoNumber.Compare(number, RegoValue.Of(0L)) == 0;

    /// <summary>Negative, zero or positive as the number is below, at or above zero.</summary>
    public static int SignOf(RegoValue number) => RegoNumber.Compare(number, RegoValue.Of(0L));

    private static BigInteger Checked(BigInteger left, BigInteger right)
    {
        if (left.GetBitLength() + right.GetBitLength() <= BitLimit) return left * right;
        throw new RegoLimitException(RegoErrorCodes.LimitSize, $"a number of more than {BitLimit} bits");
    }
}
