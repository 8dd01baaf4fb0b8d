using System.Numerics;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Arithmetic, rounding, bits, ranges, and the reading of numbers.</summary>
internal static class NumberBuiltins
{
    private const int LongestShift = 65_536;
    private const int LongestNumber = 4096;

    public static void AddTo(BuiltinTable table)
    {
        RegoType[] two = [RegoType.Number, RegoType.Number];
        RegoType[] one = [RegoType.Number];
        var numberOrSet = RegoType.OneOf(RegoType.Number, RegoType.Set);
        table.Add("plus", two, RegoType.Number, static (_, v) => RegoArithmetic.Add(v[0], v[1]));
        table.Add("minus", [numberOrSet, numberOrSet], numberOrSet, Minus);
        table.Add("mul", two, RegoType.Number, static (_, v) => RegoArithmetic.Multiply(v[0], v[1]));
        table.Add("div", two, RegoType.Number, Divide);
        table.Add("rem", two, RegoType.Number, Remainder);
        table.Add("abs", one, RegoType.Number, static (_, v) => Absolute(v[0]));
        table.Add("round", one, RegoType.Number, static (_, v) => Round(v[0]));
        table.Add("ceil", one, RegoType.Number, static (_, v) => Ceiling(v[0]));
        table.Add("floor", one, RegoType.Number, static (_, v) => Floor(v[0]));
        table.Add("numbers.range", two, RegoType.ArrayOf(RegoType.Number), static (c, v) => Range(c, v[0], v[1], 1));
        table.Add("numbers.range_step", [RegoType.Number, RegoType.Number, RegoType.Number], RegoType.ArrayOf(RegoType.Number),
            RangeStep);
        table.Add("bits.and", two, RegoType.Number, static (c, v) => Bits(c, v, static (a, b) => a & b));
        table.Add("bits.or", two, RegoType.Number, static (c, v) => Bits(c, v, static (a, b) => a | b));
        table.Add("bits.xor", two, RegoType.Number, static (c, v) => Bits(c, v, static (a, b) => a ^ b));
        table.Add("bits.negate", one, RegoType.Number, Negate);
        table.Add("bits.lsh", two, RegoType.Number, static (c, v) => Shift(c, v, left: true));
        table.Add("bits.rsh", two, RegoType.Number, static (c, v) => Shift(c, v, left: false));
        table.Add(
            "to_number", [RegoType.OneOf(RegoType.Null, RegoType.Boolean, RegoType.Number, RegoType.String)], RegoType.Number,
                ToNumber);
    }

    private static RegoValue Minus(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (left, right) = (operands[0], operands[1]);
        if (left.Kind == RegoKind.Number && right.Kind == RegoKind.Number) return RegoArithmetic.Subtract(left, right);
        if (left.AsSet is { } from && right.AsSet is { } away) return RegoValue.Of(SetBuiltins.Difference(from, away));
        return context.FailOperand(
            2, $"must be {RegoKindNames.NameOf(left.Kind)} but got {RegoKindNames.NameOf(right.Kind)}");
    }

    private static RegoValue Divide(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        RegoArithmetic.IsZero(operands[1]) ? context.Fail("divide by zero") : RegoArithmetic.Divide(operands[0], operands[1]);

    private static RegoValue Remainder(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (operands[0].TryInteger(out var a) && operands[1].TryInteger(out var b) && b is not 0 and not -1)
        {
            return RegoValue.Of(a % b);
        }
        if (!RegoNumber.TryBig(operands[0], out var x) || !RegoNumber.TryBig(operands[1], out var y))
        {
            return context.Fail("modulo on floating-point number");
        }

        return y.IsZero ? context.Fail("modulo by zero") : RegoValue.Of(BigInteger.Remainder(x, y));
    }

    private static RegoValue Absolute(RegoValue number)
    {
        if (number.TryInteger(out var small) && small != long.MinValue) return RegoValue.Of(Math.Abs(small));
        var wide = RegoNumber.ToWide(number);
        return wide.IsNegative ? (-wide).ToValue() : wide.ToValue();
    }

    private static RegoValue Round(RegoValue number)
    {
        if (number.TryInteger(out _)) return number;
        var wide = RegoNumber.ToWide(number);
        var half = WideFloat.FromInteger(1) / WideFloat.FromInteger(2);
        return RegoValue.Of((wide.IsNegative ? wide - half : wide + half).Truncate());
    }

    private static RegoValue Floor(RegoValue number)
    {
        if (number.TryInteger(out _)) return number;
        var wide = RegoNumber.ToWide(number);
        var whole = wide.Truncate();
        return RegoValue.Of(wide.IsNegative && !wide.IsWhole && !whole.IsZero ? whole - 1 : whole);
    }

    // OPA looks at the sign of the truncated value, which zero has not: ceil(-0.5) is 1 there, and floor(-0.5) is 0; policies may
    // rely on it.
    private static RegoValue Ceiling(RegoValue number)
    {
        if (number.TryInteger(out _)) return number;
        var wide = RegoNumber.ToWide(number);
        var whole = wide.Truncate();
        return RegoValue.Of(wide.IsWhole || (wide.IsNegative && !whole.IsZero) ? whole : whole + 1);
    }

    private static RegoValue RangeStep(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!RegoNumber.TryBig(operands[2], out var step))
        {
            return context.FailOperand(3, "must be integer number but got floating-point number");
        }
        return step.Sign <= 0
            ? context.Fail("step must be a positive integer")
            : Range(context, operands[0], operands[1], step);
    }

    private static RegoValue Range(BuiltinContext context, RegoValue first, RegoValue last, BigInteger step)
    {
        if (!RegoNumber.TryBig(first, out var from))
        {
            return context.FailOperand(1, "must be integer number but got floating-point number");
        }
        if (!RegoNumber.TryBig(last, out var to))
        {
            return context.FailOperand(2, "must be integer number but got floating-point number");
        }
        var count = (BigInteger.Abs(to - from) / step) + 1;
        context.Budget.CheckSize(count > int.MaxValue ? long.MaxValue : (long)count);
        var items = new RegoValue[(int)count];
        if (from > to) step = -step;
        for (var i = 0; i < items.Length; i++, from += step)
        {
            if ((i & 63) == 0) context.Budget.Step();
            items[i] = RegoValue.Of(from);
        }

        return RegoValue.ArrayOf(items);
    }

    private static RegoValue Bits(
        BuiltinContext context, ReadOnlySpan<RegoValue> operands, Func<BigInteger, BigInteger, BigInteger> combine)
    {
        if (!RegoNumber.TryBig(operands[0], out var x))
        {
            return context.FailOperand(1, "must be integer number but got floating-point number");
        }
        if (!RegoNumber.TryBig(operands[1], out var y))
        {
            return context.FailOperand(2, "must be integer number but got floating-point number");
        }
        return RegoValue.Of(combine(x, y));
    }

    private static RegoValue Negate(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        RegoNumber.TryBig(operands[0], out var x)
            ? RegoValue.Of(-x - 1)
            : context.FailOperand(1, "must be integer number but got floating-point number");

    private static RegoValue Shift(BuiltinContext context, ReadOnlySpan<RegoValue> operands, bool left)
    {
        if (!RegoNumber.TryBig(operands[0], out var x))
        {
            return context.FailOperand(1, "must be integer number but got floating-point number");
        }
        if (!RegoNumber.TryBig(operands[1], out var y))
        {
            return context.FailOperand(2, "must be integer number but got floating-point number");
        }
        if (y.Sign < 0) return context.FailOperand(2, "must be an unsigned integer number but got a negative integer");
        if (!left) return RegoValue.Of(x >> (int)BigInteger.Min(y, int.MaxValue));
        context.CheckLimit("the shift", y, LongestShift);
        return RegoValue.Of(x << (int)y);
    }

    private static RegoValue ToNumber(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var value = operands[0];
        switch (value.Kind)
        {
            case RegoKind.Null:
                return RegoValue.Of(0L);
            case RegoKind.Boolean:
                return RegoValue.Of(value.IsTrue ? 1L : 0L);
            case RegoKind.Number:
                return value;
            default:
                var text = value.Text;
                if (text.TrimStart('+', '-').ToLowerInvariant() is "inf" or "infinity" or "nan")
                {
                    return context.FailOperand(1, "must be a finite number");
                }

                context.CheckLimit("the text", text.Length, LongestNumber);
                return RegoNumber.IsJsonNumber(text)
                    ? RegoNumber.FromText(text)
                    : context.Fail($"invalid number `{text}`");
        }
    }
}
