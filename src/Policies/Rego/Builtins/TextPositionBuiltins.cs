using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Functions that find, count and cut by positions in a text. Positions are code points, from 0.</summary>
internal static class TextPositionBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        RegoType[] two = [RegoType.String, RegoType.String];
        table.Add("indexof", two, RegoType.Number, IndexOf);
        table.Add("indexof_n", two, RegoType.ArrayOf(RegoType.Number), IndexesOf);
        table.Add("substring", [RegoType.String, RegoType.Number, RegoType.Number], RegoType.String, Substring);
        table.Add("strings.count", two, RegoType.Number, Count);
        table.Add("strings.reverse", [RegoType.String], RegoType.String, Reverse);
    }

    private static RegoValue IndexOf(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (text, wanted) = (operands[0].Text, operands[1].Text);
        if (wanted.Length == 0) return context.Fail("empty search character");
        var at = text.IndexOf(wanted, StringComparison.Ordinal);
        return RegoValue.Of(at < 0 ? -1L : CodePoints(text.AsSpan(0, at)));
    }

    private static RegoValue IndexesOf(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (text, wanted) = (operands[0].Text, operands[1].Text);
        if (wanted.Length == 0) return context.Fail("empty search character");
        var found = new List<RegoValue>();
        var (position, counted) = (0L, 0);
        for (var at = text.IndexOf(wanted, StringComparison.Ordinal); at >= 0; at =
            text.IndexOf(wanted, at + 1, StringComparison.Ordinal))
        {
            context.Budget.Charge(1);
            position += CodePoints(text.AsSpan(counted, at - counted));
            counted = at;
            found.Add(RegoValue.Of(position));
            if (at + 1 >= text.Length) break;
        }

        return RegoValue.ArrayOf([.. found]);
    }

    private static RegoValue Substring(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = operands[0].Text;
        if (!RegoNumber.TryInt64(operands[1], out var offset))
            return context.FailOperand(2, "must be integer number but got floating-point number");
        if (!RegoNumber.TryInt64(operands[2], out var length))
            return context.FailOperand(3, "must be integer number but got floating-point number");
        if (offset < 0) return context.Fail("negative offset");
        var from = UnitsOf(text, 0, offset);
        return RegoValue.Of(length < 0 ? text[from..] : text[from..UnitsOf(text, from, length)]);
    }

    private static RegoValue Count(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (text, wanted) = (operands[0].Text, operands[1].Text);
        return RegoValue.Of(wanted.Length == 0 ? CodePoints(text) + 1L : text.AsSpan().Count(wanted));
    }

    private static RegoValue Reverse(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = new StringBuilder(operands[0].Text.Length);
        foreach (var rune in operands[0].Text.EnumerateRunes().Reverse()) text.Append(rune);
        return RegoValue.Of(text.ToString());
    }

    private static long CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0L;
        foreach (var unit in text)
        {
            if (!char.IsLowSurrogate(unit)) count++;
        }

        return count;
    }

    /// <summary>Where in the text so many code points after a place end.</summary>
    private static int UnitsOf(string text, int from, long codePoints)
    {
        while (codePoints-- > 0 && from < text.Length) from += char.IsHighSurrogate(text[from]) && from + 1 < text.Length ? 2 : 1;
        return from;
    }
}
